terraform {
  backend "s3" {
    bucket       = "example-terraform-states"
    key          = "smtp-passwords/terraform.tfstate"
    region       = "ap-southeast-3"
    encrypt      = true
    use_lockfile = true
  }
}

resource "smtp_credential_password" "newsletter" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_schedule = "0 3 * * *"
  rotation_timezone = "Asia/Jakarta"
}
