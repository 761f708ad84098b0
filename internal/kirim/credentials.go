package kirim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

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
	// LastPasswordChanged is when the password was last reset, by this client or others.
	LastPasswordChanged time.Time
	// TellsPasswordChange: the API says when that was, or that the password was never
	// reset.
	TellsPasswordChange bool
	// PasswordChangeUnreadable: the API says when that was, in an unknown form.
	PasswordChangeUnreadable bool
	// Listed: this comes from a list. Before anything follows from a difference, the
	// credential's own answer has to be read.
	Listed bool
	// Deleted: the API marks it as deleted, as it may in a list. DeletedUnreadable: it says
	// when that was, in an unknown form, which may mean never.
	Deleted, DeletedUnreadable bool
	// AsOf is the time of the answer by the API's own clock (its Date); zero if it has
	// none.
	AsOf time.Time
}

// Login is what the mail server takes as user name for a credential of domain:
// username@domain, or the user name as it is if it has an @ already. It is empty if the
// API gave no user name.
func (c Credential) Login(domain string) string {
	if c.Username == "" || strings.Contains(c.Username, "@") {
		return c.Username
	}
	return c.Username + "@" + domain
}

// HasUsername reports whether a user name is that of the credential, with or without
// @domain: the mail server takes both as one login.
func (c Credential) HasUsername(username, domain string) bool {
	return strings.EqualFold(c.Login(domain), Credential{Username: username}.Login(domain))
}

// maxUsername is the most bytes that are sent: no mail address is longer.
const maxUsername = 255

// LocalUsername returns a credential's user name as it is sent: without @domain. The error
// says what is wrong with the name. An empty domain is one that is not known.
func LocalUsername(username, domain string) (string, error) {
	local, host, hasHost := strings.Cut(username, "@")
	host, badHost := NormalizeDomain(host)
	domain, badDomain := NormalizeDomain(domain)
	return local, firstOf([]fault{
		{username == "", "it is empty"},
		{strings.TrimSpace(username) != username, hasMargins},
		{strings.ContainsFunc(username, unicode.IsSpace), "it has white space in it"},
		{strings.ContainsFunc(username, isInvisible), "it has a character in it that cannot be seen"},
		{len(username) > maxUsername, fmt.Sprintf("it has %d bytes, and %d are the most", len(username), maxUsername)},
		{local == "", "it has nothing before the @"},
		{hasHost && badHost != nil, "what follows its @ is not a domain name"},
		{hasHost && badDomain == nil && host != domain, "what follows its @ is not the domain that domain names"},
	})
}

// Reset is the answer to a password reset.
type Reset struct {
	// Credential is the credential as the answer shows it.
	Credential Credential
	// Password is the new password. The server tells it this once.
	Password string
	// Strength is the answer's strength_info as decoded JSON (with json.Number for
	// numbers), free of the password; nil if there is none.
	Strength any
	// RemoteSynced reports whether the mail servers have the new password already; nil
	// if the API does not say.
	RemoteSynced *bool
	// At is when the answer came, by the local clock.
	At time.Time
	// Took is how long the attempt that was answered took.
	Took time.Duration
	// Attempts counts the requests that were made, repeats included.
	Attempts int
	// MayStillRun counts the attempts that may still have been running when this answer
	// came: their connection was lost, or a gateway answered in the API's place. If one
	// of them acts later, it ends Password, and last_password_changed is later than At.
	MayStillRun int
}

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
	r := request{op: "reset the password", ref: ref, effect: transport.Resets, path: "/reset-password"}
	c.changes(ref)
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	reset, reason := decodeReset(reply.Answer.Data, reply.ref.GUID)
	if reason != "" {
		return nil, reply.incomplete(reason)
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
	return one(ctx, c, request{op: "read the credential", ref: CredentialRef(domain, guid)}, decodeCredential)
}

// ListCredentials reads all credentials of a domain, in the API's order:
// `GET /api/domains/{domain}/credentials`.
func (c *Client) ListCredentials(ctx context.Context, domain string) ([]Credential, error) {
	return listAll(ctx, c, listCredentials(domain), decodeListed)
}

func listCredentials(domain string) request {
	return request{op: "list the credentials", ref: DomainRef(domain), path: "/credentials"}
}

// NewCredential is a credential that was just made.
type NewCredential struct {
	Credential
	// Password is the credential's first one. The server tells it this once. It is empty
	// if nobody can know it.
	Password string
	// RemoteSynced reports whether the mail servers have it already; nil if the API does
	// not say.
	RemoteSynced *bool
}

