// Package mailcheck finds out whether a mail server takes a user name and a
// password: it logs in over SMTP (RFC 4954) and leaves again. It sends no
// mail, and it knows nothing of Terraform.
//
// A password goes over TLS 1.2 or later to a server whose certificate holds,
// or to this very machine. Where the server offers less, nothing is sent.
//
// Every error of a login is an *[Error]. None holds a password, also where the
// server's reply repeats it.
package mailcheck
