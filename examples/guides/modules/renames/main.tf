resource "smtp_credential_password" "app" {
  for_each = {
    newsletter = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
    invoices   = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
  }

  domain          = "example.com"
  credential_guid = each.value
}

moved {
  from = smtp_credential_password.app[0]
  to   = smtp_credential_password.app["newsletter"]
}

moved {
  from = smtp_credential_password.app[1]
  to   = smtp_credential_password.app["invoices"]
}
