package kirim

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
	"github.com/kirimemail/terraform-provider-smtp/internal/redact/redacttest"
)

func TestDecodeCredential(t *testing.T) {
	t.Parallel()
	full := Credential{
		GUID: testGUID, Username: "myuser",
		CreatedAt: time.Unix(1640995200, 0).UTC(), ModifiedAt: time.Unix(1640995300, 0).UTC(),
		LastPasswordChanged: time.Unix(1640995400, 0).UTC(), TellsPasswordChange: true,
	}
	cases := map[string]struct {
		raw  string
		want Credential
		ok   bool
	}{
		"all of it": {
			`{"id":1,"user_smtp_guid":"` + testGUID + `","username":"myuser","created_at":1640995200,"modified_at":"1640995300",
			"last_password_changed":"2022-01-01T00:03:20Z","is_verified":true,"status":"active","is_deleted":false,"deleted_at":null}`, full, true,
		},
		"a GUID in upper case": {`{"user_smtp_guid":"` + strings.ToUpper(testGUID) + `"}`, Credential{GUID: testGUID}, true},
		"fields of other types": {
			`{"id":"dm_1","user_smtp_guid":7,"username":["x"],"created_at":{},"modified_at":0,"last_password_changed":null}`, Credential{TellsPasswordChange: true}, true,
		},
		"values in other dress": {
			`{"user_smtp_guid":"` + testGUID + `","username":12345,"created_at":"2022-01-01T00:00:00+0000","modified_at":"2022-01-01 00:01:40",
			"last_password_changed":1640995400000,"is_deleted":"1"}`,
			Credential{
				GUID: testGUID, Username: "12345", CreatedAt: full.CreatedAt, ModifiedAt: full.ModifiedAt,
				LastPasswordChanged: full.LastPasswordChanged, TellsPasswordChange: true, Deleted: true,
			},
			true,
		},
		"a change time in no known form": {
			`{"user_smtp_guid":"` + testGUID + `","last_password_changed":"yesterday"}`, Credential{GUID: testGUID, PasswordChangeUnreadable: true}, true,
		},
		"perhaps deleted, nobody knows when": {
			`{"user_smtp_guid":"` + testGUID + `","deleted_at":"yesterday","is_deleted":0}`, Credential{GUID: testGUID, DeletedUnreadable: true}, true,
		},
		"an empty object": {`{}`, Credential{}, true},
		"null":            {`null`, Credential{}, false},
		"absent":          {``, Credential{}, false},
		"a list":          {`[]`, Credential{}, false},
		"a string":        {`"x"`, Credential{}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := decodeCredential(json.RawMessage(c.raw), time.Time{})
			if got != c.want || ok != c.ok {
				t.Errorf("got %+v, %t", got, ok)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for username, want := range map[string]string{
		"myuser": "myuser@example.com", "myuser@example.org": "myuser@example.org", "": "",
	} {
		if got := (Credential{Username: username}).Login("example.com"); got != want {
			t.Errorf("%q: %q, want %q", username, got, want)
		}
	}
}

func TestGetCredentialReadsBothShapes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"bare":    getBody,
		"wrapped": `{"success":true,"data":{"credential":` + credentialJSON + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, answers(200, body))
			got, err := newClient(t, w).GetCredential(t.Context(), "Example.COM.", strings.ToUpper(testGUID))
			if err != nil {
				t.Fatal(err)
			}
			if got.GUID != testGUID || got.Username != "myuser" {
				t.Errorf("got %+v", got)
			}
			if r := w.requests[0]; r.Method != "GET" || r.URL.String() != "https://api.test/api/domains/example.com/credentials/"+testGUID {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
		})
	}
}

func TestGetCredentialTakesNoOtherAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"none":        {`{"success":true}`, "holds no credential"},
		"null":        {`{"success":true,"data":null}`, "holds no credential"},
		"a list":      {listBody, "holds no credential"},
		"no GUID":     {`{"success":true,"data":{"username":"myuser"}}`, "holds no credential"},
		"another one": {strings.ReplaceAll(getBody, testGUID, guid(1)), "about another credential"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, newWire(t, answers(200, c.body))).GetCredential(t.Context(), testDomain, testGUID)
			e := asError(t, err)
			if e.Kind != KindIncomplete || e.Status != 200 || e.MayHaveActed || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %v", e)
			}
		})
	}
}

func TestWhatCannotBeSentIsNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ domain, guid, want string }{
		"a path for a domain":   {"example.com/../x", testGUID, "the domain cannot be sent"},
		"an empty domain":       {"", testGUID, "the domain cannot be sent"},
		"a path for a GUID":     {testDomain, "../../quota", "the credential's GUID cannot be sent"},
		"a numeric id for GUID": {testDomain, "17", "the API's numeric id is internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			client := newClient(t, w)
			_, getErr := client.GetCredential(t.Context(), c.domain, c.guid)
			_, resetErr := client.ResetPassword(t.Context(), c.domain, c.guid)
			for _, err := range []error{getErr, resetErr} {
				e := asError(t, err)
				if e.Kind != KindArgument || e.MayHaveActed || e.Attempts != 0 || !strings.Contains(e.Error(), c.want) {
					t.Errorf("got %v", e)
				}
			}
			w.expect(0)
		})
	}
}

func TestResetPasswordGivesWhatTheAnswerHolds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	w := newWire(t, answers(200, resetBody))
	config := testConfig(w)
	config.Now = func() time.Time { return now }
	got, err := mustNew(t, config).ResetPassword(t.Context(), testDomain, strings.ToUpper(testGUID))
	if err != nil {
		t.Fatal(err)
	}
	synced := true
	want := &Reset{
		Credential: Credential{
			GUID: testGUID, Username: "myuser",
			CreatedAt: time.Unix(1640995200, 0).UTC(), ModifiedAt: time.Unix(1640995300, 0).UTC(),
		},
		Password: testPassword, Strength: map[string]any{"score": json.Number("8")}, RemoteSynced: &synced, At: now, Attempts: 1,
	}
	if got.Took <= 0 {
		t.Error("it took no time")
	}
	got.Took = 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if r := w.requests[0]; r.Method != "PUT" || r.URL.String() != "https://api.test/api/domains/example.com/credentials/"+testGUID+"/reset-password" {
		t.Errorf("asked %s %s", r.Method, r.URL)
	}
}

// TestDecodeReset: the password is all that must be there.
func TestDecodeReset(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		data     string
		strength any
		synced   string
		reason   string
	}{
		"the password alone":        {`{"new_password":"` + testPassword + `"}`, nil, "null", ""},
		"not synced":                {`{"new_password":"` + testPassword + `","remote_synced":false}`, nil, "false", ""},
		"synced in other dress":     {`{"new_password":"` + testPassword + `","remote_synced":"1"}`, nil, "true", ""},
		"not synced, other dress":   {`{"new_password":"` + testPassword + `","remote_synced":0}`, nil, "false", ""},
		"an odd synced":             {`{"new_password":"` + testPassword + `","remote_synced":"soon"}`, nil, "null", ""},
		"an odd credential":         {`{"new_password":"` + testPassword + `","credential":[7]}`, nil, "null", ""},
		"a credential without GUID": {`{"new_password":"` + testPassword + `","credential":{"id":1}}`, nil, "null", ""},
		"a strength of null":        {`{"new_password":"` + testPassword + `","strength_info":null}`, nil, "null", ""},
		"a strength that is a list": {`{"new_password":"` + testPassword + `","strength_info":[1,null,"x"]}`, []any{json.Number("1"), nil, "x"}, "null", ""},
		"a strength that tells it":  {`{"new_password":"` + testPassword + `","strength_info":{"pw":"` + testPassword + `"}}`, map[string]any{"pw": redact.Mark}, "null", ""},
		"no data":                   {`null`, nil, "", "it has no data.new_password that is a text"},
		"a list":                    {`[]`, nil, "", "it has no data.new_password that is a text"},
		"no password":               {`{"credential":` + credentialJSON + `}`, nil, "", "it has no data.new_password that is a text"},
		"a password of null":        {`{"new_password":null}`, nil, "", "it has no data.new_password that is a text"},
		"a password of digits":      {`{"new_password":12345678}`, nil, "", "it has no data.new_password that is a text"},
		"an empty password":         {`{"new_password":""}`, nil, "", "it has no data.new_password that is a text"},
		"half a surrogate":          {`{"new_password":"abc\ud800def"}`, nil, "", "its data.new_password has characters that cannot be stored unchanged"},
		"invalid UTF-8":             {"{\"new_password\":\"abc\xffdef\"}", nil, "", "its data.new_password has characters that cannot be stored unchanged"},
		"not in normal form C":      {`{"new_password":"abce\u0301def"}`, nil, "", "its data.new_password has characters that cannot be stored unchanged"},
		"a GUID that is none":       {`{"new_password":"` + testPassword + `","credential":{"user_smtp_guid":"soon"}}`, nil, "null", ""},
		"another's":                 {`{"new_password":"` + testPassword + `","credential":{"user_smtp_guid":"` + guid(1) + `"}}`, nil, "", "it is about another credential than the one asked for"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reset, reason := decodeReset(json.RawMessage(c.data), testGUID)
			if reason != c.reason {
				t.Fatalf("reason %q, want %q", reason, c.reason)
			}
			if reason != "" {
				if reset != nil {
					t.Errorf("a reset beside the reason: %v", reset)
				}
				return
			}
			synced, err := json.Marshal(reset.RemoteSynced)
			if reset.Password != testPassword || !reflect.DeepEqual(reset.Strength, c.strength) || string(synced) != c.synced || err != nil {
				t.Errorf("got %+v, synced %s", reset, synced)
			}
		})
	}
}

