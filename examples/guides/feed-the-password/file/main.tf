terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_credential_password" "app" {
  domain            = "example.com"
  credential_guid   = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
  rotation_triggers = { version = "1" }
}

resource "terraform_data" "login_file" {
  triggers_replace = smtp_credential_password.app.password_version

  provisioner "local-exec" {
    command = <<-EOT
      set -e
      new=$(mktemp "$FILE.XXXXXX")
      printf '%s\n' "$LOGIN" >"$new"
      mv -f "$new" "$FILE"
    EOT

    environment = {
      FILE = "smtp.json"
      LOGIN = jsonencode({
        username = smtp_credential_password.app.login
        password = smtp_credential_password.app.password
      })
    }
  }
}
