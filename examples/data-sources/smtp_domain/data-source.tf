data "smtp_domain" "example" {
  domain = "example.com"
}

output "dkim_record" {
  value = data.smtp_domain.example.dns_records["dkim"]
}
