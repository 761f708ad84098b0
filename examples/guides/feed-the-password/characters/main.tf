resource "smtp_credential_password" "app" {
  domain            = "example.com"
  credential_guid   = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
  rotation_triggers = { version = "1" }
}

output "environment_file" {
  value     = "SMTP_PASSWORD=\"${replace(smtp_credential_password.app.password, "/[\"\\\\$`]/", "\\$0")}\"\n"
  sensitive = true
}
