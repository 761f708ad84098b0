import {
  to = smtp_credential.newsletter
  id = "example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff"
}
