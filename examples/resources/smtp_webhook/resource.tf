resource "smtp_webhook" "bounced" {
  domain = "example.com"
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}
