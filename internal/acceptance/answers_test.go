package acceptance

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// oddAnswers are answers that are not what they seem: their status says success.
// None is taken for a password, for a credential, or for its absence.
func oddAnswers(kind simulator.Kind) []oddAnswer {
	body := func(name, body string, texts ...string) oddAnswer {
		return oddAnswer{name, simulator.FaultBody(kind, http.StatusOK, body, true), texts}
	}
	notPacked := simulator.FaultBody(kind, http.StatusOK, `{"success":true}`, true)
	notPacked.Header = map[string]string{"Content-Encoding": "gzip"}
	bomb := simulator.FaultGzip(kind)
	bomb.Size = 64 << 20
	return []oddAnswer{
		body("success: false", `{"success":false,"message":"It did not work."}`, `the API answered 200, "It did not work."`),
		body("no data", `{"success":true}`, "the answer says success, but"),
		body("an empty password", `{"success":true,"data":{"new_password":""}}`, "the answer says success, but"),
		body("wrong types", `{"success":true,"data":{"new_password":["x"],"credential":7,"user_smtp_guid":{}}}`, "the answer says success, but"),
		body("data that is a list", `{"success":true,"data":[]}`, "the answer says success, but"),
		body("null", `null`, "body is not a JSON object"),
		body("a list", `[]`, "body is not a JSON object"),
		body("a page", `<html><body>Welcome</body></html>`, "body is a page (HTML or XML), not JSON"),
		body("nothing", ``, "body is empty"),
		{"20 MB", simulator.FaultSize(kind, 20_000_000), []string{"of at most 1 MiB"}},
		{"without end", simulator.FaultEndless(kind), []string{"of at most 1 MiB"}},
		{"a gzip bomb", bomb, []string{"of at most 1 MiB"}},
		{"not compressed as it says", notPacked, []string{"body is not compressed as it says it is"}},
	}
}

type oddAnswer struct {
	name  string
	fault simulator.Fault
	texts []string
}

// TestOddAnswersToAReset has each of them end a rotation, whose password is
// gone, and the next apply make up for it.
func TestOddAnswersToAReset(t *testing.T) {
	t.Parallel()
	for half, answers := range halves(oddAnswers(simulator.KindReset)) {
		t.Run(half, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock(trigger("0"))+dependentBlock)
			w.apply()
			for i, answer := range answers {
				before, resets := w.password(), s.resets()
				w.configure(trigger(strconv.Itoa(i + 1)))
				s.Inject(answer.fault)
				w.fails(append(answer.texts, "Could not rotate the SMTP password", "200", "the credential's previous password may have stopped working"),
					"apply", "-auto-approve", "-no-color")
				if w.password() != before || s.resets() != resets+1 {
					t.Errorf("%s: another password is stored, or it was asked for %d times", answer.name, s.resets()-resets)
				}
				w.apply()
				w.checkRotated(before, "rotation_triggers: version", resets+2)
			}
		})
	}
}

// TestOddAnswersToARead has each of them end a refresh, and nothing leave the
// state.
func TestOddAnswersToARead(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+s.passwordBlock())
	w.apply()
	for _, answer := range oddAnswers(simulator.KindGet) {
		gets := s.Count(simulator.KindGet)
		s.Inject(answer.fault)
		screen := w.fails(append(answer.texts, "Could not read the SMTP credential", "left as it is"), "plan", "-no-color")
		if got := s.Count(simulator.KindGet) - gets; got != 1 {
			t.Errorf("%s: it was asked for %d times:\n%s", answer.name, got, screen.text)
		}
	}
	w.checkKept(w.password(), 1)
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
	w, before := rotating(t, s)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, kind := range []simulator.Kind{simulator.KindGet, simulator.KindReset} {
			redirect := simulator.FaultRedirect(kind, elsewhere.URL)
			redirect.Status = status
			s.Inject(redirect)
			w.fails([]string{"HTTP status " + strconv.Itoa(status), "redirect", "not followed", "KIRIMEMAIL_BASE_URL"}, "apply", "-auto-approve", "-no-color")
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
	if w.password() != before {
		t.Error("the stored password has changed")
	}
	s.checkLive(t, before)
	if strings.Contains(w.screens.String(), elsewhere.URL) {
		t.Error("the screen shows where the redirect leads")
	}
}

func halves(answers []oddAnswer) map[string][]oddAnswer {
	middle := len(answers) / 2
	return map[string][]oddAnswer{"one half": answers[:middle], "the other half": answers[middle:]}
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
	s.Inject(quoting(simulator.KindGet, existing))
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
