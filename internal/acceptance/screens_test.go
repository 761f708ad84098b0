package acceptance

import (
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// variables are an one's own.
type variables = map[string]any

const foreignPage = "<html><body>404 Not Found nginx</body></html>"

// answerWith is the answer to a reset with other data in it.
func answerWith(format string, arguments ...any) simulator.Fault {
	return simulator.FaultBody(simulator.KindReset, 200,
		`{"success":true,"message":"Password reset successfully.","data":{`+fmt.Sprintf(format, arguments...)+`}}`, true)
}

// loginAt is a login_check at an address, which gives up soon.
func loginAt(address string, more variables) variables {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		panic(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		panic(err)
	}
	check := variables{"host": host, "port": number, "timeout": "1s"}
	maps.Copy(check, more)
	return check
}

// TestScreensOfACreation has each instance's first reset, or adoption, fail in
// its own way.
func TestScreensOfACreation(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"account": nil, "domain": nil, "elsewhere": nil, "missing": nil, "rejected": nil, "proxy": nil, "redirect": nil,
		"page": nil, "gateway": nil, "without": nil,
		"silent":  {"timeouts": variables{"create": "2s"}},
		"adopted": {"existing": "a-password-that-is-in-use"},
	})
	g.view("creation", func() {
		g.spoilLists()
		g.spoil("account", simulator.FaultEnvelope(simulator.KindReset, 401, "Unauthorized", false))
		g.spoil("domain", simulator.FaultEnvelope(simulator.KindReset, 404, "Domain not found", false))
		g.spoil("elsewhere", simulator.FaultEnvelope(simulator.KindReset, 403, "Credential does not belong to the specified domain", false))
		g.spoil("missing", simulator.FaultEnvelope(simulator.KindReset, 404, "Credential not found", false))
		g.spoil("rejected", simulator.FaultBody(simulator.KindReset, 422,
			`{"success":false,"message":"Validation failed.","errors":{"credential":["The credential is suspended."]}}`, false))
		g.spoil("proxy", simulator.FaultBody(simulator.KindReset, 404, foreignPage, false))
		g.spoil("redirect", simulator.FaultRedirect(simulator.KindReset, "https://example.net/"))
		g.spoil("page", simulator.FaultBody(simulator.KindReset, 200, foreignPage, true))
		g.spoil("gateway", simulator.FaultStatus(simulator.KindReset, 504, true))
		g.spoil("without", answerWith(`"new_password":null`))
		g.spoil("silent", simulator.FaultStall(simulator.KindReset, true))
		fault := simulator.FaultEnvelope(simulator.KindGet, 404, "Credential not found", false)
		fault.Times = 3 // a look in the plan, one in the apply, and the adoption
		g.spoil("adopted", fault)
	}, "apply", "-auto-approve")
	// In all this nothing was lost: the next apply makes up for it.
	g.apply()
	g.planIsEmpty()
}

// TestScreensOfALook has the plan of a creation meet a wrong GUID, and a credential that
// is marked as deleted.
func TestScreensOfALook(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	g.view("look-refused", func() {
		g.spoil("shop", simulator.FaultEnvelope(simulator.KindGet, 404, "Credential not found", false))
	}, "plan")
	g.SetOptions(func(o *simulator.Options) {
		o.Rewrite = rewritten(t, func(_ simulator.Kind, _, credential map[string]any) { credential["is_deleted"] = true })
	})
	g.view("look-deleted", func() {}, "plan")
}

// TestScreensOfWarningsAtCreation has answers that leave something open.
func TestScreensOfWarningsAtCreation(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"strong": nil, "nameless": nil, "apart": nil, "late": nil})
	const made = "made-for-this-screen-1"
	g.view("creation-warnings", func() {
		g.forget()
		named := `"credential":{"user_smtp_guid":%q,"username":"mailer"},"new_password":%q`
		g.spoil("strong", answerWith(named+`,"strength_info":[%s0]`, g.guid("strong"), made, strings.Repeat("0,", 1000)))
		g.spoil("apart", answerWith(named+`,"remote_synced":false`, g.guid("apart"), made))
		g.spoilResetsAndReads(map[string]simulator.Fault{
			"nameless": answerWith(`"new_password":%q`, made), "late": simulator.FaultLost(simulator.KindReset, true),
		})
	}, "apply", "-auto-approve")
	checkNoSecret(t, "the screen", g.screens.String(), []string{made})
}

