terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.14"
    }
  }
}

provider "smtp" {}

resource "time_rotating" "quarter" {
  rotation_days = 90
}

resource "smtp_credential_password" "team" {
  for_each = {
    invoices = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    receipts = "0e37df36-f698-11e6-8dd4-cb9ced3df976"
  }

  domain            = "example.com"
  credential_guid   = each.value
  rotation_triggers = { quarter = time_rotating.quarter.id }
}
