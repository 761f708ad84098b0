// Package redact takes secrets out of texts and values that come from outside:
// messages of the API, its report on a password's strength, replies of a mail
// server. No other package decides which parts of them are secret.
package redact

// Mark replaces a secret.
const Mark = "(redacted)"
