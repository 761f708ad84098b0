package kirim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
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

// credentialPage is one page of a domain's credentials.
type credentialPage struct {
	credentials []Credential
	items       int // with those that could not be read
	total       int // of all pages, -1 where it does not say
}

// opGet is what reading one credential is called in errors.
const opGet = "read the credential"

// maxPageSize is the largest page that the API serves.
const maxPageSize = 100

// ResetPassword makes the server make a new password for a credential and ends
// the one before: PUT /api/domains/{domain}/credentials/{guid}/reset-password.
//
// Once begun, an attempt is not taken back by ctx's cancellation, only by its
// deadline.
// Where the error has MayHaveActed, the old password may have ended although
// the new one is not known.
func (c *Client) ResetPassword(ctx context.Context, domain, guid string) (*Reset, error) {
	const op = "reset the password"
	of, err := CredentialRef(domain, guid).sendable(op)
	if err != nil {
		return nil, err
	}
	c.shared.of(domain).changes(of.GUID)
	call := c.newCall(op, resets, http.MethodPut, of, "/reset-password", nil)
	answer, err := call.do(ctx)
	if err != nil {
		return nil, err
	}
	reset, reason := decodeReset(answer.body, of.GUID)
	if reason != "" {
		return nil, call.fail(KindIncomplete, reasonLacks+reason)
	}
	reset.At = c.now()
	reset.Credential.AsOf = answer.date
	reset.Took, reset.Attempts, reset.MayStillRun = call.took, call.attempts, call.mayStillRun
	return reset, nil
}

// GetCredential reads one credential by itself: GET
// /api/domains/{domain}/credentials/{guid}. KindNotFound tells
// that it, or its domain, is gone. Where many are read, and it need not be
// from this very moment, [Client.ReadCredential] costs less.
func (c *Client) GetCredential(ctx context.Context, domain, guid string) (*Credential, error) {
	of, err := CredentialRef(domain, guid).sendable(opGet)
	if err != nil {
		return nil, err
	}
	call := c.newCall(opGet, reads, http.MethodGet, of, "", nil)
	answer, err := call.do(ctx)
	if err != nil {
		return nil, err
	}
	data := answer.envelope.Data
	// The answer to a reset wraps the credential, the answer to a GET does not;
	// both are read in both places.
	if o, _ := asObject(data); !absent(o["credential"]) {
		data = o["credential"]
	}
	credential, ok := decodeCredential(data)
	credential.AsOf = answer.date
	switch {
	case !ok || credential.GUID == "":
		return nil, call.fail(KindIncomplete, reasonLacks+lacksCredential)
	case credential.GUID != of.GUID:
		return nil, call.fail(KindIncomplete, reasonLacks+aboutAnother)
	}
	return &credential, nil
}

// listCredentials reads one page of a domain's credentials, numbered from 1: GET
// /api/domains/{domain}/credentials. limit is 1 to [maxPageSize]. All three list
// shapes of the vendor's descriptions are understood.
func (c *Client) listCredentials(ctx context.Context, domain string, page, limit int, effort effort) (*credentialPage, error) {
	const op = "list the credentials"
	of, err := DomainRef(domain).sendable(op)
	if err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxPageSize || page < 1 {
		return nil, &Error{Kind: KindArgument, Op: op, Reason: reasonUnmakeable, Err: fmt.Errorf(
			"page %d with a limit of %d: pages count from 1, limits go from 1 to %d", page, limit, maxPageSize)}
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}, "page": {strconv.Itoa(page)}}
	call := c.newCall(op, reads, http.MethodGet, of, "/credentials", query)
	call.effort = effort
	answer, err := call.do(ctx)
	if err != nil {
		return nil, err
	}
	items, total, ok := decodeList(answer.envelope.Data)
	if !ok {
		return nil, call.fail(KindIncomplete, reasonLacks+lacksList)
	}
	result := &credentialPage{items: len(items), total: total}
	for _, item := range items {
		if credential, ok := decodeCredential(item); ok {
			credential.AsOf, credential.Listed = answer.date, true
			result.credentials = append(result.credentials, credential)
		}
	}
	return result, nil
}

// path is where the API has it, escaped.
func (r Ref) path() string {
	path := "/api/domains/" + url.PathEscape(r.Domain)
	if r.Noun != NounDomain {
		path += "/" + r.Noun + "s/" + url.PathEscape(r.GUID)
	}
	return path
}

// sendable gives the reference in the spelling that is sent, or an error that says
// which part cannot be.
func (r Ref) sendable(op string) (Ref, error) {
	var err error
	if r.Domain, err = NormalizeDomain(r.Domain); err != nil {
		return Ref{}, &Error{Kind: KindArgument, Op: op, Reason: reasonDomainUnsent, Err: err}
	}
	if r.Noun == NounDomain {
		return r, nil
	}
	if r.GUID, err = NormalizeGUID(r.GUID); err != nil {
		return Ref{}, &Error{Kind: KindArgument, Op: op, Reason: reasonGUIDUnsent, Err: err}
	}
	return r, nil
}
