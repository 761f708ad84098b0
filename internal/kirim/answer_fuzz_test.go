package kirim

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// accountSecrets are never told, whatever an answer says.
var accountSecrets = map[string]string{
	"token": testToken,
	"Basic": base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testToken)),
}

// withSecrets are the secrets as seeds write them, so that fuzzing can move them about.
var withSecrets = strings.NewReplacer("{T}", testToken, "{B}", accountSecrets["Basic"], "{P}", testPassword, "{G}", testGUID)

// anyAnswer answers every request alike and notes when they came.
type anyAnswer struct {
	status   int
	header   http.Header
	body     []byte
	breaks   bool
	requests []*http.Request
	came     []time.Time
}

func (a *anyAnswer) RoundTrip(request *http.Request) (*http.Response, error) {
	connected(request)
	a.requests, a.came = append(a.requests, request), append(a.came, time.Now())
	var body io.Reader = bytes.NewReader(a.body)
	if a.breaks {
		body = io.MultiReader(body, failing{io.ErrUnexpectedEOF})
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Request: request, Body: io.NopCloser(body)}, nil
}

// fuzzTimeout is long enough for all attempts at a reset, and short enough for
// a server that is asked again each second.
const fuzzTimeout = time.Minute

// attemptsMade checks how often, and how soon after one another, requests were
// made that all met the same answer.
func (a *anyAnswer) attemptsMade(t *testing.T, effect transport.Effect) {
	t.Helper()
	most, shortest := 1, firstPause/2
	switch broken := a.breaks && a.status < 500 && a.status != 429; {
	case broken, a.status == 500, a.status == 502, a.status == 503, a.status > 500 && effect == transport.Reads:
		most = maxAttempts
	case a.status == 429:
		most, shortest = int(fuzzTimeout/(firstPause/2)), firstPause/32 // without a limit's headers
	}
	if len(a.requests) < 1 || len(a.requests) > most {
		t.Errorf("%d requests after %d (breaks off: %t), at most %d", len(a.requests), a.status, a.breaks, most)
	}
	for i := range len(a.came) - 1 {
		pause := a.came[i+1].Sub(a.came[i])
		if effect == transport.Resets && (a.status == 502) && pause < landingPause || pause < shortest {
			t.Errorf("repeated after %s", pause)
		}
	}
}

// FuzzAnswer has the API answer anything, alike to each request. Whatever it
// is: no secret is told, a reset succeeds only by a body that carries its
// password, and with that very one, and nothing is repeated that may not be.
func FuzzAnswer(f *testing.F) {
	full := `{"success":false,"message":"{T} {B} {P}","errors":{"{T}{P}":["{B}","{P}"],"b":"c"}`
	for _, body := range []string{
		resetBody, getBody, listBody, brokenBody, forbiddenBody, limitedBody, page, "", "{}", "null", "\ufeff" + resetBody,
		full + `}`, full + `,"data":{"new_password":"{P}"}}`, full + `,"data":{"password":"{P}"}}`,
		`{"success":true,"data":{"NEW_PASSWORD":"{P}","new_password":"abc"}}`,
		`{"success":true,"data":{"new_password":"{P}","credential":{"user_smtp_guid":"` + guid(1) + `"}}}`,
		`{"error":"{P}","message":"{B}{T}"}`, resetBody[:len(resetBody)-4], resetBody + resetBody,
		`{"success":true,"data":{"data":[{"user_smtp_guid":"{G}"},null,7],"pagination":{"total":"3"}}}`,
	} {
		for _, status := range []int{200, 422, 500} {
			f.Add(status, "", "", []byte(body), false)
		}
	}
	f.Add(429, "1", "", []byte(limitedBody), false)
	f.Add(429, "Wed, 01 Jul 2026 12:01:30 GMT", "Wed, 01 Jul 2026 12:01:00 GMT", []byte(page), true)
	f.Add(502, "{T}", "{P}", []byte(page), true)
	f.Add(504, "9", "", []byte(page), false)
	f.Add(200, "", "", []byte(resetBody[:200]), true)
	f.Add(302, "", "", []byte(`{"success":true,"data":{"new_password":"{P}"}}`), false)
	f.Add(404, "", "", []byte(`{"success":false,"message":"Credential not found"}`), false)
	f.Fuzz(func(t *testing.T, status int, retryAfter, date string, body []byte, breaks bool) {
		if status < 200 || status > 599 || len(body) > 1<<14 { // net/http gives no others; larger ones are only slower
			return
		}
		body = []byte(withSecrets.Replace(string(body)))
		header := http.Header{"Retry-After": {withSecrets.Replace(retryAfter)}, "Date": {withSecrets.Replace(date)}, "Location": {"/?" + testToken}}
		for _, effect := range []transport.Effect{transport.Resets, transport.Reads} {
			synctest.Test(t, func(t *testing.T) {
				wire := &anyAnswer{status: status, header: header, body: body, breaks: breaks}
				checkCall(t, wire, effect)
			})
		}
	})
}