// TestScreensOfARotation has each instance's next reset fail.
func TestScreensOfARotation(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"account": nil, "gateway": nil, "proxy": nil, "silent": {"timeouts": variables{"update": "2s"}},
	})
	release := 1
	g.view("rotation", func() {
		g.apply()
		release++
		g.change("release", release)
		g.spoil("account", simulator.FaultEnvelope(simulator.KindReset, 401, "Unauthorized", false))
		g.spoil("gateway", simulator.FaultStatus(simulator.KindReset, 504, true))
		g.spoil("proxy", simulator.FaultBody(simulator.KindReset, 404, foreignPage, false))
		g.spoil("silent", simulator.FaultStall(simulator.KindReset, true))
	}, "apply", "-auto-approve")
	g.apply()
	g.planIsEmpty()
}

// TestScreensOfADoubt has a rotation fail that is to make up for one whose answer
// was lost.
func TestScreensOfADoubt(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	g.apply()
	g.change("release", 2)
	g.spoil("shop", simulator.FaultStatus(simulator.KindReset, 504, true))
	g.fails([]string{"may have stopped working"}, "apply", "-auto-approve", "-no-color")
	g.view("rotation-in-doubt", func() {
		g.spoil("shop", simulator.FaultEnvelope(simulator.KindReset, 401, "Unauthorized", false))
	}, "apply", "-auto-approve")
	g.apply()
	g.planIsEmpty()
}

// TestScreensOfALogin has mail servers that do not take a password, or not in
// the way in which they are asked.
func TestScreensOfALogin(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"untaken": nil, "untrusted": nil, "unreachable": nil, "unprotected": nil, "otherwise": nil, "created": nil,
	})
	authority := string(g.CACertificate())
	created := g.cases["created"]
	delete(g.cases, "created")
	g.hang()
	release := 1
	g.view("login", func() {
		g.change("login", nil)
		g.apply()
		release++
		g.change("release", release)
		g.cases["untaken"]["login"] = loginAt(g.SMTPAddr(), variables{"ca_certificate": authority, "username": "nobody@example.com"})
		g.cases["untrusted"]["login"] = loginAt(g.SMTPAddr(), nil)
		g.cases["unreachable"]["login"] = loginAt("127.0.0.1:1", nil)
		g.cases["unprotected"]["login"] = loginAt(g.SMTPAddr(), variables{"security": "none"})
		g.cases["otherwise"]["login"] = loginAt(g.SMTPAddr(), variables{"security": "tls"})
		g.hang()
	}, "apply", "-auto-approve")
	g.change("login", nil)
	created["login"] = loginAt(g.SMTPAddr(), variables{"ca_certificate": authority, "username": "nobody@example.com"})
	g.cases["created"] = created
	g.hang()
	g.view("login-at-creation", func() {}, "apply", "-auto-approve")
}

// TestScreensOfAPlan has what a plan warns of: clocks, others, and what
// it is about to forget.
func TestScreensOfAPlan(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"due": {"period": "1h30m"}, "soon": nil, "elsewhere": nil, "late": nil, "maybe": nil, "gone": nil, "replaced": nil,
		"unfinished": nil, "untaken": nil, "spare": nil,
	})
	spare := g.guid("spare")
	delete(g.cases, "spare")
	g.hang()
	g.spoil("late", simulator.FaultLate(simulator.KindReset, 10*time.Minute, simulator.FaultLost("", false)))
	g.apply()
	g.cases["untaken"]["login"] = loginAt(g.SMTPAddr(),
		variables{"ca_certificate": string(g.CACertificate()), "username": "nobody@example.com", "on_refresh": true})
	g.advance(30 * time.Second)
	g.ResetExternally("example.com", g.guid("maybe"))
	g.cases["unfinished"]["release"] = 2
	g.hang()
	g.spoil("unfinished", simulator.FaultStatus(simulator.KindReset, 504, true))
	g.fails([]string{"may have stopped working"}, "apply", "-auto-approve", "-no-color")
	g.cases["unfinished"]["release"] = 1
	g.advance(time.Hour)
	g.ResetExternally("example.com", g.guid("elsewhere"))
	g.RemoveCredential("example.com", g.guid("gone"))
	g.advance(time.Hour)
	g.cases["soon"]["period"] = "2h30m"
	g.cases["replaced"]["guid"] = spare
	g.hang()
	g.view("plan", func() {}, "plan")
}

