terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

variable "existing_passwords" {
  type      = map(string)
  sensitive = true
  ephemeral = true
  default   = {}
}

locals {
  credentials = {
    newsletter = { version = "1", guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff" }
    alerts     = { version = "1", guid = "0e37df36-f698-11e6-8dd4-cb9ced3df976" }
  }
}

import {
  for_each = local.credentials
  to       = smtp_credential_password.this[each.key]
  id       = "example.com/${each.value.guid}"
}

resource "smtp_credential_password" "this" {
  for_each          = local.credentials
  domain            = "example.com"
  credential_guid   = each.value.guid
  existing_password = lookup(var.existing_passwords, each.key, null)
  rotation_triggers = { version = each.value.version }

  login_check = {
    host = "smtp.example.com"
  }
}
