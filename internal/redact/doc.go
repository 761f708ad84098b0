// Package redact takes secrets out of texts and values that come from outside:
// messages of the API, its report on a password's strength, replies of a mail
// server. It decides alone what is secret in them.
package redact

// Mark stands where a secret stood.
const Mark = "(redacted)"
