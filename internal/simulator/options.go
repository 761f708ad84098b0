package simulator

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-sasl"
)

// ListShape is the form of the answer to a list of credentials. The vendor's own descriptions differ, so a
// client has to read all of them.
type ListShape int

const (
	// ShapeFlat is {"data": [..], "domain": ".."}. It carries no total.
	ShapeFlat ListShape = iota
	// ShapePaginated is {"data": {"data": [..], "pagination": {total, page, limit, offset}}, "domain": ".."}.
	ShapePaginated
	// ShapePaginator is {"data": {"current_page": 1, "data": [..], "total": 1}}, a web framework's own.
	ShapePaginator
)

// String is the name that ParseListShape takes.
func (l ListShape) String() string {
	switch l {
	case ShapeFlat:
		return "flat"
	case ShapePaginated:
		return "paginated"
	case ShapePaginator:
		return "paginator"
	}
	return fmt.Sprintf("ListShape(%d)", int(l))
}

// ParseListShape reads "flat", "paginated" or "paginator".
func ParseListShape(name string) (ListShape, error) {
	for _, shape := range []ListShape{ShapeFlat, ShapePaginated, ShapePaginator} {
		if shape.String() == name {
			return shape, nil
		}
	}
	return 0, fmt.Errorf("%q is not a list shape: flat, paginated or paginator", name)
}

// TimeFormat is how times are written in answers.
type TimeFormat int

const (
	// TimesUnix writes whole Unix seconds, as the API's reference says.
	TimesUnix TimeFormat = iota
	// TimesISO writes RFC 3339 strings in UTC, as the vendor's guide shows.
	TimesISO
)

// RemoteSynced is what remote_synced says in the answers to a reset and a creation.
type RemoteSynced int

const (
	// SyncedTrue sends remote_synced as true.
	SyncedTrue RemoteSynced = iota
	// SyncedFalse sends remote_synced as false: changed in the database, not yet on the mail servers.
	SyncedFalse
	// SyncedAbsent leaves remote_synced out.
	SyncedAbsent
)

// String is the name that ParseRemoteSynced takes.
func (r RemoteSynced) String() string {
	switch r {
	case SyncedTrue:
		return "true"
	case SyncedFalse:
		return "false"
	case SyncedAbsent:
		return "absent"
	}
	return fmt.Sprintf("RemoteSynced(%d)", int(r))
}

// ParseRemoteSynced reads "true", "false" or "absent".
func ParseRemoteSynced(name string) (RemoteSynced, error) {
	for _, synced := range []RemoteSynced{SyncedTrue, SyncedFalse, SyncedAbsent} {
		if synced.String() == name {
			return synced, nil
		}
	}
	return 0, fmt.Errorf("%q is none of true, false, absent", name)
}

// AuthOffer is where the mail server is to be logged in to.
type AuthOffer int

const (
	// AuthOverTLS offers AUTH on connections with TLS, and refuses it on others.
	AuthOverTLS AuthOffer = iota
	// AuthAlways offers AUTH on the unprotected line too.
	AuthAlways
	// AuthNever offers no AUTH, and does not know the command.
	AuthNever
)

// String is the name that ParseAuthOffer takes.
func (a AuthOffer) String() string {
	switch a {
	case AuthOverTLS:
		return "tls"
	case AuthAlways:
		return "always"
	case AuthNever:
		return "never"
	}
	return fmt.Sprintf("AuthOffer(%d)", int(a))
}

// ParseAuthOffer reads "tls", "always" or "never".
func ParseAuthOffer(name string) (AuthOffer, error) {
	for _, offer := range []AuthOffer{AuthOverTLS, AuthAlways, AuthNever} {
		if offer.String() == name {
			return offer, nil
		}
	}
	return 0, fmt.Errorf("%q is none of tls, always, never", name)
}

// RateLimit is how many requests are served in a window. The window opens with the first request in it.
type RateLimit struct {
	Requests int           // served per window; 0: no limit
	Window   time.Duration // 0: a minute
	// ToldLate leaves the X-RateLimit headers out of all answers but a 429's, the only ones of which the API's reference
	// says that they have them.
	ToldLate bool
}

// LoginReply is an SMTP reply (RFC 5321, section 4.2) to AUTH.
type LoginReply struct {
	Code    int    // e.g. 454; 0: logins are judged by the live passwords
	Message string // the text after the code, without an enhanced status code
	Times   int    // how many logins are answered so, 0: all; in Options.LoginReply alone
}

