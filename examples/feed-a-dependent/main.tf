# Something that has to act on each new password: here a command that gets it in
# its environment, as a tool of a secret store would.

terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

variable "release" {
  description = "Another value rotates the password."
  type        = string
  default     = "2026-11"
}

resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    release = var.release
  }
}

resource "terraform_data" "publish" {
  # The version is no secret and changes with each rotation, so that it can be
  # shown in plans. Never put the password itself into triggers_replace or input:
  # terraform_data does not treat them as sensitive.
  triggers_replace = [smtp_credential_password.app.password_version]

  # Without this the old one is destroyed before the rotation, which may fail.
  lifecycle {
    create_before_destroy = true
  }

  # The CLI shows none of the command's output, because it is given a password.
  provisioner "local-exec" {
    command = "test -n \"$SMTP_LOGIN\" && test -n \"$SMTP_PASSWORD\""

    environment = {
      SMTP_LOGIN    = smtp_credential_password.app.login
      SMTP_PASSWORD = smtp_credential_password.app.password
    }
  }
}
