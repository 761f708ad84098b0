terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

data "smtp_credentials" "all" {
  domain = "example.com"
}

output "credential_guids" {
  value = { for c in data.smtp_credentials.all.credentials : c.login => c.credential_guid }
}
