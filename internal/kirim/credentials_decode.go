package kirim

import (
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

func decodeCredential(raw json.RawMessage) (Credential, bool) {
	var wire struct {
		GUID                json.RawMessage `json:"user_smtp_guid"`
		Username            json.RawMessage `json:"username"`
		CreatedAt           json.RawMessage `json:"created_at"`
		ModifiedAt          json.RawMessage `json:"modified_at"`
		LastPasswordChanged json.RawMessage `json:"last_password_changed"`
		IsDeleted           json.RawMessage `json:"is_deleted"`
		DeletedAt           json.RawMessage `json:"deleted_at"`
	}
	if absent(raw) || json.Unmarshal(raw, &wire) != nil {
		return Credential{}, false
	}
	guid, _ := asString(wire.GUID)
	username, _ := asString(wire.Username)
	return Credential{
		GUID:                strings.ToLower(guid),
		Username:            username,
		CreatedAt:           asTime(wire.CreatedAt),
		ModifiedAt:          asTime(wire.ModifiedAt),
		LastPasswordChanged: asTime(wire.LastPasswordChanged),
		TellsPasswordChange: len(wire.LastPasswordChanged) > 0,
		Deleted:             isTrue(wire.IsDeleted) || !asTime(wire.DeletedAt).IsZero(),
	}, true
}

// decodeReset reads a reset's answer. The password is all that must be there;
// whatever else is odd must not cost it. The reason says why an answer cannot
// be used and quotes nothing of it.
func decodeReset(body []byte, guid string) (reset *Reset, reason string) {
	answer, err := parseEnvelope(body)
	if err != nil {
		return nil, err.Error()
	}
	var data struct {
		Credential   json.RawMessage `json:"credential"`
		Password     json.RawMessage `json:"new_password"`
		Strength     json.RawMessage `json:"strength_info"`
		RemoteSynced json.RawMessage `json:"remote_synced"`
	}
	if absent(answer.Data) || json.Unmarshal(answer.Data, &data) != nil {
		return nil, lacksData
	}
	password, ok := asString(data.Password)
	switch {
	case absent(data.Password):
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
	credential, _ := decodeCredential(data.Credential)
	// A GUID that is none says nothing, and must not cost the password.
	if other, err := NormalizeGUID(credential.GUID); err == nil && other != guid {
		return nil, aboutAnother
	}
	reset = &Reset{Credential: credential, Password: password, RemoteSynced: asBool(data.RemoteSynced)}
	if !absent(data.Strength) {
		if strength, err := decodeAny(data.Strength); err == nil {
			reset.Strength = RedactPassword(strength, password)
		}
	}
	return reset, ""
}

// decodeList reads the three shapes in which lists come, and their total where
// they carry one (otherwise -1):
//
//	[…]                                                  the OpenAPI description, the Go SDK
//	{"data": […], "pagination": {"total": …}}            the PHP, Node and Python SDKs
//	{"current_page": …, "data": […], "total": …}         a test of the PHP SDK
func decodeList(raw json.RawMessage) (items []json.RawMessage, total int, ok bool) {
	if absent(raw) {
		return nil, -1, false
	}
	if json.Unmarshal(raw, &items) == nil {
		return items, -1, true
	}
	var nested struct {
		Data       json.RawMessage `json:"data"`
		Total      json.RawMessage `json:"total"`
		Pagination json.RawMessage `json:"pagination"`
	}
	if json.Unmarshal(raw, &nested) != nil || absent(nested.Data) || json.Unmarshal(nested.Data, &items) != nil {
		return nil, -1, false
	}
	if n, ok := asCount(nested.Total); ok {
		return items, n, true
	}
	var pagination struct {
		Total json.RawMessage `json:"total"`
	}
	if json.Unmarshal(nested.Pagination, &pagination) == nil {
		if n, ok := asCount(pagination.Total); ok {
			return items, n, true
		}
	}
	return items, -1, true
}

// asCount reads a count that may have come as a string of digits.
func asCount(raw json.RawMessage) (int, bool) {
	text, ok := asString(raw)
	if !ok {
		text = string(raw)
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}
