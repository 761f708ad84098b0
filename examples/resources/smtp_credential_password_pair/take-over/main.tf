variable "existing_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "smtp_credential_password_pair" "alerts" {
  domain = "example.com"
  credential_guids = [
    "9b2f4a1c-6f0e-4d0c-8a57-2f6c1e0b7d35", # in use
    "c56a4180-65aa-42ec-a945-5fd21dec0538", # made for this pair
  ]
  existing_password = var.existing_password

  login_check = {
    host = "smtp.example.com"
  }
}
