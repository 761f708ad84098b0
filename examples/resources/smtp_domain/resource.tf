resource "smtp_domain" "shop" {
  domain      = "shop.example.com"
  open_track  = true
  click_track = true
}

# What belongs to the domain refers to its id: both are replaced together.
resource "smtp_webhook" "bounced" {
  domain = smtp_domain.shop.id
  type   = "bounced"
  url    = "https://shop.example.com/bounced"
}

# Most DNS providers take a TXT value in pieces of at most 255 characters, each in quotes.
output "dns_records" {
  value = {
    for key, record in smtp_domain.shop.dns_records : key => {
      type  = record.type
      name  = record.name
      value = "\"${join("\" \"", regexall(".{1,255}", record.value))}\""
    }
  }
}
