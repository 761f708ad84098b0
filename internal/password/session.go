package password

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// Session is what all resources of a process share: the client, the clock, and what
// the process has done since it was configured, which is one plan or one apply.
// Terraform does not tell that.
type Session struct {
	// Client is nil while a setting of the provider is unknown.
	Client *kirim.Client
	Now    func() time.Time
	// Secrets are masked in every log line.
	Secrets []string

	apiFailed atomic.Bool // a plan's look at a credential met an API that cannot be asked

	mu          sync.Mutex
	forgotten   int64
	credentials map[string]*credentialActivity
	known       []string                // passwords that an operation was begun with
	mailServers map[string]func() error // the preflight of each; see Session.preflight
}

// credentialActivity is what this process has done with one credential.
type credentialActivity struct {
	lock chan struct{} // holds one while nothing changes the password
	done map[event]bool
	// version is that of the password that the last refresh found in the state.
	version int64
	// first is the password that the credential was made with, if this process made it.
	first string
}

// event is something that was done with a credential.
type event int

const (
	made      event = iota // a resource has made it, so that nobody has its password yet
	refreshed              // as a plan does first, and an apply, or a plan with -refresh=false, does not
	gone                   // a refresh found that it does not exist
	planned                // a resource of the configuration has it
	toldTwice              // a warning has told that two resources have it
	destroyed              // a resource that had its password has left the state
	issued                 // a resource was given its password; whatever is destroyed afterwards is another one
	revoked                // its password was ended
)

// activity gives what has been done with a credential. The caller holds the lock.
func (s *Session) activity(ref kirim.Ref) *credentialActivity {
	a, has := s.credentials[ref.ID()]
	if !has {
		a = &credentialActivity{lock: make(chan struct{}, 1), done: map[event]bool{}}
		a.lock <- struct{}{}
		if s.credentials == nil {
			s.credentials = map[string]*credentialActivity{}
		}
		s.credentials[ref.ID()] = a
	}
	return a
}

// note notes that something was done with a credential, and reports whether it had been
// done before.
func (s *Session) note(what event, ref kirim.Ref) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.activity(ref)
	again = a.done[what]
	a.done[what] = true
	return again
}

// refresh notes a refresh that finds a version of the password in the state. It returns the
// version that another refresh found, if that is another one: each resource is refreshed
// once.
func (s *Session) refresh(ref kirim.Ref, version int64) (other int64, isOther bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.activity(ref)
	other, isOther = a.version, a.done[refreshed] && a.version != version
	a.done[refreshed], a.version = true, version
	return other, isOther
}

// has reports whether this process has done something with a credential.
func (s *Session) has(what event, ref kirim.Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.activity(ref).done[what]
}

// NoteMade notes that this process has made a credential, and its password, which the API
// may quote.
func (s *Session) NoteMade(ref kirim.Ref, password string) {
	s.note(made, ref)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.activity(ref).first = password
}

// firstPassword returns the first password of a credential that this process has made; it
// is empty for any other.
func (s *Session) firstPassword(ref kirim.Ref) types.String {
	s.mu.Lock()
	defer s.mu.Unlock()
	return types.StringValue(s.activity(ref).first)
}

// forget notes the version of a password that leaves the state. One process destroys
// and creates a replacement, and its creation is told nothing of its predecessor,
// not even which credential that was; without this, both could get one version
// within one second.
func (s *Session) forget(version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgotten = max(s.forgotten, version)
}

// nextVersion is the version of a password that comes now (Unix seconds). before is
// the version that it replaces, 0 in a creation.
func (s *Session) nextVersion(before, now int64) int64 {
	if before == 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		before = s.forgotten
	}
	return rotation.NextVersion(before, now)
}

// lockCredential waits until nothing else in this process changes, adopts or ends
// the credential's password. A renamed resource is created and destroyed side by
// side, and the destruction must not end the password that the creation is just
// given. The wait does not count against the operation's time.
func (s *Session) lockCredential(ctx context.Context, ref kirim.Ref) (unlock func(), err error) {
	s.mu.Lock()
	lock := s.activity(ref).lock
	s.mu.Unlock()
	select {
	case <-lock:
		return func() { lock <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("another change of its password by this same apply had not ended yet: %w", ctx.Err())
	}
}

// operation is what is done to the password of a credential. It is logged by one
// line at INFO, once it has ended: whoever looks for what became of a password finds
// that by the credential's GUID, and nothing else in between.
type operation struct {
	what     string // a rotation, an adoption or a revocation
	ref      kirim.Ref
	reason   string // the rotation_reason; empty if there is none
	began    time.Time
	attempts int // requests that were answered well
}

// logEnd tells what an operation has come to. If it failed, why says whether the
// password may have ended all the same.
func (s *Session) logEnd(ctx context.Context, op operation, outcome string, why error) {
	e := kirim.Details(why)
	fields := map[string]any{
		"outcome": outcome, "rotation_reason": op.reason, "duration_ms": s.Now().Sub(op.began).Milliseconds(),
		"attempts": op.attempts + e.Attempts, "kind": string(e.Kind), "status": e.Status,
	}
	if why != nil {
		fields["because"], fields["may_have_acted"] = why.Error(), e.MayHaveActed
	}
	s.log(ctx, tflog.Info, op.what+" ended", op.ref, fields)
}

// logDecision tells what a plan does to a password, and why. An apply plans each
// change once more, and tells it again.
func (s *Session) logDecision(ctx context.Context, ref kirim.Ref, action, reason string) {
	s.log(ctx, tflog.Debug, "planned", ref, map[string]any{"verdict": action, "rotation_reason": reason})
}

// log writes a line about a credential under the provider's own name, without the fields
// that are empty.
func (s *Session) log(
	ctx context.Context, write func(context.Context, string, ...map[string]any), message string, ref kirim.Ref,
	fields map[string]any,
) {
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == "" || value == 0 })
	ctx = tflog.MaskMessageStrings(tflog.MaskAllFieldValuesStrings(ctx, s.Secrets...), s.Secrets...)
	write(ctx, message, fields, logging.Fields(ref))
}