// checkCall makes a call of each kind that has that effect.
func checkCall(t *testing.T, wire *anyAnswer, effect transport.Effect) {
	t.Helper()
	var logged records
	config := testConfig(wire)
	config.Logger = logged.logger()
	client := mustNew(t, config)
	succeeds := wire.status < 300 && !wire.breaks && wholeObject(wire.body) != nil && string(member(wire.body, "success")) != "false"
	calls := []func(context.Context) (bool, error){
		func(ctx context.Context) (bool, error) {
			credential, err := client.GetCredential(ctx, testDomain, testGUID)
			if credential != nil && (credential.GUID != testGUID || !hasWritableTimes(credential)) {
				t.Errorf("got %+v", credential)
			}
			return credential != nil, err
		},
		func(ctx context.Context) (bool, error) {
			page, err := listOne(ctx, client)
			return page != nil, err
		},
	}
	if effect == transport.Resets {
		want := resetPassword(wire.body)
		calls = []func(context.Context) (bool, error){func(ctx context.Context) (bool, error) {
			reset, err := client.ResetPassword(ctx, testDomain, testGUID)
			switch {
			case (reset != nil) != (succeeds && want != ""):
				t.Errorf("%d %q: a reset of %q is told as %v", wire.status, wire.body, want, err)
			case reset != nil && (reset.Password != want || reset.Attempts != 1 || !hasWritableTimes(&reset.Credential)):
				t.Errorf("got %+v, want the password %q", reset, want)
			case reset == nil && wire.status < 300 && !asError(t, err).MayHaveActed:
				t.Errorf("%d may have made a password", wire.status)
			}
			return reset != nil, err
		}}
	}
	for _, call := range calls {
		wire.requests, wire.came = nil, nil
		ctx, cancel := context.WithTimeout(t.Context(), fuzzTimeout)
		came, err := call(ctx)
		cancel()
		if came == (err != nil) || came && !succeeds {
			t.Fatalf("%d %q: came %t, with %v", wire.status, wire.body, came, err)
		}
		if err != nil {
			e := asError(t, err)
			if e.Attempts != len(wire.requests) || e.Status != wire.status && e.Status != 0 {
				t.Errorf("%d requests came: %+v", len(wire.requests), e)
			}
			quotesNothingSecret(t, e, wire.body)
		}
		wire.attemptsMade(t, effect)
	}
	noSecrets(t, "the log", logged.String())
}

// hasWritableTimes tells whether the times of a credential can be written down.
func hasWritableTimes(c *Credential) bool {
	for _, at := range []time.Time{c.CreatedAt, c.ModifiedAt, c.LastPasswordChanged, c.AsOf} {
		if year := at.Year(); year < 1 || year > 9999 || at.Location() != time.UTC {
			return false
		}
	}
	return true
}

// FuzzQuotedMessages puts texts of its own into a refusal in the API's
// envelope: what is quoted of them is bounded, printable and without secrets.
func FuzzQuotedMessages(f *testing.F) {
	for _, seed := range []string{"{P}", "{T} and {B}", "Credential not found.", "a\r\n\x1b[31m\u202eb\u2028", "\xff\xfe", strings.Repeat("x", 290) + "{T}", `"\`} {
		f.Add(seed, "username", "is taken", testPassword)
		f.Add("Validation failed.", seed, seed, "{P}")
		f.Add(seed, "a", "b", seed)
	}
	f.Add("it is abcde\tfghij", "abcde\u00a0fghij", "ABCDE\nFGHIJ", "abcde fghij")
	f.Add("it is 123456789 now", "654321", "987654321", "123456789")
	f.Fuzz(func(t *testing.T, message, name, text, password string) {
		if len(message)+len(name)+len(text)+len(password) > 4096 {
			return
		}
		parts := []any{message, name, text, password}
		for i, part := range parts {
			parts[i] = strings.ToValidUTF8(withSecrets.Replace(part.(string)), string(utf8.RuneError))
		}
		body := asJSON(t, map[string]any{
			"success": false, "message": parts[0],
			"errors": map[string]any{parts[1].(string): []any{parts[2], parts[0]}, "a" + parts[1].(string): parts[2]},
			"data":   map[string]any{"new_password": parts[3]},
		})
		w := &anyAnswer{status: 422, body: body}
		_, err := newClient(t, w).ResetPassword(t.Context(), testDomain, testGUID)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != KindRejected || len(w.requests) != 1 {
			t.Fatalf("%d requests, and %v", len(w.requests), err)
		}
		quotesNothingSecret(t, e, body)
	})
}
