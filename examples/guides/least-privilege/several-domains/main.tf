# A key reaches one domain, so that each domain has a provider block of its own.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
  }
}

variable "domain_keys" {
  description = "API key and API secret of each domain."
  type        = map(object({ key = string, secret = string }))
  sensitive   = true
}

provider "smtp" {
  alias             = "shop"
  domain_api_key    = var.domain_keys["example.com"].key
  domain_api_secret = var.domain_keys["example.com"].secret
}

provider "smtp" {
  alias             = "news"
  domain_api_key    = var.domain_keys["example.net"].key
  domain_api_secret = var.domain_keys["example.net"].secret
}

resource "smtp_credential_password" "shop" {
  provider        = smtp.shop
  domain          = "example.com"
  credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

  rotation_period = "720h"
}

resource "smtp_credential_password" "news" {
  provider        = smtp.news
  domain          = "example.net"
  credential_guid = "92703823-f3a4-48e2-8e87-7adf25454800"

  rotation_period = "720h"
}