// Options is how the pretend service behaves. The zero value is a working service.
type Options struct {
	Username string // the account's; "demo" when empty
	Token    string // the account's API token; random when empty

	// Now is the only clock: for the times in answers, the Date header, the rate limit, the delay until the mail
	// server follows and late landings. time.Now when nil. It is called under the server's lock and must not call
	// the server.
	Now func() time.Time

	ListShape ListShape
	RateLimit RateLimit

	// SyncDelay is how long after a change the mail server takes the new password; it takes the old one meanwhile.
	// Judged at each login, by Now.
	SyncDelay time.Duration

	// LoginReply answers the logins at the mail server, whatever the password.
	LoginReply LoginReply
	// LoginReplies answers the logins by a mechanism so, whatever the password: PLAIN that is on offer and refused, for
	// one. LoginReply goes before it.
	LoginReplies map[string]LoginReply
	// Auth is on which connections of the mail server there is AUTH at all.
	Auth AuthOffer
	// Mechanisms are what AUTH offers, in this order; PLAIN and LOGIN when empty. Others than these two can be
	// offered, but are refused when they are asked for.
	Mechanisms []string
	// OmitSTARTTLS has the mail server offer no STARTTLS, and not know the command.
	OmitSTARTTLS bool

	UsernameAsLogin     bool // usernames come back as username@domain
	OmitPasswordChanged bool // no last_password_changed in any answer
	// PasswordChangedLag is how much later than modified_at last_password_changed is, for one and the same reset.
	PasswordChangedLag          time.Duration
	ResetOmitsCredential        bool       // no credential in the answer to a reset
	ResetCarriesPasswordChanged bool       // last_password_changed in the answer to a reset too, where it is usually absent
	ZeroModifiedAt              bool       // modified_at is 0 (null among ISO times): "never"
	TimeFormat                  TimeFormat // of created_at, modified_at, last_password_changed
	Extras                      bool       // is_verified, status, is_deleted, deleted_at with each credential

	// StrengthInfo makes the strength_info of a reset's answer from the password. A nil result leaves the field
	// out; a nil func reports a score and a word. Called under the server's lock; must not call the server.
	StrengthInfo func(password string) json.RawMessage

	RemoteSynced RemoteSynced

	// Rewrite gives the body that is sent in the place of an answer's own JSON: for what other servers do, such as
	// other names and other forms of values. Called under the server's lock; must not call the server.
	Rewrite func(kind Kind, body []byte) []byte

	// Control opens the endpoint under /_simulator/ for use from outside the process. It asks for no password.
	Control bool

	// Choose is asked for the fault of each request that no queued fault matches, and that is not over the rate limit;
	// nil: none. Which requests the fault itself names, and how often, does not count. Called under the server's lock;
	// must not call the server.
	Choose func(Request) *Fault

	// Transcript gets one line for each request: method, path, status. Nothing secret.
	Transcript io.Writer

	// APIAddr, SMTPAddr and SMTPSAddr are where to listen, as host:port; "127.0.0.1:0" when empty. Start refuses what
	// CheckAddr refuses. Read by Start alone.
	APIAddr, SMTPAddr, SMTPSAddr string
	// ServerTLS serves the API over https, with a certificate of CACertificate's authority. Read by Start alone.
	ServerTLS bool
}

func (o Options) withDefaults() Options {
	if o.Username == "" {
		o.Username = "demo"
	}
	if o.Token == "" {
		o.Token = randomToken()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.StrengthInfo == nil {
		o.StrengthInfo = func(string) json.RawMessage { return json.RawMessage(`{"score":8,"feedback":"Strong"}`) }
	}
	if o.RateLimit.Window <= 0 {
		o.RateLimit.Window = time.Minute
	}
	if len(o.Mechanisms) == 0 {
		o.Mechanisms = []string{sasl.Plain, sasl.Login}
	}
	for _, addr := range []*string{&o.APIAddr, &o.SMTPAddr, &o.SMTPSAddr} {
		if *addr == "" {
			*addr = "127.0.0.1:0"
		}
	}
	return o
}

func randomToken() string {
	var b [16]byte
	// crypto/rand.Read never fails: it ends the process instead.
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