// TestScreensOfWarningsAfterAnApply has an apply without a question: it shows the warnings of
// its plan when all is done, and those of a changed period twice.
func TestScreensOfWarningsAfterAnApply(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"due": {"period": "1h30m"}, "changed": nil, "elsewhere": {"follow": true}, "late": nil, "unfinished": nil,
		"replaced": nil, "spare": nil, "third": nil,
	})
	spares := []string{g.guid("spare"), g.guid("third")}
	delete(g.cases, "spare")
	delete(g.cases, "third")
	g.hang()
	g.apply()
	releases, periods := []int{2, 3}, []string{"1h15m", "1h45m"}
	g.view("applied", func() {
		g.cases["late"]["release"], g.cases["unfinished"]["release"] = releases[0], releases[0]
		g.hang()
		g.spoil("late", simulator.FaultLate(simulator.KindReset, 10*time.Minute, simulator.FaultLost("", false)))
		g.spoil("unfinished", simulator.FaultStatus(simulator.KindReset, 504, true))
		g.fails([]string{"may have stopped working"}, "apply", "-auto-approve", "-no-color")
		g.advance(time.Hour)
		g.ResetExternally("example.com", g.guid("elsewhere"))
		g.advance(time.Hour)
		g.cases["changed"]["period"], g.cases["replaced"]["guid"] = periods[0], spares[0]
		g.hang()
		releases, periods, spares = releases[1:], periods[1:], spares[1:]
	}, "apply", "-auto-approve")
	g.planIsEmpty()
}

// TestScreensOfARefresh has credentials that cannot be read.
func TestScreensOfARefresh(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"account": nil, "domain": nil, "elsewhere": nil, "proxy": nil, "silent": {"timeouts": variables{"read": "2s"}},
	})
	g.apply()
	g.view("refresh", func() {
		g.spoilLists()
		g.spoil("account", simulator.FaultEnvelope(simulator.KindGet, 401, "Unauthorized", false))
		g.spoil("domain", simulator.FaultEnvelope(simulator.KindGet, 404, "Domain not found", false))
		g.spoil("elsewhere", simulator.FaultEnvelope(simulator.KindGet, 403, "Credential does not belong to the specified domain", false))
		g.spoil("proxy", simulator.FaultBody(simulator.KindGet, 404, foreignPage, false))
		g.spoil("silent", simulator.FaultStall(simulator.KindGet, false))
	}, "plan")
	g.planIsEmpty()
}

// TestScreensOfADestruction has revocations that fail, and one that is left.
func TestScreensOfADestruction(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"account": nil, "gateway": nil, "others": nil})
	g.change("revoke", true)
	g.view("destruction", func() {
		g.apply()
		g.advance(time.Hour)
		g.ResetExternally("example.com", g.guid("others"))
		g.spoil("account", simulator.FaultEnvelope(simulator.KindReset, 401, "Unauthorized", false))
		g.spoil("gateway", simulator.FaultStatus(simulator.KindReset, 504, true))
	}, "destroy", "-auto-approve", "-refresh=false")
}

// TestScreensOfAnImport has one that goes well, one that is of nothing, and one
// that names nothing.
func TestScreensOfAnImport(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"import": "example.com/%s", "import-of-nothing": "example.com/00000000-0000-0000-0000-000000000000%.0s", "import-by-guid": "%s",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
			g.write("import.tf", importBlock(instance("shop"), fmt.Sprintf(id, g.guid("shop"))))
			g.view(name, func() {}, "plan")
		})
	}
}

