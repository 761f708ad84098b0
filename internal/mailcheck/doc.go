// Package mailcheck finds out whether a mail server accepts a user name and a
// password. It logs in over SMTP (RFC 4954) and logs out again. [Server.Preflight]
// finds out whether a login is possible at all. The package sends no mail, and knows
// nothing of Terraform.
//
// A password is sent over TLS 1.2 or later, to a server with a valid certificate,
// or to this machine. If the server offers less, the password is not sent.
//
// Every error is an *[Error]. No error contains a password, even if the
// server's reply repeats it.
package mailcheck
