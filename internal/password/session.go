package password

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
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

	mu          sync.Mutex
	forgotten   int64
	credentials map[string]*credentialActivity
}

// credentialActivity is what this process has done with one credential.
type credentialActivity struct {
	lock      chan struct{} // holds one while nobody changes the password
	refreshed bool
	issued    bool // a resource was given its password
	revoked   bool // its password was ended
}

// activity calls do with what has been done with a credential, one at a time.
func (s *Session) activity(ref kirim.Ref, do func(*credentialActivity)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, has := s.credentials[ref.ID()]
	if !has {
		a = &credentialActivity{lock: make(chan struct{}, 1)}
		a.lock <- struct{}{}
		if s.credentials == nil {
			s.credentials = map[string]*credentialActivity{}
		}
		s.credentials[ref.ID()] = a
	}
	do(a)
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
// given. The wait does not count against the operation's time: the other one may
// be queued for the rate limit.
func (s *Session) lockCredential(ctx context.Context, ref kirim.Ref) (unlock func(), err error) {
	resume := kirim.PauseTimeout(ctx)
	defer resume(0)
	var lock chan struct{}
	s.activity(ref, func(a *credentialActivity) { lock = a.lock })
	select {
	case <-lock:
		return func() { lock <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("another change of its password by this same apply had not ended yet: %w", ctx.Err())
	}
}

// noteIssued notes that a resource was given the credential's password.
func (s *Session) noteIssued(ref kirim.Ref) {
	s.activity(ref, func(a *credentialActivity) { a.issued = true })
}

// issued tells whether this process has given a resource the credential's password.
// Whatever it destroys afterwards is another one.
func (s *Session) issued(ref kirim.Ref) (issued bool) {
	s.activity(ref, func(a *credentialActivity) { issued = a.issued })
	return issued
}

func (s *Session) noteRevoked(ref kirim.Ref) {
	s.activity(ref, func(a *credentialActivity) { a.revoked = true })
}

// revoked tells whether this process has ended the credential's password.
func (s *Session) revoked(ref kirim.Ref) (revoked bool) {
	s.activity(ref, func(a *credentialActivity) { revoked = a.revoked })
	return revoked
}

func (s *Session) noteRefreshed(ref kirim.Ref) {
	s.activity(ref, func(a *credentialActivity) { a.refreshed = true })
}

// refreshed reports whether this process refreshed the credential first, as a plan
// does and an apply does not. A plan without a refresh looks like an apply.
func (s *Session) refreshed(ref kirim.Ref) (refreshed bool) {
	s.activity(ref, func(a *credentialActivity) { refreshed = a.refreshed })
	return refreshed
}