// TestScreensOfSettings has a provider that is not told enough, or the wrong
// things.
func TestScreensOfSettings(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	right := g.providerBlock() + screenRoot
	for name, settings := range map[string]string{
		"settings-missing":   "",
		"settings-arguments": "base_url = \"http://smtp-app.kirim.email\"\n  username = \"me:" + unseen + "\"\n  token    = \"" + unseen + "\\n\"",
	} {
		before, rest, _ := strings.Cut(right, "  base_url")
		_, after, _ := strings.Cut(rest, "\n}\n")
		g.write("main.tf", before+"  "+settings+"\n}\n"+after)
		g.view(name, func() {}, "plan")
	}
	checkNoSecret(t, "the screen", g.screens.String(), []string{unseen})
	if len(g.kinds()) > 0 {
		t.Errorf("requests were made: %s", g.kinds())
	}
}

// TestScreensOfArguments has values that no credential has.
func TestScreensOfArguments(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{
		"a-url": {"domain": "https://example.com/"}, "an-id": {"guid": "42"}, "days": {"period": "30d"},
		"both": {"period": "720h", "schedule": "0 3 1 * *"}, "never": {"schedule": "0 0 31 2 *"}, "zone": {"timezone": "asia/jakarta"},
		"no-password": {"existing": ""}, "no-time": {"timeouts": variables{"update": "5"}},
		"clear":   {"login": variables{"host": "smtp.example.com", "security": "none"}},
		"no-port": {"login": variables{"host": "smtp.example.com", "port": 0}},
		"no-pem":  {"login": variables{"host": "smtp.example.com", "ca_certificate": "ca.pem"}},
	})
	g.view("arguments", func() {}, "plan")
	if len(g.kinds()) > 0 {
		t.Errorf("requests were made: %s", g.kinds())
	}
}

// TestScreensOfAnOldPassword has existing_password left where it was, over a
// rotation and to a replacement.
func TestScreensOfAnOldPassword(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	live := g.LivePassword("example.com", g.guid("shop"))
	g.change("existing", live)
	g.apply()
	g.change("release", 2)
	g.apply()
	g.view("old-password", func() {}, "plan", "-replace="+instance("shop"))
	checkNoSecret(t, "the screen", g.screens.String(), []string{live})
}

// TestScreensOfTheWayToTheAPI has none, one that is not to be trusted, and one
// that is shut for an hour.
func TestScreensOfTheWayToTheAPI(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": {"timeouts": variables{"read": "2s", "update": "2s"}}})
	g.apply()
	right := g.providerBlock() + screenRoot
	for name, address := range map[string]string{"unreachable": "http://127.0.0.1:1", "untrusted": "https://" + g.SMTPSAddr()} {
		g.write("main.tf", strings.Replace(right, g.URL(), address, 1))
		g.view(name, func() {}, "plan")
	}
	g.write("main.tf", strings.Replace(right, fmt.Sprintf("%q", g.Username()), "terraform_data.account.output", 1)+
		fmt.Sprintf("resource \"terraform_data\" \"account\" {\n  input = %q\n}\n", g.Username()))
	g.view("unknown-settings", func() {}, "plan")
	g.write("main.tf", right)
	g.change("release", 2)
	g.view("limit", func() {
		g.spoil("shop", simulator.FaultRateLimit(simulator.KindReset, "3600"))
	}, "apply", "-auto-approve")
	g.apply()
	g.planIsEmpty()
}

// TestScreensOfLookups has data sources that find nothing.
func TestScreensOfLookups(t *testing.T) {
	t.Parallel()
	g := newScreenCases(t, simulator.Options{}, map[string]variables{"shop": nil})
	g.write("lookups.tf", `
data "smtp_credential" "by_guid" {
  domain          = "example.com"
  credential_guid = "00000000-0000-0000-0000-000000000000"
}

data "smtp_credential" "by_username" {
  domain   = "example.com"
  username = "nobody"
}

data "smtp_credentials" "all" {
  domain = "missing.example"
}
`)
	g.view("lookups", func() {}, "plan")
	if g.resets() > 0 {
		t.Errorf("requests were made: %s", g.kinds())
	}
}
