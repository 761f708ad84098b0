# What `make demo` applies, against a simulated Kirim.Email. It works against the
# real one just as well: set the variables, KIRIMEMAIL_USERNAME and
# KIRIMEMAIL_TOKEN.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "domain" {
  description = "The sending domain, such as example.com."
  type        = string
}

variable "credential_guid" {
  description = "GUID of the credential whose password is rotated (user_smtp_guid)."
  type        = string
}

variable "release" {
  description = "Another value rotates the password."
  type        = string
}

resource "smtp_credential_password" "app" {
  domain          = var.domain
  credential_guid = var.credential_guid

  rotation_triggers = {
    release = var.release
  }
}

# Stands for whatever has to act on a new password.
resource "terraform_data" "application" {
  triggers_replace = [smtp_credential_password.app.password_version]

  # Without this the old one is destroyed before the rotation, which may fail.
  lifecycle {
    create_before_destroy = true
  }
}

output "login" {
  value = smtp_credential_password.app.login
}

output "password" {
  value     = smtp_credential_password.app.password
  sensitive = true
}
