package kirim

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnErrorReads(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err  Error
		want string
	}{
		"an answer of the API": {
			Error{Op: "read the credential", Status: 404, Message: "Credential not found"},
			`could not read the credential: the API answered 404: "Credential not found"`,
		},
		"an answer of somebody else": {
			Error{Op: "read the credential", Status: 502, Reason: "the answer is not the API's own"},
			"could not read the credential: HTTP status 502: the answer is not the API's own",
		},
		"no answer": {
			Error{Op: "reset the password", Reason: "the connection was lost before an answer came", Err: io.ErrUnexpectedEOF},
			"could not reset the password: the connection was lost before an answer came: unexpected EOF",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.err.Error(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestEveryRefusalQuotesTheAPI: kind, status, and messages, those of fields among them.
func TestEveryRefusalQuotesTheAPI(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		body   string
		kind   Kind
		text   string
	}{
		"401":                {401, `{"success":false,"message":"Unauthorized"}`, KindUnauthorized, `the API answered 401: "Unauthorized"`},
		"401 of the domains": {401, `{"error":"Unauthorized","message":"Bad token"}`, KindUnauthorized, `the API answered 401: "Bad token"`},
		"403":                {403, forbiddenBody, KindForbidden, `the API answered 403: "Credential does not belong to the specified domain"`},
		"401 of a key":       {401, `{"error":"Unauthorized"}`, KindUnauthorized, `the API answered 401: "Unauthorized"`},
		"404, credential":    {404, `{"success":false,"message":"Credential not found"}`, KindNotFound, `the API answered 404: "Credential not found"`},
		"404, domain":        {404, `{"success":false,"message":"Domain not found"}`, KindNotFound, `the API answered 404: "Domain not found"`},
		"404, a page":        {404, "<h1>Credential not found</h1>", KindUnexpected, "HTTP status 404: the answer is not the API's own: its body is a page (HTML or XML), not JSON"},
		"422": {
			422, `{"success":false,"message":"Validation failed.","errors":{"username":["is\ttaken","is short"],"again":"x"}}`,
			KindRejected, `the API answered 422: "Validation failed. again: x username: is taken is short"`,
		},
		"504 of the API":        {504, brokenBody, KindServer, `the API answered 504: "An error occurred while processing the request."`},
		"200 that failed":       {200, brokenBody, KindUnexpected, `the API answered 200: "An error occurred while processing the request.": the answer's status says success, but its body says that the request failed`},
		"a message with quotes": {400, `{"success":false,"message":"no \"x\""}`, KindRejected, `the API answered 400: "no \"x\""`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := asError(t, reset(t.Context(), newClient(t, newWire(t, answers(c.status, c.body)))))
			if e.Kind != c.kind || e.Status != c.status || e.Error() != "could not reset the password: "+c.text {
				t.Errorf("kind %s, status %d: %v", e.Kind, e.Status, e)
			}
		})
	}
}

func TestAnErrorAfterAllAttemptsStillQuotesTheAPI(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, repeated(maxAttempts, answers(500, brokenBody))...)
		e := asError(t, get(t.Context(), newClient(t, w)))
		if want := `could not read the credential: the API answered 500: "An error occurred while processing the request."`; e.Kind != KindServer || e.Error() != want {
			t.Errorf("kind %s: %v", e.Kind, e)
		}
	})
}

func TestTheCauseIsToldWhereItSaysSomething(t *testing.T) {
	t.Parallel()
	loud := errors.New(`net/http: HTTP/1.x transport connection broken: malformed MIME header: "` + testPassword + `"`)
	cases := map[string]struct {
		turn   turn
		kind   Kind
		reason string
		cause  string
	}{
		"a lost connection":            {loses, KindConnection, "the connection was lost before an answer came", "EOF"},
		"a cut answer":                 {cuts(200, "{"), KindConnection, "the answer broke off", "unexpected EOF"},
		"a refused connection":         {refusesConnection, KindUnreachable, "could not connect to api.test", "dial tcp: connection refused"},
		"a certificate":                {untrustworthy, KindCertificate, "the server at api.test could not be trusted", "certificate signed by unknown authority"},
		"an answer that is not HTTP":   {(&traced{roundTripper(fails(loud))}).RoundTrip, KindConnection, "the connection was lost before an answer came", ""},
		"a stall within a read's time": {hangs, KindTimeout, "no answer came within 30s", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := asError(t, get(t.Context(), newClient(t, roundTripper(c.turn))))
				cause := ""
				if e.Err != nil {
					cause = e.Err.Error()
				}
				if e.Kind != c.kind || e.Reason != c.reason || (cause == "") != (c.cause == "") || !strings.Contains(cause, c.cause) {
					t.Errorf("kind %s, cause %q: %v", e.Kind, cause, e)
				}
				noSecrets(t, "the error", spelling(e))
			})
		})
	}
}

func TestACauseCanBeAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if err := get(t.Context(), newClient(t, roundTripper(cuts(200, "{")))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	})
}

// TestAnErrorCountsTheAttemptsMade: the third comes after 10 to 12 s, so that
// the interrupt falls into the pause after it.
func TestAnErrorCountsTheAttemptsMade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx := cancelAfter(t, 13*time.Second)
		e := asError(t, reset(ctx, newClient(t, roundTripper(loses))))
		if time.Since(began) != 13*time.Second || e.Attempts != 3 || !e.MayHaveActed {
			t.Errorf("%d attempts in %s", e.Attempts, time.Since(began))
		}
	})
}

func TestEachKindHasAName(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint([]Kind{KindUnexpected, KindRateLimited, KindNotFound, KindArgument, KindIncomplete}); got !=
		"[unexpected rate_limited not_found argument incomplete]" {
		t.Errorf("got %s", got)
	}
}

func TestAPIErrorKind(t *testing.T) {
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
		"404 of a webhook's domain":         {404, "Domain not found or you do not own this domain", KindNotFound, "domain"},
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
			kind, noun := apiErrorKind(c.status, c.message, NounCredential)
			if kind != c.want || noun != c.noun {
				t.Errorf("kind %s of a %q, want %s of a %q", kind, noun, c.want, c.noun)
			}
		})
	}
}

func TestAnOddAnswerIsDescribedWithoutQuoting(t *testing.T) {
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
		"broken":       {200, `{"new_password":"secret`, "the answer's status says success, but its body is not a JSON object of at most 1 MiB"},
		"404 page":     {404, page, "the answer is not the API's own: its body is a page (HTML or XML), not JSON"},
		"404 of other": {404, `{"detail":"secret"}`, "the answer is not the API's own: its body is not of the API's form"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := asError(t, get(t.Context(), newClient(t, newWire(t, answers(c.status, c.body)))))
			if e.Reason != c.want {
				t.Errorf("got %q, want %q", e.Reason, c.want)
			}
		})
	}
}

// TestABaseURLThatGoesOnIntoAnEndpointIsSuspect if nothing is there.
func TestABaseURLThatGoesOnIntoAnEndpointIsSuspect(t *testing.T) {
	t.Parallel()
	const notFound = `{"success":false,"message":"Not found"}`
	suspect := func(t *testing.T, base string, next turn) bool {
		t.Helper()
		config := testConfig(newWire(t, next))
		config.BaseURL = base
		return asError(t, get(t.Context(), mustNew(t, config))).EndpointInBaseURL
	}
	for base, want := range map[string]bool{
		"https://api.test":                                                 false,
		"https://api.test/gateway":                                         false,
		"https://api.test/my-api":                                          false,
		"https://api.test/apis":                                            false,
		"https://api.test/api/gateway":                                     false,
		"https://api.test/domains":                                         false,
		"https://api.test/api":                                             true,
		"https://api.test/API/":                                            true,
		"https://api.test/gateway/api//":                                   true,
		"https://api.test/api/domains":                                     true,
		"https://api.test/api/domains/example.com/credentials":             true,
		"https://api.test/api/domains/example.com/credentials/" + testGUID: true,
		"https://api.test/api/quota":                                       true,
		"https://api.test/api/v4/transactional":                            true,
	} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			for _, body := range []string{
				notFound, page, `{"message":"The route could not be found."}`,
				`{"success":false,"message":"Credential not found"}`,
			} {
				if got := suspect(t, base, answers(404, body)); got != want {
					t.Errorf("404, %s: %t", body, got)
				}
			}
			if got := suspect(t, base, answers(405, page)); got != want {
				t.Errorf("405: %t", got)
			}
			if suspect(t, base, answers(403, forbiddenBody)) {
				t.Error("403: the answer says that something is there")
			}
		})
	}
}
