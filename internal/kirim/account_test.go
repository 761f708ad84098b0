package kirim

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const webhookJSON = `{"webhook_guid":"` + testGUID + `","type":"bounced","url":"https://example.com/hook","is_deleted":false,` +
	`"created_at":1800000000,"modified_at":1800000001}`

// TestTheAccountsEndpoints has what each method sends, and what it makes of the answer.
func TestTheAccountsEndpoints(t *testing.T) {
	t.Parallel()
	const domainJSON = `{"id":1,"domain":"Example.com","is_verified":true,"open_track":1,"dns_selector":"k1","status":"verified"}`
	get := func(ctx context.Context, c *Client) (any, error) {
		d, err := c.GetDomain(ctx, testDomain)
		if err != nil {
			return nil, err
		}
		return fmt.Sprintln(d.Name, *d.IsVerified, *d.Open, d.Click == nil, d.DKIMSelector, d.CreatedAt.IsZero()), nil
	}
	verify := func(ctx context.Context, c *Client) (any, error) { return c.VerifyDomain(ctx, testDomain) }
	for name, c := range map[string]struct {
		call   func(context.Context, *Client) (any, error)
		answer turn
		asked  string
		want   string
	}{
		"get a domain":         {get, answers(200, `{"success":true,"data":`+domainJSON+`}`), "GET /api/domains/example.com", "example.com true true true k1 true"},
		"get a domain, nested": {get, answers(200, `{"success":true,"data":{"domain":`+domainJSON+`}}`), "GET /api/domains/example.com", "example.com true true true k1 true"},
		"search domains": {
			func(ctx context.Context, c *Client) (any, error) {
				all, err := c.ListDomains(ctx, "exa&mple")
				return len(all), err
			}, answers(200, `{"success":true,"data":[`+domainJSON+`],"pagination":{"total":1,"page":1,"limit":100,"offset":0}}`),
			"GET /api/domains?limit=100&page=1&search=exa%26mple", "1",
		},
		"track opens": {func(ctx context.Context, c *Client) (any, error) {
			return "set", c.UpdateDomain(ctx, testDomain, Tracking{Open: new(false)})
		}, answers(200, `{"data":{"open_track":false}}`), `PUT /api/domains/example.com {"open_track":false}`, "set"},
		"verify":       {verify, answers(200, `{"records":{"dkim":true,"spf":false,"mx":"1"}}`), "POST /api/domains/example.com/verify-mandatory", "{true false true}"},
		"verify, data": {verify, answers(200, `{"success":true,"data":{"records":{"dkim":true,"spf":true,"mx":true}}}`), "POST /api/domains/example.com/verify-mandatory", "{true true true}"},
		"delete a domain": {
			func(ctx context.Context, c *Client) (any, error) { return "gone", c.DeleteDomain(ctx, testDomain) },
			answers(200, `{"message":"Domain deleted successfully."}`), "DELETE /api/domains/example.com", "gone",
		},
		"delete a credential": {func(ctx context.Context, c *Client) (any, error) {
			return "gone", c.DeleteCredential(ctx, testDomain, testGUID)
		}, answers(204, ""), "DELETE /api/domains/example.com/credentials/" + testGUID, "gone"},
		"get a webhook": {func(ctx context.Context, c *Client) (any, error) {
			w, err := c.GetWebhook(ctx, testDomain, strings.ToUpper(testGUID))
			return w.URL, err
		}, answers(200, `{"success":true,"data":`+webhookJSON+`}`), "GET /api/domains/example.com/webhooks/" + testGUID, "https://example.com/hook"},
		"list webhooks": {func(ctx context.Context, c *Client) (any, error) {
			all, err := c.ListWebhooks(ctx, testDomain, "bounced")
			return len(all), err
		}, answers(200, `{"success":true,"data":[`+webhookJSON+`],"count":300}`), "GET /api/domains/example.com/webhooks?type=bounced", "1"},
		"update a webhook": {
			func(ctx context.Context, c *Client) (any, error) {
				w, err := c.UpdateWebhook(ctx, testDomain, testGUID, "bounced", "https://example.com/hook")
				return w.Type, err
			}, answers(200, `{"success":true,"data":`+webhookJSON+`}`),
			"PUT /api/domains/example.com/webhooks/" + testGUID + ` {"type":"bounced","url":"https://example.com/hook"}`, "bounced",
		},
		"quota": {func(ctx context.Context, c *Client) (any, error) {
			q, err := c.GetQuota(ctx)
			return fmt.Sprint(*q.Current, *q.Max, *q.UsagePercentage), err
		}, answers(200, `{"success":true,"data":{"current_quota":850,"max_quota":"1000","usage_percentage":15.5}}`), "GET /api/quota", "850 1000 15.5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, c.answer)
			got, err := c.call(t.Context(), newClient(t, w))
			if err != nil || strings.TrimSpace(fmt.Sprint(got)) != c.want {
				t.Errorf("got %v, %v", got, err)
			}
			if w.asked(t) != c.asked {
				t.Errorf("asked %s", w.asked(t))
			}
		})
	}
}

