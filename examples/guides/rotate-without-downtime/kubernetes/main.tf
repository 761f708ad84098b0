terraform {
  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.36" # the first with data_wo
    }
  }
}

resource "smtp_credential_password_pair" "app" {
  domain = "example.com"
  credential_guids = [
    "6f9619ff-8b86-4011-b42d-00c04fc964ff",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  ]

  rotation_period       = "720h"
  revoke_previous_after = "72h"
}

resource "kubernetes_secret_v1" "smtp" {
  metadata {
    name      = "smtp-login"
    namespace = "newsletter"
  }

  data_wo = {
    username = smtp_credential_password_pair.app.login
    password = smtp_credential_password_pair.app.password
  }
  data_wo_revision = smtp_credential_password_pair.app.password_version
}
