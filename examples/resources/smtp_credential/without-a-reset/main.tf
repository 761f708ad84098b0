resource "smtp_credential" "invoices" {
  domain   = "example.com"
  username = "invoices"
}

resource "smtp_credential_password" "invoices" {
  domain            = smtp_credential.invoices.domain
  credential_guid   = smtp_credential.invoices.credential_guid
  existing_password = smtp_credential.invoices.initial_password
  rotation_period   = "720h"
}
