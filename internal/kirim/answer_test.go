package kirim

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func received(t *testing.T, status int, body string) *answer {
	t.Helper()
	a, err := receive(&http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestOutcomeOfAnAnswer classifies by status and by dress.
func TestOutcomeOfAnAnswer(t *testing.T) {
	t.Parallel()
	const (
		plain   = `{"success":false,"message":"Unauthorized"}`
		domains = `{"error":"Unauthorized","message":"Invalid credentials"}`
		success = `{"success":true,"data":{}}`
	)
	cases := map[string]struct {
		status int
		body   string
		want   outcome
	}{
		"200 with success":                    {200, success, understood},
		"200 that does not mention success":   {200, `{"records":{"spf":true}}`, understood},
		"201 with success":                    {201, success, understood},
		"200 that failed":                     {200, plain, doubtful},
		"200, a page":                         {200, page, doubtful},
		"200, empty":                          {200, "", doubtful},
		"200, white space":                    {200, " \n", doubtful},
		"200, a list":                         {200, `[]`, doubtful},
		"200, null":                           {200, `null`, doubtful},
		"200, broken JSON":                    {200, `{"success":true`, doubtful},
		"200, two values":                     {200, success + success, doubtful},
		"204, empty":                          {204, "", doubtful},
		"101":                                 {101, "", doubtful},
		"a status that is none":               {0, page, doubtful},
		"301":                                 {301, "", foreign},
		"304 in the envelope":                 {304, plain, foreign},
		"400 in the envelope":                 {400, plain, refused},
		"401 of the domains endpoints":        {401, domains, refused},
		"401, a page":                         {401, page, foreign},
		"404 in the envelope":                 {404, plain, refused},
		"404, other JSON":                     {404, `{"detail":"nope"}`, foreign},
		"404 without a message":               {404, `{"success":false}`, foreign},
		"404 whose message is a number":       {404, `{"success":false,"message":7}`, foreign},
		"404 that claims a success":           {404, `{"success":true,"message":"Found"}`, foreign},
		"404 that claims success and error":   {404, `{"success":true,"error":"x","message":"y"}`, foreign},
		"404 with a message alone":            {404, `{"message":"The route could not be found."}`, foreign},
		"422 in the envelope":                 {422, plain, refused},
		"408, a page":                         {408, page, doubtful},
		"200 with a byte-order mark":          {200, "\ufeff" + success, understood},
		"429 in the envelope":                 {429, plain, limited},
		"429, a page":                         {429, page, limited},
		"500 in the envelope":                 {500, plain, finished},
		"500 in the domains endpoints' dress": {500, domains, finished},
		"500, a page":                         {500, page, lost},
		"500 with a message alone":            {500, `{"message":"Server Error"}`, lost},
		"501 in the envelope":                 {501, plain, unfinished},
		"502 in the envelope":                 {502, plain, lost},
		"502, a page":                         {502, page, lost},
		"503 in the envelope":                 {503, plain, finished},
		"503, empty":                          {503, "", lost},
		"504 in the envelope":                 {504, plain, unfinished},
		"504, a page":                         {504, page, unfinished},
		"505":                                 {505, page, unfinished},
		"521":                                 {521, page, unfinished},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := received(t, c.status, c.body).outcome(reads); got != c.want {
				t.Errorf("outcome %d, want %d", got, c.want)
			}
		})
	}
}

func TestAnAnswerOfOneMiBIsReadAndALargerOneIsNot(t *testing.T) {
	t.Parallel()
	frame := `{"success":true,"data":""}`
	fits := strings.Replace(frame, `""`, `"`+strings.Repeat("x", maxAnswer-len(frame))+`"`, 1)
	if a := received(t, 200, fits); a.outcome(reads) != understood || len(a.body) != maxAnswer {
		t.Errorf("a body of %d: outcome %d, %d bytes", len(fits), a.outcome(reads), len(a.body))
	}
	a := received(t, 200, fits+" ")
	if a.outcome(reads) != doubtful || !errors.Is(a.oddity, errTooLarge) || a.body != nil {
		t.Errorf("a body of %d: outcome %d, %v", len(fits)+1, a.outcome(reads), a.oddity)
	}
}

type endless struct {
	read   int
	closed bool
}

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}

func (e *endless) Close() error {
	e.closed = true
	return nil
}

func TestAnEndlessAnswerIsLeftAndClosed(t *testing.T) {
	t.Parallel()
	body := &endless{}
	a, err := receive(&http.Response{StatusCode: 200, Body: body}, time.Now())
	if err != nil || !errors.Is(a.oddity, errTooLarge) {
		t.Errorf("got %v, %v", a, err)
	}
	if body.read > 2*maxAnswer || !body.closed {
		t.Errorf("%d bytes were read, closed: %t", body.read, body.closed)
	}
}

func TestRefusalKind(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status  int
		message string
		want    Kind
		noun    string
	}{
		"401":                               {401, "Unauthorized", KindUnauthorized, ""},
		"403":                               {403, "Credential does not belong to the specified domain", KindForbidden, ""},
		"403 of another kind":               {403, "Your account is suspended.", KindRejected, ""},
		"404 of a credential":               {404, "Credential not found", KindNotFound, "credential"},
		"404 of a credential, full stop":    {404, "Credential not found.", KindNotFound, "credential"},
		"404 of a credential, other case":   {404, "credential Not Found", KindNotFound, "credential"},
		"404 of a domain":                   {404, "Domain not found", KindNotFound, "domain"},
		"404 of something else":             {404, "Webhook not found", KindRejected, ""},
		"404 that says more":                {404, "Credential not found in cache, try again", KindRejected, ""},
		"404 without a text":                {404, "", KindRejected, ""},
		"400 with the text of a 404":        {400, "Credential not found", KindRejected, ""},
		"422":                               {422, "Validation failed.", KindRejected, ""},
		"401 with the text of a credential": {401, "Credential not found", KindUnauthorized, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind, noun := (&call{request: request{ref: Ref{Noun: NounCredential}}}).refusalKind(c.status, c.message)
			if kind != c.want || noun != c.noun {
				t.Errorf("kind %d of a %q, want %d of a %q", kind, noun, c.want, c.noun)
			}
		})
	}
}

func TestStrangenessSaysWhatIsOddWithoutQuoting(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		body   string
		want   string
	}{
		"redirect":     {302, "secret", "the answer is a redirect, which the API never gives; it was not followed"},
		"failed 200":   {200, brokenBody, "the answer's status says success, but its body says that the request failed"},
		"page":         {200, page, "the answer's status says success, but its body is a page (HTML or XML), not JSON"},
		"empty":        {204, "", "the answer's status says success, but its body is empty"},
		"broken":       {200, `{"new_password":"secret`, "the answer's status says success, but its body is not a JSON object"},
		"404 page":     {404, page, "the answer is not the API's own: its body is a page (HTML or XML), not JSON"},
		"404 of other": {404, `{"detail":"secret"}`, "the answer is not the API's own: its body is not of the API's form"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := received(t, c.status, c.body).strangeness(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
