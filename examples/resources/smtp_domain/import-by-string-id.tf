import {
  to = smtp_domain.shop
  id = "shop.example.com"
}
