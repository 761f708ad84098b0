import {
  to = smtp_domain_verification.example
  identity = {
    domain = "example.com"
  }
}
