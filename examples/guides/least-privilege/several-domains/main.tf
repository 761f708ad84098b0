variable "news" {
  type      = object({ key = string, secret = string })
  sensitive = true
}

provider "smtp" {
  alias             = "news"
  domain_api_key    = var.news.key
  domain_api_secret = var.news.secret
}

resource "smtp_credential_password" "news" {
  provider        = smtp.news
  domain          = "example.net"
  credential_guid = "92703823-f3a4-48e2-8e87-7adf25454800"
  rotation_period = "720h"
}
