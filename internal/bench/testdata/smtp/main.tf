terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "resources" {
  type = number
}

variable "release" {
  type = string
}

# The GUIDs are computed: if they came from a list, the CLI would have to pick each of them.
resource "smtp_credential_password" "this" {
  count           = var.resources
  domain          = "example.com"
  credential_guid = format("00000000-0000-4000-8000-%012d", count.index)

  rotation_triggers = {
    release = var.release
  }
}
