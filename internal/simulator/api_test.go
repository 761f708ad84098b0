package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

func TestReset(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	first := f.live()
	f.clock.Move(time.Hour)

	seen := []string{first}
	for range 3 {
		res := f.do(http.MethodPut, f.resetPath(), "")
		equal(t, "status", res.status, http.StatusOK)
		equal(t, "Date", res.header.Get("Date"), "Mon, 04 Mar 2030 06:06:07 GMT")
		answer := tree(t, res.body)
		password := at(t, answer, "data", "new_password").(string)
		if slices.Contains(seen, password) {
			t.Errorf("the password %q was made twice", password)
		}
		seen = append(seen, password)
		equal(t, "live password", f.live(), password)
		equal(t, "modified_at", at(t, answer, "data", "credential", "modified_at"), any(json.Number("1898834767")))
		equal(t, "created_at", at(t, answer, "data", "credential", "created_at"), any(json.Number("1898831167")))
		equal(t, "remote_synced", at(t, answer, "data", "remote_synced"), any(true))
		if _, ok := at(t, answer, "data", "credential").(map[string]any)["last_password_changed"]; ok {
			t.Error("the answer to a reset carries last_password_changed")
		}
		equal(t, "acted", f.lastEntry().Acted, true)
	}
	got := at(t, tree(t, f.do(http.MethodGet, f.credentialPath(), "").body), "data", "last_password_changed")
	equal(t, "last_password_changed", got, any(json.Number("1898834767")))
	if issued := f.IssuedPasswords(); !slices.Equal(issued, seen) {
		t.Errorf("IssuedPasswords: got %q, want %q", issued, seen)
	}
}

func TestPasswordsAreHostile(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	met := make(map[rune]bool)
	for range 500 {
		password := f.ResetExternally(f.cred.Domain, f.cred.GUID)
		equal(t, "length", len(password), 24)
		if !strings.ContainsAny(password, `<>&"'$%{}\`) {
			t.Errorf("%q holds nothing that needs escaping", password)
		}
		for _, r := range password {
			met[r] = true
		}
	}
	for _, r := range `<>&"'$%{}\azAZ09` {
		if !met[r] {
			t.Errorf("%q is in none of 500 passwords", r)
		}
	}
}

// The vendor's service does not write < > & as \u escapes: a search for a password in a body finds it.
func TestPasswordsStandInTheirOwnLetters(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.SetOptions(func(o *simulator.Options) {
		o.StrengthInfo = func(string) json.RawMessage { return json.RawMessage(`"<&>"`) }
	})
	body := string(f.do(http.MethodPut, f.resetPath(), "").body)
	if !strings.Contains(body, `"strength_info":"<&>"`) {
		t.Errorf("escaped: %s", body)
	}
}

func TestCreateGetDelete(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	res := f.do(http.MethodPost, f.listPath(), `{"username":"second"}`)
	equal(t, "status", res.status, http.StatusCreated)
	answer := tree(t, res.body)
	guid := at(t, answer, "data", "credential", "user_smtp_guid").(string)
	password := at(t, answer, "data", "password").(string)
	equal(t, "live password", f.LivePassword("example.com", guid), password)

	path := f.listPath() + "/" + guid
	data := at(t, tree(t, f.do(http.MethodGet, path, "").body), "data")
	equal(t, "username", at(t, data, "username"), any("second"))
	equal(t, "last_password_changed", at(t, data, "last_password_changed"), nil)

	res = f.do(http.MethodPost, f.listPath(), `{"username":"Second"}`)
	equal(t, "status for a taken name", res.status, http.StatusUnprocessableEntity)
	if complaints := at(t, tree(t, res.body), "errors", "username").([]any); len(complaints) != 1 {
		t.Errorf("errors.username: got %v", complaints)
	}
	equal(t, "acted for a taken name", f.lastEntry().Acted, false)

	res = f.do(http.MethodDelete, path, "")
	equal(t, "status of the deletion", res.status, http.StatusOK)
	equal(t, "acted for the deletion", f.lastEntry().Acted, true)
	equal(t, "live password after the deletion", f.LivePassword("example.com", guid), "")
	equal(t, "message", message(t, f.do(http.MethodGet, path, "")), "Credential not found")
	for kind, want := range map[simulator.Kind]int{
		simulator.KindCreate: 2, simulator.KindGet: 2, simulator.KindDelete: 1, simulator.KindReset: 0,
	} {
		equal(t, "count of "+string(kind), f.Count(kind), want)
	}
	equal(t, "violations", len(f.Violations()), 0)
}

func TestListShapes(t *testing.T) {
	t.Parallel()
	for shape, check := range map[simulator.ListShape]func(*testing.T, map[string]any) any{
		simulator.ShapeFlat: func(t *testing.T, answer map[string]any) any {
			t.Helper()
			equal(t, "domain", at(t, answer, "domain"), any("example.com"))
			return at(t, answer, "data")
		},
		simulator.ShapePaginated: func(t *testing.T, answer map[string]any) any {
			t.Helper()
			equal(t, "domain", at(t, answer, "domain"), any("example.com"))
			for name, want := range map[string]json.Number{"total": "32", "page": "2", "limit": "15", "offset": "15"} {
				equal(t, name, at(t, answer, "data", "pagination", name), any(want))
			}
			return at(t, answer, "data", "data")
		},
		simulator.ShapePaginator: func(t *testing.T, answer map[string]any) any {
			t.Helper()
			equal(t, "current_page", at(t, answer, "data", "current_page"), any(json.Number("2")))
			equal(t, "total", at(t, answer, "data", "total"), any(json.Number("32")))
			return at(t, answer, "data", "data")
		},
	} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			f := start(t, simulator.Options{ListShape: shape})
			f.AddCredential("other.example", "not-in-the-list")
			for i := range 31 {
				f.AddCredential("example.com", fmt.Sprintf("user%d", i))
			}
			page := check(t, tree(t, f.do(http.MethodGet, f.listPath()+"?page=2", "").body)).([]any)
			equal(t, "length of the page", len(page), 15)
			equal(t, "first on the page", at(t, page[0], "username"), any("user14"))
		})
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.AddDomain("empty.example")
	for i := range 6 {
		f.AddCredential("example.com", fmt.Sprintf("user%d", i))
	}
	for query, want := range map[string]int{
		"": 7, "?limit=3": 3, "?limit=3&page=2": 3, "?limit=3&page=3": 1, "?limit=3&page=4": 0, "?limit=100": 7,
	} {
		res := f.do(http.MethodGet, f.listPath()+query, "")
		equal(t, "length for "+query, len(at(t, tree(t, res.body), "data").([]any)), want)
	}
	res := f.do(http.MethodGet, "/api/domains/empty.example/credentials", "")
	if !strings.Contains(string(res.body), `"data":[]`) {
		t.Errorf("an empty list is %s", res.body)
	}
}

