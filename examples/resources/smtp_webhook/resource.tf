terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_webhook" "bounced" {
  domain = "example.com"
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}
