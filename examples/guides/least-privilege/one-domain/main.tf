# What a nightly job applies, with the key of one domain.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

# The key comes from the environment: KIRIMEMAIL_DOMAIN_API_KEY and
# KIRIMEMAIL_DOMAIN_API_SECRET.
provider "smtp" {}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_period = "720h"
}
