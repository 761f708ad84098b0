terraform {
  required_providers {
    smtp = {
      source  = "kirimemail/smtp"
      version = "~> 0.1"
    }
  }
}

provider "smtp" {}

variable "mx_records" {
  type = list(string) # such as ["10 mx.example.net"]
}

variable "smtp_host" {
  type = string
}

resource "smtp_domain" "news" {
  domain = "news.example.com"
}

resource "terraform_data" "dns" {
  for_each = smtp_domain.news.dns_records

  input = {
    name = each.value.name
    type = each.value.type
    # in texts of 255 characters
    value = "\"${join("\" \"", regexall(".{1,255}", each.value.value))}\""
  }
}

resource "terraform_data" "mx" {
  input = {
    name   = smtp_domain.news.id
    type   = "MX"
    values = var.mx_records
  }
}

resource "smtp_domain_verification" "news" {
  domain     = smtp_domain.news.id
  depends_on = [terraform_data.dns, terraform_data.mx]
}

resource "smtp_credential" "mailer" {
  domain   = smtp_domain_verification.news.id
  username = "mailer"
}

resource "smtp_credential_password" "mailer" {
  domain          = smtp_domain_verification.news.id
  credential_guid = smtp_credential.mailer.credential_guid

  # Keeps the first password, so that nothing is reset.
  existing_password = smtp_credential.mailer.initial_password

  rotation_triggers = {
    version = "1"
  }
}

resource "smtp_webhook" "bounced" {
  domain = smtp_domain_verification.news.id
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}

output "smtp_url" {
  value = provider::smtp::url(
    smtp_credential_password.mailer.login, smtp_credential_password.mailer.password, var.smtp_host, 587
  )
  sensitive = true
}
