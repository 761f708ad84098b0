variable "existing_password" {
  description = "The password of the first credential, as it is."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "smtp_credential_password_pair" "alerts" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff", # in use
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301", # made for this pair
  ]
  existing_password = var.existing_password
}