func TestCreateDomain(t *testing.T) {
	t.Parallel()
	w := newWire(t, none, answers(201, `{"success":true,"data":{"domain":"xn--bcher-kva.example"}}`))
	if err := newClient(t, w).CreateDomain(t.Context(), "Bücher.example.", 2048); err != nil {
		t.Error(err)
	}
	const want = "GET /api/domains?limit=100&page=1\n" +
		`POST /api/domains {"dkim_key_length":2048,"domain":"xn--bcher-kva.example"}`
	if w.asked(t) != want {
		t.Errorf("asked\n%s", w.asked(t))
	}
	if e := asError(t, newClient(t, newWire(t)).CreateDomain(t.Context(), "x", 2048)); e.Kind != KindArgument {
		t.Errorf("got %v", e)
	}
}

// TestADomainThatIsMadeAnewIsFound: it was there when the first create of the process looked.
func TestADomainThatIsMadeAnewIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const one, two = `{"domain":"one.example"}`, `{"domain":"two.example"}`
		list := func(items string) turn { return answers(200, `{"success":true,"data":[`+items+`]}`) }
		w := newWire(t, list(two), answers(201, `{"success":true,"data":`+one+`}`), answers(204, ""), loses, list(one+","+two))
		c := newClient(t, w)
		for _, err := range []error{
			c.CreateDomain(t.Context(), "one.example", 2048), c.DeleteDomain(t.Context(), "Two.example"),
			c.CreateDomain(t.Context(), "two.example", 2048),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		w.expect(5)
	})
}

// TestListDomains reads smaller pages than it asks for up to the total, which is beside the data.
func TestListDomains(t *testing.T) {
	t.Parallel()
	page := func(name string) turn {
		return answers(200, `{"success":true,"data":[{"domain":"`+name+`"}],"pagination":{"total":2,"page":1,"limit":1,"offset":0}}`)
	}
	all, err := newClient(t, newWire(t, page("one.example"), page("two.example"))).ListDomains(t.Context(), "")
	if err != nil || len(all) != 2 {
		t.Errorf("got %v, %v", all, err)
	}
}

// TestMXRecords are texts, or not known.
func TestMXRecords(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][]string{
		`["a","b"]`: {"a", "b"}, `[]`: {}, `null`: nil, `"a"`: nil, `["a",{"b":1}]`: nil, `[{"value":"a"}]`: nil,
	} {
		d, _ := decodeDomain(json.RawMessage(`{"mx_records":`+raw+`}`), time.Time{})
		if !reflect.DeepEqual(d.MXRecords, want) {
			t.Errorf("%s: got %#v", raw, d.MXRecords)
		}
	}
}

