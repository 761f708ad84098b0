terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

data "smtp_domains" "all" {}

data "smtp_credentials" "all" {
  for_each = toset(data.smtp_domains.all.domains[*].domain)
  domain   = each.key
}

data "smtp_webhooks" "all" {
  for_each = toset(data.smtp_domains.all.domains[*].domain)
  domain   = each.key
}

output "account" {
  value = [data.smtp_credentials.all, data.smtp_webhooks.all]
}
