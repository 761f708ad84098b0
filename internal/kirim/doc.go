// Package kirim is a client of the Kirim.Email SMTP API. It knows HTTP and the
// API and nothing of Terraform.
//
// Facts about the API (paths, shapes, statuses, messages) come from the
// vendor's OpenAPI description, version 1.0.0, and from the vendor's SDKs and
// guides where that description is silent.
//
// Every method takes a context first. Its deadline bounds the whole operation, pauses and
// repeats included. Its cancellation ends pauses at once. It never takes back a password
// reset that is under way: the server tells the password in its answer only once.
//
// Every error of a call to the API is an *[Error].
package kirim
