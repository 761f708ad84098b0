package simulator

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"io"
	"time"

	"github.com/emersion/go-sasl"
)

// ListShape is the form of the answer to a list. The vendor's own descriptions differ, so that a client reads all of
// them.
type ListShape string

const (
	// ShapeFlat is {"data": [..], "domain": ".."}, the default. It carries no total. With a domain's key, it carries no
	// "domain"; a list of domains carries a "pagination" instead.
	ShapeFlat ListShape = "flat"
	// ShapePaginated is {"data": {"data": [..], "pagination": {total, page, limit, offset}}, "domain": ".."}.
	ShapePaginated ListShape = "paginated"
	// ShapePaginator is {"data": {"current_page": 1, "data": [..], "total": 1}}, a web framework's own.
	ShapePaginator ListShape = "paginator"
)

// TimeFormat is the form of the times in answers.
type TimeFormat int

const (
	// TimesUnix writes whole Unix seconds, as the API's reference says.
	TimesUnix TimeFormat = iota
	// TimesISO writes RFC 3339 strings in UTC, as the vendor's guide shows.
	TimesISO
)

// RemoteSynced is the remote_synced in the answers to a reset and a creation.
type RemoteSynced string

const (
	// SyncedTrue sends remote_synced as true, the default.
	SyncedTrue RemoteSynced = "true"
	// SyncedFalse sends remote_synced as false: changed in the database, not yet on the mail servers.
	SyncedFalse RemoteSynced = "false"
	// SyncedAbsent leaves remote_synced out.
	SyncedAbsent RemoteSynced = "absent"
)

// AuthOffer is the connections on which the mail server takes logins.
type AuthOffer string

const (
	// AuthOverTLS offers AUTH on connections with TLS, the default, and refuses it on others.
	AuthOverTLS AuthOffer = "tls"
	// AuthAlways offers AUTH on unprotected connections too.
	AuthAlways AuthOffer = "always"
	// AuthNever offers no AUTH, and does not know the command.
	AuthNever AuthOffer = "never"
)

// RateLimit is the number of requests that are served in a window. The first request opens the window.
type RateLimit struct {
	Requests int           // served per window; 0: no limit
	Window   time.Duration // 0: a minute
	// ToldLate leaves the X-RateLimit headers out of every answer but a 429, as the API's reference describes them.
	// With a domain's key, each answer has them.
	ToldLate bool
}

// LoginReply is an SMTP reply (RFC 5321, section 4.2) to AUTH.
type LoginReply struct {
	Code    int    // such as 454; 0: the live passwords decide
	Message string // the text after the code, without an enhanced status code
	Times   int    // the number of logins that it answers; 0: all; for Options.LoginReply alone
}

// Options is the behaviour of the service. The zero value is a working service.
//
// The functions run under the server's lock and must not call the server.
type Options struct {
	Username string // the account's; "demo" if empty
	Token    string // the account's API token; random if empty

	// Now is the only clock: for the times in answers, the Date header, the rate limit, SyncDelay and late landings.
	// nil: time.Now.
	Now func() time.Time

	ListShape ListShape
	RateLimit RateLimit

	// SyncDelay is the time after a change until the mail server takes the new password. Meanwhile it takes the old
	// one. Each login compares it with Now.
	SyncDelay time.Duration

	// LoginReply answers the logins at the mail server, whatever the password.
	LoginReply LoginReply
	// LoginReplies answers the logins by one mechanism, whatever the password: an offered PLAIN that is refused, for
	// example. LoginReply comes first.
	LoginReplies map[string]LoginReply
	// Auth is the connections of the mail server that have AUTH.
	Auth AuthOffer
	// Mechanisms is the offer of AUTH, in this order. Empty: PLAIN and LOGIN. Any other mechanism is offered, and
	// refused when a client asks for it.
	Mechanisms []string
	// OmitSTARTTLS has the mail server offer no STARTTLS, and not know the command.
	OmitSTARTTLS bool

	UsernameAsLogin     bool // answers show a username as username@domain
	OmitPasswordChanged bool // no last_password_changed in any answer
	// PasswordChangedLag is how much later than modified_at last_password_changed is after one reset.
	PasswordChangedLag          time.Duration
	ResetOmitsCredential        bool       // no credential in the answer to a reset
	ResetCarriesPasswordChanged bool       // last_password_changed in the answer to a reset too
	ZeroModifiedAt              bool       // modified_at is 0 (null among ISO times): "never"
	TimeFormat                  TimeFormat // of created_at, modified_at, last_password_changed
	Extras                      bool       // is_verified, status, is_deleted, deleted_at with each credential

	// StrengthInfo makes the strength_info in the answer to a reset. A nil result leaves the field out; without the
	// function, it is a score and a word.
	StrengthInfo func(password string) json.RawMessage

	RemoteSynced RemoteSynced

	// VerifyAfter is the age at which a domain's records are right; 0: only once Server.SetRecords has said so.
	VerifyAfter  time.Duration
	VerifyNested bool // the answer to verify-mandatory has success, and the records under data
	// MXRecords is the mx_records of each domain; empty: left out.
	MXRecords json.RawMessage
	// WebhookStatus is what a webhook's URL answers to a test; 200 if 0.
	WebhookStatus   int
	DeleteNoContent bool  // DELETE answers 204, without a body
	Quota           Quota // 850 of 1000 if zero

	// Rewrite replaces the body of a JSON answer, for other names and other forms of values.
	Rewrite func(kind Kind, body []byte) []byte

	// Control opens the endpoint under /_simulator/ for use from outside the process. It asks for no password.
	Control bool

	// Choose gives the fault of a request within the rate limit that no queued fault matches; nil: none. The fault's
	// own Kind, Domain, GUID and Times do not count.
	Choose func(Request) *Fault

	// Transcript gets one line for each request: method, path, status. Nothing secret.
	Transcript io.Writer

	// APIAddr, SMTPAddr and SMTPSAddr are the addresses to listen at, as host:port; "127.0.0.1:0" if empty. CheckAddr
	// limits them to loopback. Start alone reads them.
	APIAddr, SMTPAddr, SMTPSAddr string
	// ServerTLS serves the API over https, with the certificate of CACertificate. Start alone reads it.
	ServerTLS bool
}

func (o Options) withDefaults() Options {
	o.Username = cmp.Or(o.Username, "demo")
	o.Token = cmp.Or(o.Token, rand.Text())
	o.ListShape = cmp.Or(o.ListShape, ShapeFlat)
	o.RemoteSynced = cmp.Or(o.RemoteSynced, SyncedTrue)
	o.Auth = cmp.Or(o.Auth, AuthOverTLS)
	o.WebhookStatus = cmp.Or(o.WebhookStatus, 200)
	o.Quota = cmp.Or(o.Quota, Quota{Current: 850, Max: 1000})
	o.RateLimit.Window = cmp.Or(max(o.RateLimit.Window, 0), time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.StrengthInfo == nil {
		o.StrengthInfo = func(string) json.RawMessage { return json.RawMessage(`{"score":8,"feedback":"Strong"}`) }
	}
	if len(o.Mechanisms) == 0 {
		o.Mechanisms = []string{sasl.Plain, sasl.Login}
	}
	for _, addr := range []*string{&o.APIAddr, &o.SMTPAddr, &o.SMTPSAddr} {
		*addr = cmp.Or(*addr, "127.0.0.1:0")
	}
	return o
}
