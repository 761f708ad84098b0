# A secret in AWS Secrets Manager with the login.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.88" # the first with secret_string_wo
    }
  }
}

provider "aws" {
  region = "ap-southeast-3"
}

resource "smtp_credential_password" "app" {
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_triggers = {
    version = "1"
  }
}

resource "aws_secretsmanager_secret" "smtp" {
  name = "newsletter/smtp"
}

resource "aws_secretsmanager_secret_version" "smtp" {
  secret_id = aws_secretsmanager_secret.smtp.id

  secret_string_wo = jsonencode({
    username = smtp_credential_password.app.login
    password = smtp_credential_password.app.password
  })
  secret_string_wo_version = smtp_credential_password.app.password_version

  # Another version replaces it. Without this the old one is gone from the state
  # before the rotation, which may fail.
  lifecycle {
    create_before_destroy = true
  }
}
