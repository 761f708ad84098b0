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

output "not_verified" {
  value = [for one in data.smtp_domains.all.domains : one.domain if one.is_verified != true]
}
