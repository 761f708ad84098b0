package transport

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func received(t *testing.T, status int, body string) *Answer {
	t.Helper()
	a, err := readAnswer(&http.Response{
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
		bare    = `{"error":"Unauthorized"}`
		success = `{"success":true,"data":{}}`
	)
	cases := map[string]struct {
		status int
		body   string
		want   Outcome
	}{
		"200 with success":                    {200, success, Success},
		"200 that does not mention success":   {200, `{"records":{"spf":true}}`, Success},
		"201 with success":                    {201, success, Success},
		"200 that failed":                     {200, plain, UnrecognizedSuccess},
		"200, a page":                         {200, page, UnrecognizedSuccess},
		"200, empty":                          {200, "", UnrecognizedSuccess},
		"200, white space":                    {200, " \n", UnrecognizedSuccess},
		"200, a list":                         {200, `[]`, UnrecognizedSuccess},
		"200, null":                           {200, `null`, UnrecognizedSuccess},
		"200, broken JSON":                    {200, `{"success":true`, UnrecognizedSuccess},
		"200, two values":                     {200, success + success, UnrecognizedSuccess},
		"204, empty":                          {204, "", UnrecognizedSuccess},
		"101":                                 {101, "", UnrecognizedSuccess},
		"a status that is none":               {0, page, UnrecognizedSuccess},
		"301":                                 {301, "", NonAPIError},
		"304 in the envelope":                 {304, plain, NonAPIError},
		"400 in the envelope":                 {400, plain, APIError},
		"401 of the domains endpoints":        {401, domains, APIError},
		"401 of a domain's key":               {401, bare, APIError},
		"403 of a domain's key":               {403, bare, APIError},
		"401 that claims a success":           {401, `{"success":true,"error":"Unauthorized"}`, NonAPIError},
		"401 whose error is an object":        {401, `{"error":{"code":401}}`, NonAPIError},
		"401 with a message alone":            {401, `{"message":"Unauthorized"}`, NonAPIError},
		"400 in the dress of a key's 401":     {400, bare, NonAPIError},
		"404 in the dress of a key's 401":     {404, `{"error":"Credential not found"}`, NonAPIError},
		"422 in the dress of a key's 401":     {422, bare, NonAPIError},
		"429 in the dress of a key's 401":     {429, bare, RateLimited},
		"500 in the dress of a key's 401":     {500, bare, ConnectionLost},
		"502 in the dress of a key's 401":     {502, bare, ConnectionLost},
		"503 in the dress of a key's 401":     {503, bare, ConnectionLost},
		"504 in the dress of a key's 401":     {504, bare, StillRunning},
		"401, a page":                         {401, page, NonAPIError},
		"404 in the envelope":                 {404, plain, APIError},
		"404, other JSON":                     {404, `{"detail":"nope"}`, NonAPIError},
		"404 without a message":               {404, `{"success":false}`, NonAPIError},
		"404 whose message is a number":       {404, `{"success":false,"message":7}`, NonAPIError},
		"404 that claims a success":           {404, `{"success":true,"message":"Found"}`, NonAPIError},
		"404 that claims success and error":   {404, `{"success":true,"error":"x","message":"y"}`, NonAPIError},
		"404 with a message alone":            {404, `{"message":"The route could not be found."}`, NonAPIError},
		"422 in the envelope":                 {422, plain, APIError},
		"408, a page":                         {408, page, UnrecognizedSuccess},
		"200 with a byte-order mark":          {200, "\ufeff" + success, Success},
		"429 in the envelope":                 {429, plain, RateLimited},
		"429, a page":                         {429, page, RateLimited},
		"500 in the envelope":                 {500, plain, ServerError},
		"500 in the domains endpoints' dress": {500, domains, ServerError},
		"500, a page":                         {500, page, ConnectionLost},
		"500 with a message alone":            {500, `{"message":"Server Error"}`, ConnectionLost},
		"501 in the envelope":                 {501, plain, StillRunning},
		"502 in the envelope":                 {502, plain, ConnectionLost},
		"502, a page":                         {502, page, ConnectionLost},
		"503 in the envelope":                 {503, plain, ServerError},
		"503, empty":                          {503, "", ConnectionLost},
		"504 in the envelope":                 {504, plain, StillRunning},
		"504, a page":                         {504, page, StillRunning},
		"505":                                 {505, page, StillRunning},
		"521":                                 {521, page, StillRunning},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := received(t, c.status, c.body).outcome(Reads); got != c.want {
				t.Errorf("outcome %d, want %d", got, c.want)
			}
		})
	}
}

