terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

# Creating it resets the password.
resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
}

# smtp://mailer%40example.com:PASSWORD@smtp.example.com:587
output "mailer_url" {
  value = provider::smtp::url(
    smtp_credential_password.app.login,
    smtp_credential_password.app.password,
    "smtp.example.com",
    587,
  )
  sensitive = true
}
