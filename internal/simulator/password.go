package simulator

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
)

const (
	passwordLength = 24
	plainChars     = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	// hostileChars mean something to shells, HTML, JSON or HCL templates. A place that forgets to escape them fails in
	// a test, and not at a user's.
	hostileChars = `<>&"'$%{}\`
)

// newPassword makes a random password with at least one of hostileChars.
func newPassword() string {
	pick := func(from string) byte { return from[mathrand.IntN(len(from))] }
	p := make([]byte, passwordLength)
	for i := range p {
		p[i] = pick(plainChars + hostileChars)
	}
	p[mathrand.IntN(passwordLength)] = pick(hostileChars)
	return string(p)
}

// newGUID makes a random UUID, version 4 (RFC 9562), in lower case.
func newGUID() string {
	var b [16]byte
	// crypto/rand.Read never fails: it ends the process instead.
	_, _ = rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
