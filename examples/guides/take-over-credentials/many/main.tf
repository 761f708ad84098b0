# Imports many credentials, and takes those passwords over that are given.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "existing_passwords" {
  description = "Passwords as they are, by the names below. Those that are left out stay unknown until they are rotated."
  type        = map(string)
  sensitive   = true
  ephemeral   = true
  default     = {}
}

locals {
  credentials = {
    newsletter = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
    invoices   = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    alerts     = "0e37df36-f698-11e6-8dd4-cb9ced3df976"
  }
}

import {
  for_each = local.credentials
  to       = smtp_credential_password.this[each.key]
  id       = "example.com/${each.value}"
}

resource "smtp_credential_password" "this" {
  for_each = local.credentials

  domain            = "example.com"
  credential_guid   = each.value
  existing_password = lookup(var.existing_passwords, each.key, null)

  rotation_triggers = {
    version = "1"
  }
}

output "without_a_password" {
  description = "Which ones the state has no password of yet."
  value       = [for name, credential in smtp_credential_password.this : name if credential.password_version == 0]
}
