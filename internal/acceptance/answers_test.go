package acceptance

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// oddAnswers are answers that are not what they seem: their status says success.
// None is taken for a password, for a credential, or for its absence. What they
// make of a reset is told by TestResetThatMayHaveActedIsFinishedByTheNextApply.
func oddAnswers(kind simulator.Kind) map[string]oddAnswer {
	const noPassword, noObject, tooLong = "the answer says success, but", "body is not a JSON object", "of at most 1 MiB"
	body := func(body, text string) oddAnswer {
		return oddAnswer{simulator.FaultBody(kind, http.StatusOK, body, true), text}
	}
	notPacked := simulator.FaultBody(kind, http.StatusOK, `{"success":true}`, true)
	notPacked.Header = map[string]string{"Content-Encoding": "gzip"}
	bomb := simulator.FaultGzip(kind)
	bomb.Size = 64 << 20
	return map[string]oddAnswer{
		"success: false":            body(`{"success":false,"message":"It did not work."}`, `the API answered 200, "It did not work."`),
		"no data":                   body(`{"success":true}`, noPassword),
		"an empty password":         body(`{"success":true,"data":{"new_password":""}}`, noPassword),
		"wrong types":               body(`{"success":true,"data":{"new_password":["x"],"credential":7,"user_smtp_guid":{}}}`, noPassword),
		"data that is a list":       body(`{"success":true,"data":[]}`, noPassword),
		"null":                      body(`null`, noObject),
		"a list":                    body(`[]`, noObject),
		"a page":                    body(`<html><body>Welcome</body></html>`, "body is a page (HTML or XML), not JSON"),
		"nothing":                   body(``, "body is empty"),
		"20 MB":                     {simulator.FaultSize(kind, 20_000_000), tooLong},
		"without end":               {simulator.FaultEndless(kind), tooLong},
		"a gzip bomb":               {bomb, tooLong},
		"not compressed as it says": {notPacked, "body is not compressed as it says it is"},
	}
}

type oddAnswer struct {
	fault simulator.Fault
	text  string
}

// TestOddAnswersToARead has each of them end a refresh, and nothing leave the
// state.
func TestOddAnswersToARead(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	all := oddAnswers(simulator.KindGet)
	c := newCases(t, s, all)
	c.apply()
	before := c.passwords()
	s.spoilLists()
	looks := map[string]int{}
	for name, answer := range all {
		looks[name] = c.requests(name, simulator.KindGet)
		c.inject(name, answer.fault)
	}
	c.fails(func(name string) []string {
		return []string{all[name].text, "Could not read the SMTP credential", "The stored password is unchanged"}
	}, "plan")
	for name := range all {
		if n := c.requests(name, simulator.KindGet) - looks[name]; n != 1 {
			t.Errorf("%s: it was asked for %d times", name, n)
		}
	}
	c.checkKept(before, 1)
	for name, password := range before {
		if password != s.LivePassword("example.com", c.guids[name]) {
			t.Errorf("%s: the stored password is not the live one", name)
		}
	}
	s.ClearFaults()
	c.planIsEmpty()
}

// TestRedirectIsNotFollowed has another server that must never be asked for
// anything: the token, or a reset, would go there.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(elsewhere.Close)
	s := startService(t, simulator.Options{})
	all := map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}
	c := newCases(t, s, all)
	c.apply()
	before := c.passwords()
	c.configure(trigger("2"))
	s.spoilLists()
	for _, kind := range []simulator.Kind{simulator.KindGet, simulator.KindReset} {
		for name, status := range all {
			redirect := simulator.FaultRedirect(kind, elsewhere.URL)
			redirect.Status = status
			c.inject(name, redirect)
		}
		c.fails(func(name string) []string {
			return []string{"HTTP status " + name, "redirect", "not followed", "KIRIMEMAIL_BASE_URL"}
		}, "apply", "-auto-approve")
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
	c.checkKept(before, 2)
	for name, password := range before {
		if password != s.LivePassword("example.com", c.guids[name]) {
			t.Errorf("%s: the stored password is not the live one", name)
		}
	}
	if strings.Contains(c.screens.String(), elsewhere.URL) {
		t.Error("the screen shows where the redirect leads")
	}
}

// TestMessagesThatQuoteAPasswordAreCleaned has an API whose errors name the
// password that is stored, or is to be. The workspace looks at the screen.
func TestMessagesThatQuoteAPasswordAreCleaned(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	quoting := func(kind simulator.Kind, password string) simulator.Fault {
		body, err := json.Marshal(map[string]any{
			"success": false, "message": "bad " + password + " and " + s.Token(),
			"errors": map[string]any{"of " + password: []string{"not " + password}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return simulator.FaultBody(kind, 422, string(body), false)
	}
	existing := s.LivePassword(s.credential.Domain, s.credential.GUID)
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(s.existing(), trigger("1")))
	fault := quoting(simulator.KindGet, existing)
	fault.Times = 3 // a look in the plan, one in the apply, and the adoption
	s.Inject(fault)
	w.fails([]string{"bad (redacted) and (redacted)"}, "apply", "-auto-approve", "-no-color")
	w.apply()

	w.write("main.tf", s.providerBlock()+s.passwordBlock(trigger("2"), "revoke_on_destroy = true"))
	s.Inject(quoting(simulator.KindReset, existing))
	w.fails([]string{"bad (redacted) and (redacted)"}, "apply", "-auto-approve", "-no-color")
	w.apply()
	for _, kind := range []simulator.Kind{simulator.KindGet, simulator.KindReset} {
		s.Inject(quoting(kind, w.password()))
		w.fails([]string{"bad (redacted) and (redacted)"}, "destroy", "-auto-approve", "-no-color")
	}
}
