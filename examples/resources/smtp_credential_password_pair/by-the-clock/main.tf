resource "smtp_credential_password_pair" "invoices" {
  domain = "example.com"
  credential_guids = [
    "0e37df36-f698-11e6-8dd4-cb9ced3df976",
    "7c9e6679-7425-40de-944b-e07fc1f90ae7",
  ]

  rotation_schedule     = "0 3 1 * *"
  rotation_timezone     = "Asia/Jakarta"
  revoke_previous_after = "168h"
}
