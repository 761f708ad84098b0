terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

data "smtp_domain" "example" {
  domain = "example.com"
}

output "dkim_record" {
  value = data.smtp_domain.example.dns_records["dkim"]
}
