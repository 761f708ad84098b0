import {
  to = smtp_domain_verification.example
  id = "example.com"
}
