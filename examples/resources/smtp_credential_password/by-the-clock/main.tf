resource "smtp_credential_password" "invoices" {
  domain          = "example.com"
  credential_guid = "0e37df36-f698-11e6-8dd4-cb9ced3df976"

  # Or, by its age: rotation_period = "720h"
  rotation_schedule = "0 3 1 * *"
  rotation_timezone = "Asia/Jakarta"
}
