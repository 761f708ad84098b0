# A Kubernetes secret with the login.

terraform {
  required_version = ">= 1.11"

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

provider "kubernetes" {
  config_path = "~/.kube/config"
}

resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    version = "1"
  }
}

resource "kubernetes_secret_v1" "smtp" {
  metadata {
    name      = "smtp-login"
    namespace = "newsletter"
  }

  data_wo = {
    username = smtp_credential_password.app.login
    password = smtp_credential_password.app.password
  }
  data_wo_revision = smtp_credential_password.app.password_version
}
