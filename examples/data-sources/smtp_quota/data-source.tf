terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

data "smtp_quota" "account" {}

check "quota" {
  assert {
    condition     = data.smtp_quota.account.usage_percentage < 90
    error_message = "More than 90 % of the account's quota is used."
  }
}
