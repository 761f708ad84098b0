# Two passwords that are rotated together, by one time_rotating.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
    time = {
      source = "hashicorp/time"
    }
  }
}

resource "time_rotating" "quarter" {
  rotation_days = 90
}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    quarter = time_rotating.quarter.id
  }
}

resource "smtp_credential_password" "invoices" {
  domain          = "example.com"
  credential_guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

  rotation_triggers = {
    quarter = time_rotating.quarter.id
  }
}
