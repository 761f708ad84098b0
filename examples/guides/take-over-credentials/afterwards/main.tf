# What the configuration looks like once the password has been taken over:
# without existing_password and import, with what is to be done from now on.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
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

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  # Adding triggers rotates nothing; another version does.
  rotation_triggers = {
    version = "1"
  }

  # Whoever still resets this password by hand loses theirs at the next apply.
  rotate_on_external_change = true
  revoke_on_destroy         = true

  login_check = {
    host           = var.mail_server.host
    port           = var.mail_server.port
    ca_certificate = var.mail_server.ca_certificate
    on_refresh     = true
  }
}
