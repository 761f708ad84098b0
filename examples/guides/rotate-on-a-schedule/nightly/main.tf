# What a nightly job applies. The state is in a bucket that the job and everybody
# else share, and is locked while one of them uses it.

terraform {
  required_version = ">= 1.11"

  backend "s3" {
    bucket       = "example-terraform-states"
    key          = "smtp-passwords/terraform.tfstate"
    region       = "ap-southeast-3"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  # Each night at three. The job starts a little later.
  rotation_schedule = "0 3 * * *"
  rotation_timezone = "Asia/Jakarta"

  # To rotate at once. A trigger that is added only when it is wanted rotates
  # nothing.
  rotation_triggers = {
    version = "1"
  }

  # The job's own timeout is longer than these together.
  timeouts = {
    read   = "2m"
    update = "5m"
  }
}
