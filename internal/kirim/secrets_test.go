package kirim

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// roundTripper is one turn for every request.
type roundTripper turn

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// TestNoSecretIsToldWhateverTheAnswerHolds lets answers quote the token, the
// Basic value and a new password wherever there is room, and reads every error
// and every record.
func TestNoSecretIsToldWhateverTheAnswerHolds(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte(testUser + ":" + testToken))
	loud := "token " + testToken + ", Basic " + basic
	failing := func(extra string) string {
		return fmt.Sprintf(`{"success":false,"message":%[1]q,"errors":{%[1]q:[%[1]q]}%[2]s}`, loud, extra)
	}
	withPassword := fmt.Sprintf(`{"success":false,"message":"it is %[1]s now","errors":{"%[1]s":["%[1]s"]},"data":{"new_password":"%[1]s"}}`, testPassword)
	headers := []string{"Location", "https://elsewhere.test/?" + testToken, "Retry-After", testToken, "Set-Cookie", "token=" + testToken}
	cases := map[string]turn{
		"a success":                        answers(200, strings.Replace(resetBody, `"score":8`, `"password":"`+testPassword+`"`, 1), headers...),
		"400":                              answers(400, failing(""), headers...),
		"401":                              answers(401, failing(""), headers...),
		"422":                              answers(422, failing(""), headers...),
		"429":                              answers(429, failing(""), headers...),
		"500":                              answers(500, failing(""), headers...),
		"504":                              answers(504, failing(""), headers...),
		"200 that failed":                  answers(200, failing(""), headers...),
		"200 that failed, with a password": answers(200, withPassword, headers...),
		"422 with a password":              answers(422, withPassword),
		"500 with a password":              answers(500, withPassword),
		"422 with a created password":      answers(422, strings.Replace(withPassword, "new_password", "password", 1)),
		"a redirect":                       answers(302, loud, headers...),
		"a redirect that cannot be read":   answers(302, loud, "Location", "https://[::1"+testToken),
		"a page":                           answers(404, "<p>"+loud+testPassword+"</p>"),
		"a success that breaks off":        cuts(200, resetBody[:len(resetBody)-40]),
		"a success that is not whole":      answers(200, resetBody[:len(resetBody)-4]),
		"a success about another one":      answers(200, strings.ReplaceAll(resetBody, testGUID, guid(1))),
		"a success without data":           answers(200, `{"success":true,"new_password":"`+testPassword+`"}`),
		"a success with a password of wrong type": answers(200, `{"success":true,"data":{"new_password":["`+testPassword+`"]}}`),
		"a success with a broken password":        answers(200, `{"success":true,"data":{"new_password":"`+testPassword+`\ud800"}}`),
		"a protocol error that quotes":            (&traced{roundTripper(fails(fmt.Errorf("malformed HTTP response %q", loud+testPassword)))}).RoundTrip,
		"a connection lost":                       loses,
		"a connection refused":                    refusesConnection,
		"no trust":                                untrustworthy,
	}
	for name, turn := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var logged records
				config := testConfig(roundTripper(turn))
				config.Logger = logged.logger()
				client := mustNew(t, config)
				result, err := client.ResetPassword(cancelAfter(t, 5*time.Minute), testDomain, testGUID)
				if err != nil {
					e := asError(t, err)
					noSecrets(t, "the error", spelling(e)+fmt.Sprintf("%v %+v", err, err))
				} else {
					noSecrets(t, "the strength", fmt.Sprint(result.Strength))
				}
				if logged.String() == "" {
					t.Fatal("nothing was logged")
				}
				noSecrets(t, "the log", logged.String())
			})
		})
	}
}

func TestOneRecordARequestAndOneAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logged records
		w := newWire(t, loses, answers(429, limitedBody, "Retry-After", "7"), answers(502, page), answers(200, resetBody))
		config := testConfig(w)
		config.Logger = logged.logger()
		if err := reset(t.Context(), mustNew(t, config)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(logged.String()) {
			var record struct {
				Level, Msg, Domain, Method, Path, Because, Wait string
				GUID                                            string `json:"credential_guid"`
				Attempt, Status                                 int
			}
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			if record.Level == "INFO" {
				got = append(got, "INFO "+record.Msg)
				continue
			}
			if record.Domain != testDomain || record.GUID != testGUID {
				t.Errorf("of the credential %q of %q", record.GUID, record.Domain)
			}
			if record.Method != "PUT" || !strings.HasSuffix(record.Path, testGUID+"/reset-password") {
				t.Errorf("of %s %s", record.Method, record.Path)
			}
			if strings.HasPrefix(record.Msg, "waiting") != (record.Wait != "") {
				t.Errorf("a wait of %q: %s", record.Wait, line)
			}
			got = append(got, fmt.Sprintf("%s %s %d %d %s", record.Level, record.Msg, record.Attempt, record.Status, record.Because))
		}
		want := []string{
			"DEBUG request 1 0 the connection was lost before an answer came",
			"DEBUG waiting to repeat a request 1 0 ",
			"DEBUG request 2 429 ",
			"INFO the API's rate limit is reached; requests wait for it, as often as need be",
			"DEBUG waiting for the rate limit 2 0 ",
			"DEBUG request 3 502 the answer is not the API's own: its body is a page (HTML or XML), not JSON",
			"DEBUG waiting to repeat a request 3 0 ",
			"DEBUG request 4 200 ",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// TestPasswordsThatTheCallerKnowsAreNotQuoted: the API may name the live one in
// a message, and nobody but the caller knows it then.
func TestPasswordsThatTheCallerKnowsAreNotQuoted(t *testing.T) {
	t.Parallel()
	body := `{"success":false,"message":"` + testPassword + ` is wrong, and so is ` + backwards(testPassword) + `","errors":{"` + testPassword +
		`":["not ` + testPassword + `"],"short":["the pin is pin4"]}}`
	for name, known := range map[string][]string{"one": {testPassword}, "several": {"", "pin4", testPassword}} {
		for _, call := range []func(context.Context, *Client) error{reset, get} {
			w := newWire(t, answers(422, body))
			e := asError(t, call(WithPasswords(WithPasswords(t.Context(), known...), "another-1"), newClient(t, w)))
			text := spelling(e)
			if strings.Contains(text, testPassword) || strings.Contains(text, backwards(testPassword)) {
				t.Errorf("%s: the password is quoted: %s", name, text)
			}
			if name == "one" && (!strings.Contains(e.Message, "is wrong, and so is") || !strings.Contains(e.Message, "the pin is")) {
				t.Errorf("too little is left of the message: %s", text)
			}
			if name == "several" && strings.Contains(text, "pin") {
				t.Errorf("the short one is quoted: %s", text)
			}
		}
	}
}

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}
