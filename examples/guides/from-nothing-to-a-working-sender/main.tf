# A domain with its DNS records, and a login that sends mail from it.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "mx_records" {
  description = "The domain's MX records, as the dashboard shows them, such as \"10 mx.example.net\"."
  type        = list(string)
}

variable "smtp_host" {
  description = "The SMTP host, as the dashboard shows it."
  type        = string
}

resource "smtp_domain" "news" {
  domain              = "news.example.com"
  deletion_protection = true
}

# Stands for the records at your DNS provider.
resource "terraform_data" "dns" {
  for_each = smtp_domain.news.dns_records

  input = {
    name = each.value.name
    type = each.value.type
    # A text in a TXT record has 255 characters at most: a longer value is split.
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

  # The credential's first password is kept, so that nothing is reset.
  existing_password = smtp_credential.mailer.initial_password

  # Change a value, and the next apply rotates the password.
  rotation_triggers = {
    version = "1"
  }
}

resource "smtp_webhook" "bounced" {
  domain = smtp_domain_verification.news.id
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}

# Read it with: terraform output -raw smtp_url
output "smtp_url" {
  value = provider::smtp::url(
    smtp_credential_password.mailer.login, smtp_credential_password.mailer.password, var.smtp_host, 587
  )
  sensitive = true
}
