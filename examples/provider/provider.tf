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

output "domains" {
  value = data.smtp_domains.all.domains[*].domain
}
