terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

variable "credential_guid" {
  type = string
}

variable "rotation_triggers" {
  type    = map(string)
  default = null
}

resource "smtp_credential_password" "this" {
  domain            = "example.com"
  credential_guid   = var.credential_guid
  rotation_triggers = var.rotation_triggers
}

output "login" {
  value = {
    username = smtp_credential_password.this.login
    password = smtp_credential_password.this.password
  }
  sensitive = true
}
