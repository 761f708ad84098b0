terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

data "smtp_credential" "mailer" {
  domain   = "example.com"
  username = "mailer"
}

output "credential_guid" {
  value = data.smtp_credential.mailer.credential_guid
}
