removed {
  from = smtp_credential_password.newsletter

  lifecycle {
    destroy = false
  }
}

resource "smtp_credential_password_pair" "newsletter" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  ]
  rotation_triggers = { version = "1" }
}
