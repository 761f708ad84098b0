terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

locals {
  credentials = {
    newsletter = { guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff", version = "1" }
    invoices   = { guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301", version = "1" }
  }
}

module "smtp_password" {
  source   = "./modules/smtp-password"
  for_each = local.credentials

  credential_guid   = each.value.guid
  rotation_triggers = { version = each.value.version }
}

output "logins" {
  value     = { for name, m in module.smtp_password : name => m.login }
  sensitive = true
}
