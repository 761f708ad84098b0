package password

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// slowAPI answers resets and reads as its script says, and moves time on.
type slowAPI struct {
	t        *testing.T
	script   []step
	resets   int
	asked    []string
	changed  time.Time // last_password_changed
	omits    bool      // last_password_changed is not told
	zeroed   bool      // modified_at is 0
	dateless bool      // no Date either
}

// step is what one request meets: lost, or answered after a while. lands is
// how much later than this request's own answer an earlier reset lands.
type step struct {
	method string
	status int // 0: the connection is lost
	takes  time.Duration
	lands  time.Duration
	late   bool // it acts at the end of what it takes
}

func (a *slowAPI) RoundTrip(request *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	a.asked = append(a.asked, request.Method)
	if len(a.asked) > len(a.script) || a.script[len(a.asked)-1].method != request.Method {
		a.t.Errorf("requests: %s, want %+v", a.asked, a.script)
		return nil, io.EOF
	}
	next := a.script[len(a.asked)-1]
	if request.Method == http.MethodPut && next.status == http.StatusOK {
		a.changed = time.Now()
	}
	made := a.changed
	<-time.After(next.takes)
	if next.late {
		made = time.Now()
		a.changed = made
	}
	if next.lands > 0 {
		a.changed = made.Add(next.lands)
	}
	if next.status == 0 {
		return nil, io.EOF
	}
	credential := fmt.Sprintf(`{"user_smtp_guid":%q,"username":"mailer","modified_at":%d`, testRef.GUID, unixOrZero(made, a.zeroed))
	body := `{"success":false,"message":"No."}`
	switch {
	case next.status != http.StatusOK:
	case request.Method == http.MethodPut:
		a.resets++
		body = fmt.Sprintf(`{"success":true,"data":{"credential":%s},"new_password":"password-%d"}}`, credential, a.resets)
	case a.omits:
		body = `{"success":true,"data":` + credential + `}}`
	default:
		body = fmt.Sprintf(`{"success":true,"data":%s,"last_password_changed":%d}}`, credential, a.changed.Unix())
	}
	header := http.Header{}
	if !a.dateless {
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return &http.Response{StatusCode: next.status, Body: io.NopCloser(strings.NewReader(body)), Request: request, Header: header}, nil
}

// unlessZeroed is modified_at as a read gives it.
func unlessZeroed(a *slowAPI) time.Time {
	if a.zeroed {
		return time.Time{}
	}
	return a.changed
}

func unixOrZero(t time.Time, zero bool) int64 {
	if zero {
		return 0
	}
	return t.Unix()
}

// TestConfirm has attempts that were lost, and what lands when.
func TestConfirm(t *testing.T) {
	t.Parallel()
	lost, unanswered := step{method: "PUT"}, step{method: "PUT", status: 502}
	reset, get := step{method: "PUT", status: 200}, step{method: "GET", status: 200}
	slow := step{method: "PUT", status: 200, takes: 4 * time.Second, late: true}
	overtaken := func(by time.Duration) step { return step{method: "PUT", status: 200, lands: by} }
	for name, test := range map[string]struct {
		api        slowAPI
		password   string
		remembered bool
		unfinished bool
		warning    string
	}{
		"a reset that was answered at once is asked no more": {
			slowAPI{script: []step{reset}}, "password-1", false, false, "",
		},
		"500 of the API's own leaves nothing running": {
			slowAPI{script: []step{{method: "PUT", status: 500}, reset}}, "password-1", false, false, "",
		},
		"one lost, which landed before": {
			slowAPI{script: []step{lost, reset, get}}, "password-1", true, false, "",
		},
		"one lost, and a change time that is a second later": {
			slowAPI{script: []step{lost, overtaken(time.Second), get}}, "password-1", true, false, "",
		},
		"one lost, and a change time that is a second later, by the Date": {
			slowAPI{script: []step{lost, overtaken(time.Second), get}, zeroed: true}, "password-1", true, false, "",
		},
		"one lost, which landed later": {
			slowAPI{script: []step{lost, overtaken(2 * time.Second), get, reset, get}}, "password-2", true, false, "",
		},
		"one lost, which landed later, by the Date": {
			slowAPI{script: []step{unanswered, {method: "PUT", status: 200, takes: 9 * time.Second, lands: 7 * time.Second}, get, reset, get}, zeroed: true},
			"password-2", true, false, "",
		},
		"one lost, and the API always tells of a later change": {
			slowAPI{script: []step{lost, overtaken(5 * time.Second), get, overtaken(5 * time.Second), get}},
			"password-2", true, false, "New SMTP password may have ended already",
		},
		"two lost, and the API always tells of a later change": {
			slowAPI{script: []step{
				lost, unanswered, overtaken(5 * time.Second), get, overtaken(5 * time.Second), get, overtaken(5 * time.Second), get,
			}}, "password-3", true, false, "New SMTP password may have ended already",
		},
		"one more is lost when it is reset once more": {
			slowAPI{script: []step{lost, overtaken(5 * time.Second), get, lost, overtaken(5 * time.Second), get, reset, get}},
			"password-3", true, false, "",
		},
		"a slow server that acts at the end, by the Date": {
			slowAPI{script: []step{lost, slow, get, slow, get}, zeroed: true}, "password-2", true, false, "New SMTP password may have ended already",
		},
		"a slow server that acts at the end, by modified_at": {
			slowAPI{script: []step{lost, slow, get}}, "password-1", true, false, "",
		},
		"the answer tells no time": {
			slowAPI{script: []step{lost, overtaken(5 * time.Second), get}, zeroed: true, dateless: true},
			"password-1", true, false,
			"New SMTP password could not be confirmed",
		},
		"another day's change is not a landing": {
			slowAPI{script: []step{lost, overtaken(24 * time.Hour), get}}, "password-1", true, false, "",
		},
		"resetting once more is refused": {
			slowAPI{script: []step{lost, overtaken(5 * time.Second), get, {method: "PUT", status: 403}}}, "password-1", true, true, "",
		},
		"the credential cannot be read": {
			slowAPI{script: []step{lost, reset, {method: "GET", status: 403}}},
			"password-1", true, false,
			"New SMTP password could not be confirmed",
		},
		"the API does not say when passwords change": {
			slowAPI{script: []step{lost, reset, get}, omits: true}, "password-1", true, false, "New SMTP password could not be confirmed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				test.api.t = t
				client, err := kirim.New(kirim.Config{BaseURL: "https://api.test", Username: "acme", Token: "tok-1", Now: time.Now, Transport: &test.api})
				if err != nil {
					t.Fatal(err)
				}
				session := &Session{Client: client, Now: time.Now}
				plan := testInstance()
				plan.RotationReason = types.StringValue("created")
				result, err := session.issue(t.Context(), plan, resetPassword, types.StringNull(), 0, nil)
				if err != nil {
					t.Fatal(err)
				}
				if len(test.api.asked) != len(test.api.script) {
					t.Errorf("requests: %s, want %+v", test.api.asked, test.api.script)
				}
				if plan.Password.ValueString() != test.password {
					t.Errorf("it gives %s, want %s", plan.Password, test.password)
				}
				told := result.operation.attempts + kirim.Details(result.unfinished).Attempts
				if asked := strings.Count(strings.Join(test.api.asked, ""), http.MethodPut); told != asked {
					t.Errorf("it tells of %d requests; %d were made", told, asked)
				}
				n := result.private
				if (n.InFlight.Left > 0) != test.remembered || n.Unfinished != test.unfinished || (result.unfinished != nil) != test.unfinished {
					t.Errorf("notes %+v, unfinished: %v", n, result.unfinished)
				}
				// A refresh straight after it finds nothing new.
				if n.InFlight.look(rotation.Observed{PasswordChanged: test.api.changed.Truncate(time.Second), Modified: unlessZeroed(&test.api).Truncate(time.Second)}); !test.unfinished && n.InFlight.completedLate() {
					t.Errorf("the next refresh finds a late landing: %+v", n.InFlight)
				}
				warnings := ""
				for _, warning := range result.warnings {
					warnings += warning.Summary()
				}
				if warnings != test.warning {
					t.Errorf("warnings %q, want %q", warnings, test.warning)
				}
			})
		})
	}
}

// TestConfirmDoesNotHoldUpAnInterrupt: what has come is stored, and remembered
// for the next refresh.
func TestConfirmDoesNotHoldUpAnInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &slowAPI{t: t, script: nil}
		client, err := kirim.New(kirim.Config{BaseURL: "https://api.test", Username: "acme", Token: "tok-1", Now: time.Now, Transport: api})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		session := &Session{Client: client, Now: time.Now}
		result := &resetResult{}
		reset := session.confirm(ctx, testRef, &kirim.Reset{Password: "password-1", MayStillRun: 1}, result)
		if reset.Password != "password-1" || result.private.InFlight.Left != 1 || result.unfinished != nil || len(result.warnings) != 1 {
			t.Errorf("got %+v, %+v", reset, result)
		}
		if len(api.asked) > 0 {
			t.Errorf("requests: %s", api.asked)
		}
	})
}