// TestWhatIsNotThereOfAWebhook: the API has one message for a webhook and for its domain.
func TestWhatIsNotThereOfAWebhook(t *testing.T) {
	t.Parallel()
	const message = `{"success":false,"message":"Domain not found or you do not own this domain"}`
	missing := answers(404, message)
	for name, c := range map[string]struct {
		list turn
		noun string
	}{
		"the webhook":     {answers(200, `{"success":true,"data":[]}`), NounWebhook},
		"the domain":      {missing, NounDomain},
		"neither":         {answers(200, `{"success":true,"data":[`+webhookJSON+`]}`), NounDomain},
		"nobody can tell": {answers(403, forbiddenBody), NounDomain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, newWire(t, slices.Repeat([]turn{missing, c.list}, 2)...))
			_, read := client.GetWebhook(t.Context(), testDomain, strings.ToUpper(testGUID))
			for _, err := range []error{read, client.DeleteWebhook(t.Context(), testDomain, testGUID)} {
				if e := asError(t, err); e.Kind != KindNotFound || e.Noun != c.noun || e.Status != 404 {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
}

func TestHasURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		has, address string
		want         bool
	}{
		{"https://example.com/", "https://example.com", true},
		{"https://example.com/?a=b", "HTTPS://Example.com?a=b", true},
		{"https://example.com/hook", "https://example.com/hook/", false},
		{"https://example.com/hook", "https://example.com/Hook", false},
		{"https://example.com/hook", "http://example.com/hook", false},
		{"", "https://example.com", false},
		{"", "", true},
	} {
		if got := (Webhook{URL: c.has}).HasURL(c.address); got != c.want {
			t.Errorf("%q is %q: %t", c.has, c.address, got)
		}
	}
}

func TestAllRecordsHaveToHold(t *testing.T) {
	t.Parallel()
	for _, r := range []Records{{}, {SPF: true, MX: true}, {DKIM: true, MX: true}, {DKIM: true, SPF: true}} {
		if r.Hold() {
			t.Errorf("%+v hold", r)
		}
	}
	if !(Records{true, true, true}).Hold() {
		t.Error("all of them do not hold")
	}
}

func TestAVerificationWithoutRecordsIsNone(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, newWire(t, answers(200, `{"success":true,"data":{}}`))).VerifyDomain(t.Context(), testDomain)
	if e := asError(t, err); e.Kind != KindIncomplete || e.MayHaveActed {
		t.Errorf("got %v", e)
	}
}

func TestDKIMKeyLength(t *testing.T) {
	t.Parallel()
	for bits, record := range map[int]string{
		1024: "v=DKIM1; k=rsa; p=%s", 1536: "v=DKIM1;k=rsa;t=s;p=%s;", 2048: `"v=DKIM1; p =%s"`,
	} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		text := base64.StdEncoding.EncodeToString(der)
		for _, p := range []string{text, text[:100] + "\" \"" + text[100:]} {
			if got := (Domain{DKIMRecord: fmt.Sprintf(record, p)}).DKIMKeyLength(); got != bits {
				t.Errorf("%s: got %d", record, got)
			}
		}
	}
	for _, record := range []string{"", "v=DKIM1", "p=", "p=AAAA", "p=!", "v=DKIM1; sp=AAAA"} {
		if got := (Domain{DKIMRecord: record}).DKIMKeyLength(); got != 0 {
			t.Errorf("%q: got %d", record, got)
		}
	}
}

