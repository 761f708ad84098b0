terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

data "smtp_webhooks" "bounced" {
  domain = "example.com"
  type   = "bounced"
}

output "bounce_addresses" {
  value = data.smtp_webhooks.bounced.webhooks[*].url
}
