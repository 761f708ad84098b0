variable "existing_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "smtp_credential_password" "alerts" {
  domain            = "example.com"
  credential_guid   = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
  existing_password = var.existing_password

  login_check = {
    host = "smtp.example.com"
  }
}