// TestAContentCodingThatCannotBeReadIsNamed, unless the body can be read all the same.
func TestAContentCodingThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	const packed, success = "\x1b\x0f\x00\xf8", `{"success":true,"data":{}}`
	const unasked = " this provider did not ask for and cannot read"
	named := func(coding string) string {
		return "its body is compressed as " + strconv.Quote(coding) + ", which" + unasked
	}
	unnamed := "its body is compressed in a way that" + unasked
	for name, c := range map[string]struct {
		body    string
		codings []string
		want    string
	}{
		"br":                          {packed, []string{"br"}, named("br")},
		"deflate":                     {packed, []string{"deflate"}, named("deflate")},
		"x-gzip":                      {packed, []string{"x-gzip"}, named("x-gzip")},
		"zstd":                        {packed, []string{"zstd"}, named("zstd")},
		"the longest that there is":   {packed, []string{"pack200-gzip"}, named("pack200-gzip")},
		"several in one line":         {packed, []string{"gzip, br"}, named("gzip, br")},
		"several in a line each":      {packed, []string{"deflate", "gzip"}, named("deflate, gzip")},
		"too long to be one":          {packed, []string{"tok-9f3c2a7e51"}, unnamed},
		"more than anybody would use": {packed, []string{"br,br,br,br,br"}, unnamed},
		"control characters":          {packed, []string{"br\x1b[31m"}, unnamed},
		"a sentence":                  {packed, []string{"it is br"}, unnamed},
		"more than is read":           {strings.Repeat("x", maxAnswer+1), []string{"br"}, named("br")},
		"none":                        {packed, nil, otherBody},
		"an empty one":                {packed, []string{" "}, otherBody},
		"identity":                    {packed, []string{"Identity"}, otherBody},
		"a body that can be read":     {success, []string{"br"}, ""},
		"a page that can be read":     {page, []string{"UTF-8"}, pageBody},
		"nothing to be read":          {"", []string{"br"}, emptyBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := readAnswer(&http.Response{
				StatusCode: 200, Header: http.Header{"Content-Encoding": c.codings},
				Body: io.NopCloser(strings.NewReader(c.body)),
			}, time.Now())
			if err != nil || a.Oddity != c.want {
				t.Errorf("got %q, %v; want %q", a.Oddity, err, c.want)
			}
			want := UnrecognizedSuccess // which may have acted, and is not repeated
			if c.want == "" {
				want = Success
			}
			if got := a.outcome(Resets); got != want {
				t.Errorf("outcome %d, want %d", got, want)
			}
		})
	}
}

func TestAnAnswerOfOneMiBIsReadAndALargerOneIsNot(t *testing.T) {
	t.Parallel()
	frame := `{"success":true,"data":""}`
	fits := strings.Replace(frame, `""`, `"`+strings.Repeat("x", maxAnswer-len(frame))+`"`, 1)
	if a := received(t, 200, fits); a.outcome(Reads) != Success || len(a.Data) != maxAnswer-len(frame)+2 {
		t.Errorf("a body of %d: outcome %d, %d bytes", len(fits), a.outcome(Reads), len(a.Data))
	}
	a := received(t, 200, fits+" ")
	if a.outcome(Reads) != UnrecognizedSuccess || a.Oddity != otherBody || a.Data != nil {
		t.Errorf("a body of %d: outcome %d, %v", len(fits)+1, a.outcome(Reads), a.Oddity)
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
	a, err := readAnswer(&http.Response{StatusCode: 200, Body: body}, time.Now())
	if err != nil || a.Oddity != otherBody {
		t.Errorf("got %v, %v", a, err)
	}
	if body.read > 2*maxAnswer || !body.closed {
		t.Errorf("%d bytes were read, closed: %t", body.read, body.closed)
	}
}
