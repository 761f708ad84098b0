package kirim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// TestOnlyExactNamesCount: encoding/json would take them in any case of letters,
// and the long s for an s.
func TestOnlyExactNamesCount(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"before": `{"Success":false,"success":true,"Data":7,"data":{"New_Password":"********","Remote_Synced":false,"new_password":"` + testPassword + `","remote_synced":true}}`,
		"after": `{"success":true,"SUCCESS":false,"data":{"new_password":"` + testPassword + `","NEW_PASSWORD":"********","new_paſſword":"********","remote_synced":true,` +
			`"REMOTE_SYNCED":false,"credential":` + credentialJSON + `,"Credential":{"user_smtp_guid":"` + guid(1) + `"},"Strength_Info":{}},"DATA":{"new_password":"x"},"Message":"no"}`,
	} {
		reset, err := newClient(t, newWire(t, answers(200, body))).ResetPassword(t.Context(), testDomain, testGUID)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if reset.Password != testPassword || reset.RemoteSynced == nil || !*reset.RemoteSynced || reset.Strength != nil {
			t.Errorf("%s: got %+v", name, reset)
		}
	}
	for name, body := range map[string]string{
		"the password": `{"success":true,"data":{"New_Password":"` + testPassword + `"}}`,
		"the data":     `{"success":true,"Data":{"new_password":"` + testPassword + `"}}`,
	} {
		_, err := newClient(t, newWire(t, answers(200, body))).ResetPassword(t.Context(), testDomain, testGUID)
		if e := asError(t, err); e.Kind != KindIncomplete || !e.MayHaveActed || strings.Contains(e.Error(), testPassword) {
			t.Errorf("%s in another case: %v", name, e)
		}
	}
	_, err := newClient(t, newWire(t, answers(404, `{"success":false,"message":"Domain not found","Message":"Credential not found"}`))).GetCredential(t.Context(), testDomain, testGUID)
	if e := asError(t, err); e.Kind != KindNotFound {
		t.Errorf("got %v", e)
	}
	got, ok := decodeCredential(json.RawMessage(`{"user_smtp_guid":"`+testGUID+`","Username":"other","Last_Password_Changed":1,"IS_DELETED":true,"Created_At":1,"Modified_at":1}`), time.Time{})
	if want := (Credential{GUID: testGUID}); got != want || !ok {
		t.Errorf("got %+v", got)
	}
	items, total, ok := decodeList(transport.Envelope{Data: json.RawMessage(`{"data":[],"Data":[1],"Total":5,"pagination":{"TOTAL":7}}`)})
	if len(items) != 0 || total != -1 || !ok {
		t.Errorf("got %d items of %d", len(items), total)
	}
}
