terraform import smtp_domain.shop shop.example.com
