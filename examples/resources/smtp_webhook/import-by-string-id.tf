import {
  to = smtp_webhook.bounced
  id = "example.com/8a6e0804-2bd0-4672-b79d-d97027f9071a"
}
