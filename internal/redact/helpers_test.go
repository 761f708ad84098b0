package redact_test

const (
	testUser     = "myuser@example.com"
	testToken    = "tok-9f3c2a7e51"
	testPassword = "Zx81-qW7!kLmN"
)
