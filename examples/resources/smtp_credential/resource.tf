terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_credential" "newsletter" {
  domain   = "example.com"
  username = "newsletter"

  lifecycle {
    prevent_destroy = true
  }
}

resource "smtp_credential_password" "newsletter" {
  domain          = smtp_credential.newsletter.domain
  credential_guid = smtp_credential.newsletter.credential_guid

  rotation_triggers = { version = "1" }
}
