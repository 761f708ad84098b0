import {
  to = smtp_credential.newsletter
  identity = {
    domain          = "example.com"
    credential_guid = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
  }
}
