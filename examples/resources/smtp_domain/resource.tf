terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

resource "smtp_domain" "shop" {
  domain      = "shop.example.com"
  click_track = true
}

resource "smtp_webhook" "bounced" {
  domain = smtp_domain.shop.id
  type   = "bounced"
  url    = "https://shop.example.com/bounced"
}

output "dns_records" {
  value = {
    for key, record in smtp_domain.shop.dns_records : key => {
      type  = record.type
      name  = record.name
      value = "\"${join("\" \"", regexall(".{1,255}", record.value))}\""
    }
  }
}
