terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_credential_password_pair" "app" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  ]
  rotation_triggers = { version = "1" }
}

resource "terraform_data" "login" {
  triggers_replace = smtp_credential_password_pair.app.password_version

  provisioner "local-exec" {
    command = <<-EOT
      set -e
      new=$(mktemp "$FILE.XXXXXX")
      printf %s "$LOGIN" | systemd-creds encrypt --name=smtp - - >"$new"
      mv -f "$new" "$FILE"
      systemctl try-restart newsletter.service
    EOT

    environment = {
      FILE = "/etc/credstore.encrypted/smtp"
      LOGIN = jsonencode({
        username = smtp_credential_password_pair.app.login
        password = smtp_credential_password_pair.app.password
      })
    }
  }
}
