package mailcheck

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testUser     = "myuser@example.com"
	testPassword = "Zx81-qW7!kLmN"
)

// secrets are all forms in which a login sends the password.
var secrets = map[string]string{
	"password":            testPassword,
	"password in base64":  inBase64(testPassword),
	"response of PLAIN":   inBase64("\x00" + testUser + "\x00" + testPassword),
	"PLAIN with identity": inBase64(testUser + "\x00" + testUser + "\x00" + testPassword),
}

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// noSecrets fails if a text contains the password.
func noSecrets(t *testing.T, what, text string) {
	t.Helper()
	for name, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s: it holds the %s: %q", what, name, text)
		}
	}
}

// spelling is all text of an error.
func spelling(e *Error) string {
	text := fmt.Sprintf("%v\n%+v\n", e, *e)
	for err := e.Err; err != nil; err = errors.Unwrap(err) {
		text += err.Error() + "\n"
	}
	return text
}

// asError is err as the package's error type, without secrets.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	noSecrets(t, "the error", spelling(e))
	return e
}

// Login logs in once.
func (s Server) Login(ctx context.Context, username, password string) (mechanism string, err error) {
	return s.with(&credentials{username, password}, func(c *check) *Error {
		return c.attempt(ctx, time.Now().Add(answerTimeout))
	})
}

// second is the error of two results.
func second(_ string, err error) error { return err }

// records collects the log, at any level.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *records) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))
}
