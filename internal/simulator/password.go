package simulator

import (
	"crypto/rand"
	"fmt"
	"math/big"
)

const (
	passwordLength = 24
	plainChars     = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	// hostileChars mean something to shells, HTML, JSON or HCL templates, so that a place that forgets to escape
	// shows in a test instead of at a user's.
	hostileChars = `<>&"'$%{}\`
)

// newPassword makes a random password with at least one of hostileChars.
func newPassword() string {
	p := make([]byte, passwordLength)
	for i := range p {
		p[i] = pick(plainChars + hostileChars)
	}
	p[randomInt(passwordLength)] = pick(hostileChars)
	return string(p)
}

func pick(from string) byte { return from[randomInt(len(from))] }

func randomInt(below int) int {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(below)))
	if err != nil {
		// Cannot happen: crypto/rand ends the process rather than fail.
		panic(err)
	}
	return int(n.Int64())
}

// newGUID makes a random UUID, version 4 (RFC 9562), in lower case.
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