func FuzzDecodeReset(f *testing.F) {
	for _, seed := range []string{
		string(member([]byte(resetBody), "data")), resetBody, page, ``, `{}`, `{"new_password":""}`,
		`{"new_password":"correct horse","strength_info":{"CORRECT":["horse", 1, "esroh tcerroc"],"x correct x":null}}`,
		`{"new_password":"123456789","strength_info":[123456, 99123456789, 1.5]}`,
		`{"new_password":"abce\u0301","credential":null}`, `{"new_password":7}`, `{"new_password":"a"},"data":{"new_password":"b"}`,
		`{"new_password":"a","NEW_PASSWORD":"b","Credential":{"user_smtp_guid":"` + guid(1) + `"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		body := []byte(`{"data":` + string(data) + `}`)
		reset, reason := decodeReset(data, testGUID)
		want := ""
		if json.Valid(data) {
			want = resetPassword(body)
		}
		if (reset == nil) == (reason == "") || (reset == nil) != (want == "") {
			t.Fatalf("got %v and the reason %q, want the password %q", reset, reason, want)
		}
		if reset == nil {
			return
		}
		if reset.Password != want {
			t.Fatalf("the password is %q, want %q", reset.Password, want)
		}
		synced := string(member(member(wholeObject(body), "data"), "remote_synced"))
		if known := synced == "true" || synced == "false"; known && (reset.RemoteSynced == nil || *reset.RemoteSynced != (synced == "true")) {
			t.Fatalf("%s: synced %v", body, reset.RemoteSynced)
		}
		if leak := redacttest.Leak(reset.Strength, reset.Password); leak != "" && redacttest.MarkIsHarmless(reset.Password) {
			t.Fatalf("the strength tells %q of %q: %v", leak, reset.Password, reset.Strength)
		}
	})
}

func TestLocalUsername(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ username, domain, want, fault string }{
		"as it is sent":            {"myuser", testDomain, "myuser", ""},
		"with its domain":          {"My.User@Example.COM.", testDomain, "My.User", ""},
		"odd, but good":            {"bounce+x=y/1'ü", testDomain, "bounce+x=y/1'ü", ""},
		"of a domain to come":      {"myuser@example.org", "", "myuser", ""},
		"with another spelling":    {"myuser@Bücher.example", "xn--bcher-kva.example", "myuser", ""},
		"the longest":              {strings.Repeat("a", 255), testDomain, strings.Repeat("a", 255), ""},
		"longer":                   {strings.Repeat("a", 256), testDomain, "", "255 are the most"},
		"empty":                    {"", testDomain, "", "empty"},
		"white space":              {"my user", testDomain, "", "white space"},
		"a line break at its end":  {"myuser\n", testDomain, "", "line break"},
		"a zero-width space":       {"my\u200buser", testDomain, "", "cannot be seen"},
		"a domain alone":           {"@example.com", testDomain, "", "before the @"},
		"of another domain":        {"myuser@example.org", testDomain, "", "not the domain that domain names"},
		"of a subdomain":           {"myuser@mail.example.com", testDomain, "", "not the domain that domain names"},
		"of no domain":             {"myuser@", testDomain, "", "not a domain name"},
		"with a second @":          {"my@user@example.com", testDomain, "", "not a domain name"},
		"of no domain, to be seen": {"myuser@local", "", "", "not a domain name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := LocalUsername(c.username, c.domain)
			if (err == nil) != (c.fault == "") || err == nil && got != c.want || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestHasUsername(t *testing.T) {
	t.Parallel()
	for _, username := range []string{"Mailer", "mailer@example.com"} {
		for other, want := range map[string]bool{
			"mailer": true, "MAILER@example.com": true, "mailer2": false, "mailer@example.org": false, "": false,
		} {
			if got := (Credential{Username: username}).HasUsername(other, "example.com"); got != want {
				t.Errorf("%q is %q: %t", username, other, got)
			}
		}
	}
}
