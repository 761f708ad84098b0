# Imports a credential whose password nobody has written down. It is rotated on
# the day on which its users can be told: see below.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

import {
  to = smtp_credential_password.newsletter
  id = "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"
}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  # Applied once as it is, this rotates nothing. Then another value does.
  rotation_triggers = {
    version = "imported"
  }
}
