resource "smtp_credential_password" "app" {
  domain            = "example.com"
  credential_guid   = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
  rotation_triggers = { version = "1" }
}

locals {
  login = jsonencode({
    username = smtp_credential_password.app.login
    password = smtp_credential_password.app.password
  })
}

resource "aws_secretsmanager_secret" "smtp" {
  name = "newsletter/smtp"
}

resource "aws_secretsmanager_secret_version" "smtp" {
  secret_id                = aws_secretsmanager_secret.smtp.id
  secret_string_wo         = local.login
  secret_string_wo_version = smtp_credential_password.app.password_version
}

resource "vault_kv_secret_v2" "smtp" {
  mount                = "secret"
  name                 = "newsletter/smtp"
  data_json_wo         = local.login
  data_json_wo_version = smtp_credential_password.app.password_version
}

resource "kubernetes_secret_v1" "smtp" {
  metadata {
    name      = "smtp-login"
    namespace = "newsletter"
  }

  data_wo          = { "login.json" = local.login }
  data_wo_revision = smtp_credential_password.app.password_version
}
