# Makes the credential newsletter@example.com. Destroying it ends that login.
resource "smtp_credential" "newsletter" {
  domain   = "example.com"
  username = "newsletter"

  lifecycle {
    prevent_destroy = true
  }
}

# Makes a password for it, stores it, and rotates it.
resource "smtp_credential_password" "newsletter" {
  domain          = smtp_credential.newsletter.domain
  credential_guid = smtp_credential.newsletter.credential_guid

  # Change a value, and the next apply rotates the password.
  rotation_triggers = {
    version = "1"
  }
}

output "smtp_login" {
  value = smtp_credential_password.newsletter.login
}

# Read it with: terraform output -raw smtp_password
output "smtp_password" {
  value     = smtp_credential_password.newsletter.password
  sensitive = true
}
