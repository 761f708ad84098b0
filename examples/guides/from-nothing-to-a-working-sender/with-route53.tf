variable "zone_id" {
  type = string # of example.com
}

resource "aws_route53_record" "dns" {
  for_each = smtp_domain.news.dns_records

  zone_id = var.zone_id
  name    = each.value.name
  type    = each.value.type
  ttl     = 300
  records = [join("\"\"", regexall(".{1,255}", each.value.value))]
}

resource "aws_route53_record" "mx" {
  zone_id = var.zone_id
  name    = smtp_domain.news.id
  type    = "MX"
  ttl     = 300
  records = var.mx_records
}
