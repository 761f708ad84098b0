terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

# The account comes from the environment: KIRIMEMAIL_USERNAME and
# KIRIMEMAIL_TOKEN.
provider "smtp" {}