// CreateCredential makes a credential, and its first password:
// `POST /api/domains/{domain}/credentials`. If the answer, and with it the
// password, is lost, CreateCredential resets the password of the credential that was made.
// LastPasswordChanged is then the time of that reset.
//
// An error that comes with a credential means that it was made, and that its password is
// not known.
func (c *Client) CreateCredential(ctx context.Context, domain, username string) (*NewCredential, error) {
	r := listCredentials(domain)
	r.op, r.body = "create the credential", map[string]string{"username": username}
	name := DomainRef(domain).Normalized().Domain
	made, err := create(ctx, c, r, decodeNewCredential, func(ctx context.Context) (all []NewCredential, err error) {
		credentials, err := c.ListCredentials(ctx, domain)
		for _, credential := range credentials {
			all = append(all, NewCredential{Credential: credential})
		}
		return all, err
	}, func(one NewCredential) bool {
		return one.HasUsername(username, name) && !one.Deleted
	})
	switch {
	case err != nil:
		return nil, err
	case made.Password == "":
		return made, c.replacePassword(ctx, domain, made)
	}
	c.keep(domain, made.Credential)
	return made, nil
}

// minResetTime is what the reset after a lost password may take if the create's own time is
// up. confirmTimeout is for the read that follows.
const minResetTime, confirmTimeout = 30 * time.Second, 10 * time.Second

// replacePassword resets the password of a credential whose first one is lost, even if the
// caller has given up or its time is up: nobody knows a password of it otherwise.
func (c *Client) replacePassword(ctx context.Context, domain string, made *NewCredential) error {
	ctx = transport.WithTimeout(context.WithoutCancel(ctx), max(transport.TimeLeft(ctx), minResetTime))
	reset, err := c.ResetPassword(ctx, domain, made.GUID)
	if err != nil {
		return err
	}
	made.Password, made.RemoteSynced = reset.Password, reset.RemoteSynced
	// The answer to a reset need not say when that was. Without that time, a later read
	// cannot tell this reset from one that has ended the password: if no read brings it, the
	// time of the answer does. But a password that has come must not wait for long.
	made.LastPasswordChanged = cmp.Or(reset.Credential.AsOf, reset.At)
	ctx, cancel := context.WithTimeout(Urgent(WithPasswords(ctx, made.Password)), confirmTimeout)
	defer cancel()
	if now, err := c.GetCredential(ctx, domain, made.GUID); err == nil {
		made.Credential = *now
	}
	return nil
}

// DeleteCredential deletes a credential, and ends its login:
// `DELETE /api/domains/{domain}/credentials/{credential}`.
func (c *Client) DeleteCredential(ctx context.Context, domain, guid string) error {
	ref := CredentialRef(domain, guid)
	c.changes(ref)
	return c.remove(ctx, "delete the credential", ref)
}

func (c Credential) created() (at, asOf time.Time) { return c.CreatedAt, c.AsOf }

func decodeNewCredential(raw json.RawMessage, asOf time.Time) (NewCredential, bool) {
	data, _ := jsonvalue.AsObject(raw)
	credential, ok := decodeCredential(data["credential"], asOf)
	if _, err := NormalizeGUID(credential.GUID); err != nil {
		return NewCredential{}, false
	}
	password, _ := decodePassword(data["password"])
	return NewCredential{credential, password, jsonvalue.AsBool(data["remote_synced"])}, ok
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
	c.Deleted, c.DeletedUnreadable = deleted != nil && *deleted || !deletedAt.IsZero(), !readable
	return c, true
}

// decodeReset reads the data of a reset's answer. Only the password is required: nothing
// else that is odd must cost it. The reason says why an answer cannot be used, and quotes
// nothing of it.
func decodeReset(raw json.RawMessage, guid string) (reset *Reset, reason string) {
	data, _ := jsonvalue.AsObject(raw)
	password, reason := decodePassword(data["new_password"])
	if reason != "" {
		return nil, reason
	}
	credential, _ := decodeCredential(data["credential"], time.Time{})
	// An invalid GUID says nothing, and must not cost the password.
	if other, err := NormalizeGUID(credential.GUID); err == nil && other != guid {
		return nil, "it is about another credential than the one asked for"
	}
	reset = &Reset{Credential: credential, Password: password, RemoteSynced: jsonvalue.AsBool(data["remote_synced"])}
	if strength, err := jsonvalue.AsAny(data["strength_info"]); err == nil {
		reset.Strength = redact.Value(strength, password)
	}
	return reset, ""
}

// decodeListed is decodeCredential for an item of a list.
func decodeListed(raw json.RawMessage, asOf time.Time) (Credential, bool) {
	c, ok := decodeCredential(raw, asOf)
	c.Listed = true
	return c, ok
}

// decodePassword reads a new password. The reason says why it cannot be used.
func decodePassword(raw json.RawMessage) (password, reason string) {
	// A number is no password: as a text it may have had leading zeros.
	password, _ = jsonvalue.AsString(raw)
	switch {
	case password == "":
		return "", "it has no data.new_password that is a text"
	case strings.ContainsRune(password, '�') || !norm.NFC.IsNormalString(password):
		// Terraform keeps strings in normal form C. It would change this one, and the
		// changed one is not live.
		return "", "its data.new_password has characters that cannot be stored unchanged"
	}
	return password, ""
}
