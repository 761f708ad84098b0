terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_credential_password_pair" "newsletter" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff", # active first: reset by the creation
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301", # reset by the first rotation
  ]

  rotation_triggers = {
    version = "1"
  }

  login_check = {
    host = "smtp.example.com"
  }
}

output "smtp" {
  value = {
    username = smtp_credential_password_pair.newsletter.login
    password = smtp_credential_password_pair.newsletter.password
  }
  sensitive = true
}