// TestTheFirstPasswordOfACredentialIsNotLost: if its answer is, a reset makes another one.
func TestTheFirstPasswordOfACredentialIsNotLost(t *testing.T) {
	t.Parallel()
	asOf := time.Unix(1_800_000_000, 0).UTC().Format(http.TimeFormat)
	listed := func(username string, created int) string {
		return fmt.Sprintf(`{"user_smtp_guid":%q,"username":%q,"created_at":%d}`, testGUID, username, created)
	}
	list := func(item string) turn { return answers(200, `{"success":true,"data":[`+item+`]}`, "Date", asOf) }
	mine, foreign := list(listed("mailer@example.com", 1_800_000_000)), list(listed("mailer", 1_799_999_000))
	made := func(data string) turn {
		return answers(201, `{"success":true,"data":{"credential":`+listed("mailer", 1_800_000_000)+data+`}}`)
	}
	nameTaken := answers(422, `{"success":false,"message":"Validation failed.","errors":{"username":["has already been taken"]}}`)
	const post = `POST /api/domains/example.com/credentials {"username":"mailer"}`
	again := answers(200, getBody)
	const look, reset = "GET /api/domains/example.com/credentials?limit=100&page=1", "PUT /api/domains/example.com/credentials/" + testGUID + "/reset-password"
	const read = "GET /api/domains/example.com/credentials/" + testGUID
	for name, c := range map[string]struct {
		turns    []turn
		asked    []string
		password string
		known    bool // the credential
	}{
		"answered":                 {[]turn{made(`,"password":"first-pw","remote_synced":false`)}, []string{post}, "first-pw", true},
		"lost":                     {[]turn{loses, mine, answers(200, resetBody), again}, []string{post, look, reset, read}, testPassword, true},
		"504":                      {[]turn{answers(504, page), mine, answers(200, resetBody), again}, []string{post, look, reset, read}, testPassword, true},
		"no password":              {[]turn{made(``), answers(200, resetBody), again}, []string{post, reset, read}, testPassword, true},
		"one that is not storable": {[]turn{made(`,"password":"e\u0301"`), answers(200, resetBody), again}, []string{post, reset, read}, testPassword, true},
		"a GUID that is none": {
			[]turn{answers(201, `{"success":true,"data":{"credential":{"user_smtp_guid":"7"},"password":"first-pw"}}`), mine, answers(200, resetBody), again},
			[]string{post, look, reset, read},
			testPassword, true,
		},
		"the reset fails":       {[]turn{made(``), answers(403, forbiddenBody)}, []string{post, reset}, "", true},
		"somebody else's":       {[]turn{nameTaken}, []string{post}, "", false},
		"lost, somebody else's": {[]turn{loses, foreign, nameTaken, foreign, foreign}, []string{post, look, post, look, look}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, append([]turn{none}, c.turns...)...)
				got, err := newClient(t, w).CreateCredential(t.Context(), testDomain, "mailer")
				if (got != nil) != c.known || (err == nil) != (c.password != "") {
					t.Fatalf("got %+v, %v", got, err)
				}
				if c.known && (got.Password != c.password || got.GUID != testGUID) {
					t.Errorf("got %+v", got)
				}
				if w.asked(t) != look+"\n"+strings.Join(c.asked, "\n") {
					t.Errorf("asked\n%s", w.asked(t))
				}
			})
		})
	}
}

// TestALostCreateTakesNothingElse: what is only nearly like what it asked for is not its own.
func TestALostCreateTakesNothingElse(t *testing.T) {
	t.Parallel()
	domain := func(ctx context.Context, c *Client) error { return c.CreateDomain(ctx, testDomain, 2048) }
	webhook := func(ctx context.Context, c *Client) error {
		_, err := c.CreateWebhook(ctx, testDomain, "bounced", "https://example.com/hook")
		return err
	}
	credential := func(ctx context.Context, c *Client) error {
		_, err := c.CreateCredential(ctx, testDomain, "myuser")
		return err
	}
	madeWebhook := answers(201, `{"success":true,"data":`+webhookJSON+`}`)
	deleted := strings.Replace(credentialJSON, `{`, `{"is_deleted":true,`, 1)
	for name, c := range map[string]struct {
		create func(context.Context, *Client) error
		there  string
		made   turn
	}{
		"another domain":       {domain, `{"domain":"other.example"}`, answers(201, `{"success":true,"data":{"domain":"example.com"}}`)},
		"another type":         {webhook, strings.Replace(webhookJSON, "bounced", "opened", 1), madeWebhook},
		"another URL":          {webhook, strings.Replace(webhookJSON, "/hook", "/other", 1), madeWebhook},
		"a deleted webhook":    {webhook, strings.Replace(webhookJSON, `"is_deleted":false`, `"is_deleted":true`, 1), madeWebhook},
		"another credential":   {credential, strings.Replace(credentialJSON, "myuser", "other", 1), answers(201, createBody)},
		"a deleted credential": {credential, deleted, answers(201, createBody)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, none, loses, answers(200, `{"success":true,"data":[`+c.there+`]}`), c.made)
				if err := c.create(t.Context(), newClient(t, w)); err != nil {
					t.Error(err)
				}
				w.expect(4)
			})
		})
	}
}

