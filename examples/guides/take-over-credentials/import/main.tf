# Imports a credential and takes its password over, in one apply. Where the
# password is not given, the import alone is done, and nothing is reset either.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "existing_password" {
  description = "The password as it is."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = null
}

variable "mail_server" {
  description = "The mail server that the password is for. Port and certificate are for one of your own."
  type = object({
    host           = string
    port           = optional(number)
    ca_certificate = optional(string)
  })
  default = {
    host = "smtp.example.com"
  }
}

import {
  to = smtp_credential_password.newsletter
  id = "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"
}

resource "smtp_credential_password" "newsletter" {
  domain            = "example.com"
  credential_guid   = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
  existing_password = var.existing_password

  login_check = {
    host           = var.mail_server.host
    port           = var.mail_server.port
    ca_certificate = var.mail_server.ca_certificate
  }
}