func TestOptionsShapeAnswers(t *testing.T) {
	t.Parallel()
	plain := []string{"created_at", "id", "last_password_changed", "modified_at", "user_smtp_guid", "username"}
	extras := []string{"is_verified", "status", "is_deleted", "deleted_at"}
	without := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(plain), func(n string) bool { return n == name })
	}
	for name, tc := range map[string]struct {
		options simulator.Options
		fields  []string
		values  map[string]any
		reset   func(*testing.T, map[string]any) // the data of the reset's answer
	}{
		"default": {fields: plain, values: map[string]any{
			"username":              "myuser",
			"modified_at":           json.Number("1898831167"),
			"last_password_changed": json.Number("1898831167"),
		}, reset: func(t *testing.T, data map[string]any) {
			t.Helper()
			equal(t, "strength score", at(t, data, "strength_info", "score"), any(json.Number("8")))
		}},
		"login": {
			options: simulator.Options{UsernameAsLogin: true},
			fields:  plain, values: map[string]any{"username": "myuser@example.com"},
		},
		"no change": {
			options: simulator.Options{OmitPasswordChanged: true}, fields: without("last_password_changed"),
		},
		"no modified": {
			options: simulator.Options{ZeroModifiedAt: true},
			fields:  plain, values: map[string]any{"modified_at": json.Number("0")},
		},
		"ISO": {options: simulator.Options{TimeFormat: simulator.TimesISO}, fields: plain, values: map[string]any{
			"created_at": "2030-03-04T05:06:07Z", "last_password_changed": "2030-03-04T05:06:07Z",
		}},
		"ISO, no modified": {
			options: simulator.Options{TimeFormat: simulator.TimesISO, ZeroModifiedAt: true},
			fields:  plain, values: map[string]any{"modified_at": nil},
		},
		"extras": {
			options: simulator.Options{Extras: true},
			fields:  slices.Sorted(slices.Values(slices.Concat(plain, extras))),
			values:  map[string]any{"is_deleted": false, "deleted_at": nil},
		},
		"change later": {
			options: simulator.Options{PasswordChangedLag: time.Second}, fields: plain, values: map[string]any{
				"modified_at": json.Number("1898831167"), "last_password_changed": json.Number("1898831168"),
			},
		},
		"reset carries": {
			options: simulator.Options{ResetCarriesPasswordChanged: true}, fields: plain,
			reset: func(t *testing.T, data map[string]any) {
				t.Helper()
				got := at(t, data, "credential", "last_password_changed")
				equal(t, "last_password_changed", got, any(json.Number("1898831167")))
			},
		},
		"not synced": {
			options: simulator.Options{RemoteSynced: simulator.SyncedFalse}, fields: plain,
			reset: func(t *testing.T, data map[string]any) {
				t.Helper()
				equal(t, "remote_synced", at(t, data, "remote_synced"), any(false))
			},
		},
		"sync unknown": {
			options: simulator.Options{RemoteSynced: simulator.SyncedAbsent}, fields: plain,
			reset: func(t *testing.T, data map[string]any) {
				t.Helper()
				if _, ok := data["remote_synced"]; ok {
					t.Error("remote_synced is there")
				}
			},
		},
		"rewritten": {
			options: simulator.Options{Rewrite: func(kind simulator.Kind, body []byte) []byte {
				if kind == simulator.KindReset {
					return bytes.Replace(body, []byte(`"remote_synced":true`), []byte(`"remote_synced":"1"`), 1)
				}
				return bytes.Replace(body, []byte(`"myuser"`), []byte(`"of `+kind+`"`), 1)
			}}, fields: plain, values: map[string]any{"username": "of get"},
			reset: func(t *testing.T, data map[string]any) {
				t.Helper()
				equal(t, "remote_synced", data["remote_synced"], any("1"))
			},
		},
		"own strength": {
			options: simulator.Options{StrengthInfo: func(password string) json.RawMessage {
				quoted, _ := json.Marshal([]string{password})
				return quoted
			}}, fields: plain,
			reset: func(t *testing.T, data map[string]any) {
				t.Helper()
				equal(t, "strength_info", data["strength_info"].([]any)[0], data["new_password"])
			},
		},
		"no strength": {
			options: simulator.Options{StrengthInfo: func(string) json.RawMessage { return nil }}, fields: plain,
			reset: func(t *testing.T, data map[string]any) {
				t.Helper()
				if _, ok := data["strength_info"]; ok {
					t.Error("strength_info is there")
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, tc.options)
			reset := at(t, tree(t, f.do(http.MethodPut, f.resetPath(), "").body), "data").(map[string]any)
			if tc.reset != nil {
				tc.reset(t, reset)
			}
			got := at(t, tree(t, f.do(http.MethodGet, f.credentialPath(), "").body), "data").(map[string]any)
			if fields := slices.Sorted(maps.Keys(got)); !slices.Equal(fields, tc.fields) {
				t.Errorf("fields: got %v, want %v", fields, tc.fields)
			}
			for field, want := range tc.values {
				equal(t, field, got[field], want)
			}
		})
	}
}