// TestALostPasswordIsReplacedThoughTheTimeIsUp: nobody else has one.
func TestALostPasswordIsReplacedThoughTheTimeIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		made := answers(201, `{"success":true,"data":{"credential":`+credentialJSON+`}}`)
		w := newWire(t, none, after(9*time.Second, made), after(5*time.Second, answers(200, resetBody)), answers(200, getBody))
		got, err := newClient(t, w).CreateCredential(WithTimeout(t.Context(), 10*time.Second), testDomain, "myuser")
		if err != nil || got.Password != testPassword {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// TestTheTimeOfAResetIsKnownWithoutARead: without it, a refresh takes the reset for another
// one, and forgets the password.
func TestTheTimeOfAResetIsKnownWithoutARead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asOf := time.Date(2027, 1, 15, 8, 0, 0, 0, time.UTC)
		for date, want := range map[string]time.Time{asOf.Format(http.TimeFormat): asOf, "": time.Now()} {
			w := newWire(t, answers(200, `{"success":true,"data":[]}`),
				answers(201, `{"success":true,"data":{"credential":`+credentialJSON+`}}`),
				answers(200, resetBody, "Date", date), answers(403, forbiddenBody))
			got, err := newClient(t, w).CreateCredential(t.Context(), testDomain, "myuser")
			if err != nil || got.Password != testPassword || !got.LastPasswordChanged.Equal(want) {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	})
}

// TestAnInterruptLeavesNoCredentialWithoutAPassword: the reset is made all the same.
func TestAnInterruptLeavesNoCredentialWithoutAPassword(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		made := answers(201, `{"success":true,"data":{"credential":`+credentialJSON+`}}`)
		w := newWire(t, answers(200, `{"success":true,"data":[]}`), func(request *http.Request) (*http.Response, error) {
			interrupt()
			return made(request)
		}, answers(200, resetBody), answers(200, getBody))
		got, err := newClient(t, w).CreateCredential(ctx, testDomain, "myuser")
		if err != nil || got.Password != testPassword {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// FuzzAccount has the API answer anything to what is asked about the account. What is
// read can be stored, and is about what was asked for.
func FuzzAccount(f *testing.F) {
	key := "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu"
	for _, body := range []string{
		`{"success":true,"data":` + webhookJSON + `}`, `{"success":true,"data":[` + webhookJSON + `],"count":1}`,
		`{"success":true,"data":{"domain":"Example.com","mx_records":["a"],"dns_record":"` + key + `","created_at":"1e99"}}`,
		`{"data":[{"domain":"example.com"}],"pagination":{"total":1}}`, `{"records":{"dkim":true,"spf":1,"mx":"no"}}`,
		`{"success":true,"data":{"current_quota":1e300,"max_quota":"-7","usage_percentage":"NaN"}}`, createBody, "[]", "",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<14 {
			return
		}
		c := newClient(t, &anyAnswer{status: 200, body: body})
		isWritable := func(at time.Time) bool { return at.Year() >= 1 && at.Year() <= 9999 }
		checkDomain := func(d Domain) {
			if d.Name == "" || !isWritable(d.CreatedAt) || !isWritable(d.ModifiedAt) || d.DKIMKeyLength() < 0 {
				t.Errorf("got %+v", d)
			}
		}
		if d, err := c.GetDomain(t.Context(), testDomain); err == nil {
			if checkDomain(*d); d.Name != testDomain {
				t.Errorf("got %+v", d)
			}
		}
		if w, err := c.GetWebhook(t.Context(), testDomain, testGUID); err == nil {
			if w.GUID != testGUID || !isWritable(w.CreatedAt) || !isWritable(w.ModifiedAt) {
				t.Errorf("got %+v", w)
			}
		}
		if all, err := c.ListWebhooks(t.Context(), testDomain, ""); err == nil {
			for _, w := range all {
				if w.GUID == "" {
					t.Errorf("got %+v", w)
				}
			}
		}
		if all, err := c.ListDomains(t.Context(), ""); err == nil {
			for _, d := range all {
				checkDomain(d)
			}
		}
		_, _ = c.VerifyDomain(t.Context(), testDomain)
		if q, err := c.GetQuota(t.Context()); err == nil && q.UsagePercentage != nil && math.IsNaN(*q.UsagePercentage) {
			t.Errorf("got %v", *q.UsagePercentage)
		}
	})
}
