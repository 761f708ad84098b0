package kirim

import (
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

func decodeCredential(raw json.RawMessage, asOf time.Time) (Credential, bool) {
	o, ok := asObject(raw)
	if !ok {
		return Credential{}, false
	}
	c := Credential{AsOf: asOf}
	guid, _ := asString(o["user_smtp_guid"])
	c.GUID = strings.ToLower(guid)
	c.Username, _ = asText(o["username"])
	c.CreatedAt, _ = asTime(o["created_at"])
	c.ModifiedAt, _ = asTime(o["modified_at"])
	changed, readable := asTime(o["last_password_changed"])
	c.LastPasswordChanged, c.PasswordChangeUnreadable = changed, !readable
	c.TellsPasswordChange = readable && len(o["last_password_changed"]) > 0
	deleted := asBool(o["is_deleted"])
	deletedAt, readable := asTime(o["deleted_at"])
	c.Deleted = deleted != nil && *deleted || !deletedAt.IsZero() || !readable
	return c, true
}

// decodeReset reads a reset's answer. The password is all that must be there;
// whatever else is odd must not cost it. The reason says why an answer cannot
// be used and quotes nothing of it.
func decodeReset(body []byte, guid string) (reset *Reset, reason string) {
	answer, err := parseEnvelope(body)
	if err != nil {
		return nil, err.Error()
	}
	data, ok := asObject(answer.Data)
	if !ok {
		return nil, lacksData
	}
	// A number is not taken for it: as a text it may have had zeros before it.
	password, ok := asString(data["new_password"])
	switch {
	case absent(data["new_password"]):
		return nil, lacksPassword
	case !ok:
		return nil, oddPassword
	case password == "":
		return nil, oddEmptyPassword
	case strings.ContainsRune(password, '�') || !norm.NFC.IsNormalString(password):
		// Where strings are kept in normal form C this one would be changed, and
		// the changed one is not live.
		return nil, oddPasswordLetters
	}
	credential, _ := decodeCredential(data["credential"], time.Time{})
	// A GUID that is none says nothing, and must not cost the password.
	if other, err := NormalizeGUID(credential.GUID); err == nil && other != guid {
		return nil, aboutAnother + NounCredential + aboutAnotherThan
	}
	reset = &Reset{Credential: credential, Password: password, RemoteSynced: asBool(data["remote_synced"])}
	if strengthInfo := data["strength_info"]; !absent(strengthInfo) {
		if strength, err := decodeAny(strengthInfo); err == nil {
			reset.Strength = redact.Value(strength, password)
		}
	}
	return reset, ""
}

// decodeListed is decodeCredential for an item of a list.
func decodeListed(raw json.RawMessage, asOf time.Time) (Credential, bool) {
	c, ok := decodeCredential(raw, asOf)
	c.Listed = true
	return c, ok
}
