# The records of a domain in Amazon Route 53.

terraform {
  required_version = ">= 1.11"

  required_providers {
    smtp = {
      source = "kirimemail/smtp"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "zone_id" {
  description = "The hosted zone of example.com."
  type        = string
}

variable "mx_records" {
  description = "The domain's MX records, as the dashboard shows them, such as \"10 mx.example.net\"."
  type        = list(string)
}

resource "smtp_domain" "news" {
  domain = "news.example.com"
}

resource "aws_route53_record" "dns" {
  for_each = smtp_domain.news.dns_records

  zone_id = var.zone_id
  name    = each.value.name
  type    = each.value.type
  ttl     = 300
  # This provider adds the outer quotes by itself.
  records = [join("\"\"", regexall(".{1,255}", each.value.value))]
}

resource "aws_route53_record" "mx" {
  zone_id = var.zone_id
  name    = smtp_domain.news.id
  type    = "MX"
  ttl     = 300
  records = var.mx_records
}

resource "smtp_domain_verification" "news" {
  domain     = smtp_domain.news.id
  depends_on = [aws_route53_record.dns, aws_route53_record.mx]
}
