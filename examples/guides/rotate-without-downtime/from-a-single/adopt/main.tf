resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
}

resource "smtp_credential_password_pair" "newsletter" {
  domain = smtp_credential_password.newsletter.domain
  credential_guids = [
    smtp_credential_password.newsletter.credential_guid,
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  ]
  existing_password = smtp_credential_password.newsletter.password
}
