resource "smtp_credential_password_pair" "newsletter" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff", # active first: reset by the creation
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301", # reset by the first rotation
  ]

  # Change a value, and the next apply rotates.
  rotation_triggers = {
    version = "1"
  }

  # A new password becomes active once the mail server takes it.
  login_check = {
    host = "smtp.example.com"
  }
}

# Both change together. Read them with: terraform output -json smtp
output "smtp" {
  value = {
    username = smtp_credential_password_pair.newsletter.login
    password = smtp_credential_password_pair.newsletter.password
  }
  sensitive = true
}
