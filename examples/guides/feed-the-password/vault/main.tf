# A secret in HashiCorp Vault, in a key/value store of version 2, with the login.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
    vault = {
      source  = "hashicorp/vault"
      version = ">= 5.0" # the first with data_json_wo
    }
  }
}

# Its address and token come from VAULT_ADDR and VAULT_TOKEN.
provider "vault" {}

resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    version = "1"
  }
}

resource "vault_kv_secret_v2" "smtp" {
  mount = "secret"
  name  = "newsletter/smtp"

  data_json_wo = jsonencode({
    username = smtp_credential_password.app.login
    password = smtp_credential_password.app.password
  })
  data_json_wo_version = smtp_credential_password.app.password_version
}
