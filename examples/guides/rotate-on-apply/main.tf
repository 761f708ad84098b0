# A password that is rotated by whoever applies: with another value below, the
# next apply makes a new one.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "owner" {
  description = "The team that the password belongs to."
  type        = string
  default     = "marketing"
}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    version = "1"          # raised when somebody wants a new password
    date    = "2026-11-01" # set when a policy says so
    owner   = var.owner    # whoever leaves knows the old password
  }
}

output "rotation_reason" {
  value = smtp_credential_password.newsletter.rotation_reason
}
