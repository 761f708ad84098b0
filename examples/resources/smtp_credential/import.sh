terraform import smtp_credential.newsletter example.com/newsletter
terraform import smtp_credential.newsletter example.com/6f9619ff-8b86-4011-b42d-00c04fc964ff
