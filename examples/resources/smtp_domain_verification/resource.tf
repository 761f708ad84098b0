terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_domain_verification" "example" {
  domain = "example.com"
}

# Comes once the domain can send.
resource "smtp_webhook" "bounced" {
  domain = smtp_domain_verification.example.id
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}
