data "smtp_credential" "mailer" {
  domain   = "example.com"
  username = "mailer"
}

resource "smtp_credential_password" "mailer" {
  domain          = data.smtp_credential.mailer.domain
  credential_guid = data.smtp_credential.mailer.credential_guid
}
