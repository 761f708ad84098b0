package kirim

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
	"github.com/kirimemail/terraform-provider-smtp/internal/redact"
)

// Credential is an SMTP credential as the API describes it. A zero time means
// "never", or that the API did not say.
type Credential struct {
	// GUID is the credential's user_smtp_guid, a UUID in lower case.
	GUID string
	// Username is as the API sent it: "myuser", or a whole login with an @.
	Username string
	// CreatedAt and ModifiedAt are UTC, of whole seconds.
	CreatedAt, ModifiedAt time.Time
	// LastPasswordChanged is when the password was last reset, by anybody.
	LastPasswordChanged time.Time
	// TellsPasswordChange tells whether the API said so at all, if only that the
	// password was never reset.
	TellsPasswordChange bool
	// PasswordChangeUnreadable tells that the API said when that was, in a form that
	// is not read here.
	PasswordChangeUnreadable bool
	// Listed tells that this comes from a list, and not from the credential's own
	// answer, which is to be asked for before anything follows from a difference.
	Listed bool
	// Deleted tells that the API marks it as deleted, as it may in a list.
	Deleted bool
	// AsOf is when the API said all this, by its own clock (the answer's Date);
	// zero where it did not tell the time.
	AsOf time.Time
}

// Login is what the mail server takes as user name for a credential of domain:
// username@domain, or the user name as it is where it has an @ already. Empty
// where the API gave no user name.
func (c Credential) Login(domain string) string {
	if c.Username == "" || strings.Contains(c.Username, "@") {
		return c.Username
	}
	return c.Username + "@" + domain
}

// Reset is what a password reset gave.
type Reset struct {
	// Credential is the credential as the answer shows it.
	Credential Credential
	// Password is the new password. The server tells it this once.
	Password string
	// Strength is the answer's strength_info as decoded JSON (with
	// json.Number for numbers), free of the password; nil where there was none.
	Strength any
	// RemoteSynced tells whether the mail servers have the new password
	// already; nil where the API did not say.
	RemoteSynced *bool
	// At is when the answer came, by the local clock.
	At time.Time
	// Took is how long the attempt that was answered took.
	Took time.Duration
	// Attempts counts the requests that were made; more than one where earlier
	// ones were repeated.
	Attempts int
	// MayStillRun counts those among them that may still have been running when
	// this answer came: their connection was lost, or a gateway answered in the
	// API's place. One that acts later than this ends Password. Where it is not
	// 0, a later last_password_changed tells.
	MayStillRun int
}

// The operations, as errors name them.
const (
	opReset = "reset the password"
	opGet   = "read the credential"
	opList  = "list the credentials"
)

func (c Credential) key() string { return c.GUID }

// ResetPassword makes the server make a new password for a credential, and ends the
// one before: `PUT /api/domains/{domain}/credentials/{credential}/reset-password`.
//
// Once begun, an attempt is not taken back by ctx's cancellation, only by its
// deadline.
// If the error has MayHaveActed, the old password may have ended although the new
// one is not known.
func (c *Client) ResetPassword(ctx context.Context, domain, guid string) (*Reset, error) {
	ref := CredentialRef(domain, guid)
	r := request{op: opReset, ref: ref, effect: transport.Resets, method: http.MethodPut, path: "/reset-password"}
	c.cache.changes(ref)
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	reset, reason := decodeReset(reply.Answer.Data, reply.ref.GUID)
	if reason != "" {
		return nil, reply.fail(KindIncomplete, reasonLacks+reason)
	}
	reset.At = c.config.Now()
	reset.Credential.AsOf = reply.Answer.Date
	reset.Took, reset.Attempts, reset.MayStillRun = reply.Took, reply.Attempts, reply.MayStillRun
	return reset, nil
}

// GetCredential reads one credential by itself:
// `GET /api/domains/{domain}/credentials/{credential}`. KindNotFound tells that it,
// or its domain, is gone. If many are read, and need not be from this very moment,
// [Client.ReadCredential] costs less.
func (c *Client) GetCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	r := request{op: opGet, ref: CredentialRef(domain, guid), effect: transport.Reads, method: http.MethodGet}
	credential, err := one(ctx, c, r, decodeCredential)
	if err != nil {
		return nil, err
	}
	return &credential, nil
}

// ListCredentials reads all credentials of a domain, in the API's order:
// `GET /api/domains/{domain}/credentials`.
func (c *Client) ListCredentials(ctx context.Context, domain string) ([]Credential, error) {
	return listAll(ctx, c, request{op: opList, ref: CredentialRef(domain, "")}, decodeListed)
}

func decodeCredential(raw json.RawMessage, asOf time.Time) (Credential, bool) {
	o, ok := jsonvalue.AsObject(raw)
	if !ok {
		return Credential{}, false
	}
	c := Credential{AsOf: asOf}
	guid, _ := jsonvalue.AsString(o["user_smtp_guid"])
	c.GUID = strings.ToLower(guid)
	c.Username, _ = jsonvalue.AsText(o["username"])
	c.CreatedAt, _ = jsonvalue.AsTime(o["created_at"])
	c.ModifiedAt, _ = jsonvalue.AsTime(o["modified_at"])
	changed, readable := jsonvalue.AsTime(o["last_password_changed"])
	c.LastPasswordChanged, c.PasswordChangeUnreadable = changed, !readable
	c.TellsPasswordChange = readable && len(o["last_password_changed"]) > 0
	deleted := jsonvalue.AsBool(o["is_deleted"])
	deletedAt, readable := jsonvalue.AsTime(o["deleted_at"])
	c.Deleted = deleted != nil && *deleted || !deletedAt.IsZero() || !readable
	return c, true
}

// decodeReset reads a reset's answer. The password is all that must be there;
// whatever else is odd must not cost it. The reason says why an answer cannot
// be used and quotes nothing of it.
func decodeReset(raw json.RawMessage, guid string) (reset *Reset, reason string) {
	data, ok := jsonvalue.AsObject(raw)
	if !ok {
		return nil, lacksData
	}
	// A number is not taken for it: as a text it may have had zeros before it.
	password, ok := jsonvalue.AsString(data["new_password"])
	switch {
	case jsonvalue.IsAbsent(data["new_password"]):
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
	reset = &Reset{Credential: credential, Password: password, RemoteSynced: jsonvalue.AsBool(data["remote_synced"])}
	if strengthInfo := data["strength_info"]; !jsonvalue.IsAbsent(strengthInfo) {
		if strength, err := jsonvalue.AsAny(strengthInfo); err == nil {
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
