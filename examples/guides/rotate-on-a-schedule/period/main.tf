# A password that never gets older than 90 days, as long as somebody applies.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_period = "2160h"
}

output "next_rotation_at" {
  value = smtp_credential_password.newsletter.next_rotation_at
}
