variable "credential_file" {
  type    = string
  default = "/etc/credstore.encrypted/smtp"
}

resource "smtp_credential_password_pair" "app" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  ]

  rotation_triggers = {
    version = "1"
  }
}

resource "terraform_data" "login" {
  # Shown in plans: never the password.
  triggers_replace = [smtp_credential_password_pair.app.password_version, var.credential_file]

  lifecycle {
    create_before_destroy = true
  }

  provisioner "local-exec" {
    command = <<-EOT
      set -e
      new=$(mktemp "$FILE.XXXXXX")
      printf '%s' "$LOGIN" | systemd-creds encrypt --name=smtp - - >"$new"
      mv -f "$new" "$FILE"
      systemctl try-restart newsletter.service
    EOT

    environment = {
      FILE = var.credential_file
      LOGIN = jsonencode({
        username = smtp_credential_password_pair.app.login
        password = smtp_credential_password_pair.app.password
      })
    }
  }
}