func TestSetOptionsWhileRunning(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	f.SetOptions(func(o *simulator.Options) { o.Token, o.UsernameAsLogin = "another", true })
	equal(t, "Token", f.Token(), "another")
	got := at(t, tree(t, f.do(http.MethodGet, f.credentialPath(), "").body), "data", "username")
	equal(t, "username", got, any("myuser@example.com"))
}

func TestAccount(t *testing.T) {
	t.Parallel()
	f := start(t, simulator.Options{})
	equal(t, "a second AddCredential", f.AddCredential("Example.com.", "myuser"), f.cred)
	const guid = "92703823-f3a4-48e2-8e87-7adf25454800"
	made, err := f.AddCredentialWithGUID("example.com", "full@elsewhere.example", guid)
	equal(t, "error", err, nil)
	equal(t, "GUID", made.GUID, guid)
	equal(t, "login", made.Login, "full@elsewhere.example")
	for _, tc := range []struct{ username, guid, want string }{
		{"new", guid, "guid: " + guid + " is taken"},
		{"new", "12", `guid: "12" is not a UUID`},
		{"myuser", "", "username: example.com has myuser"},
	} {
		_, err := f.AddCredentialWithGUID("example.com", tc.username, tc.guid)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("error: got %v, want %q", err, tc.want)
		}
	}
	f.RemoveCredential("other.example", guid)
	res := f.do(http.MethodGet, f.listPath()+"/"+guid, "")
	equal(t, "status after removing from another domain", res.status, http.StatusOK)
	f.RemoveCredential("example.com", guid)
	equal(t, "message", message(t, f.do(http.MethodGet, f.listPath()+"/"+guid, "")), "Credential not found")
	f.RemoveDomain("example.com")
	equal(t, "message", message(t, f.do(http.MethodGet, f.credentialPath(), "")), "Domain not found")
	equal(t, "a reset of nothing", f.ResetExternally("example.com", guid), "")
}
