# A file with the login for an application on this machine, which nobody but its
# owner may read.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "configuration_file" {
  description = "Where the application looks for its login."
  type        = string
  default     = "smtp.json"
}

resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    version = "1"
  }
}

resource "terraform_data" "configuration" {
  # Shown in plans. The password must not be here, nor in input.
  triggers_replace = [smtp_credential_password.app.password_version, var.configuration_file]

  # Without this the old one is destroyed before the rotation, which may fail.
  lifecycle {
    create_before_destroy = true
  }

  # Written aside and moved into place: the application never reads half a file,
  # and the file is never open to others. mktemp gives it mode 0600.
  provisioner "local-exec" {
    command = <<-EOT
      set -e
      new=$(mktemp "$FILE.XXXXXX")
      printf '%s\n' "$CONTENT" >"$new"
      mv -f "$new" "$FILE"
    EOT

    environment = {
      FILE = var.configuration_file
      CONTENT = jsonencode({
        username = smtp_credential_password.app.login
        password = smtp_credential_password.app.password
      })
    }
  }
}
