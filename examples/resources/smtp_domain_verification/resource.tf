# Waits until DNS has the domain's records.
resource "smtp_domain_verification" "example" {
  domain = "example.com"
}

# Comes once the domain can send.
resource "smtp_webhook" "bounced" {
  domain = smtp_domain_verification.example.id
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}
