import {
  to = smtp_domain.shop
  identity = {
    domain = "shop.example.com"
  }
}
