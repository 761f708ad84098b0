data "smtp_webhooks" "bounced" {
  domain = "example.com"
  type   = "bounced"
}

output "bounce_addresses" {
  value = data.smtp_webhooks.bounced.webhooks[*].url
}
