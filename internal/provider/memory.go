package provider

import (
	"context"
	"sync"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// applySession is what this process has done since it was configured, which is one
// plan or one apply. It knows what Terraform does not tell.
type applySession struct {
	mu          sync.Mutex
	forgotten   int64
	credentials map[string]*credentialActivity
}

// credentialActivity are what has been done with one credential.
type credentialActivity struct {
	idle      chan struct{} // holds one while nobody changes the password
	refreshed bool
	issued     bool // a resource was given its password
	revoked   bool // its password was ended
}

func newApplySession() *applySession { return &applySession{credentials: map[string]*credentialActivity{}} }

// with is called with the doings of a credential, one at a time.
func (m *applySession) with(of target, do func(*credentialActivity)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, has := m.credentials[of.id()]
	if !has {
		d = &credentialActivity{idle: make(chan struct{}, 1)}
		d.idle <- struct{}{}
		m.credentials[of.id()] = d
	}
	do(d)
}

// forget notes the version of a password that leaves the state. A replacement
// is destroyed and created by one process, and the creation is told nothing of
// its predecessor, not even which credential it was; without this its version
// could be the same within one second.
func (m *applySession) forget(version int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgotten = max(m.forgotten, version)
}

// nextVersion is the version of a password that comes now (Unix seconds).
// before is that of the one which it replaces, 0 in a creation.
func (m *applySession) nextVersion(before, now int64) int64 {
	if before == 0 {
		m.mu.Lock()
		defer m.mu.Unlock()
		before = m.forgotten
	}
	return rotation.NextVersion(before, now)
}

// lockCredential waits until nobody else in this process changes, adopts or ends the
// password of a credential. A resource that has got another name is created and
// destroyed side by side; what is destroyed must not end the password that the
// other one is just being given. The error is ctx's.
func (m *applySession) lockCredential(ctx context.Context, of target) (done func(), err error) {
	var idle chan struct{}
	m.with(of, func(d *credentialActivity) { idle = d.idle })
	select {
	case <-idle:
		return func() { idle <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// noteIssued notes that a resource has been given the credential's password.
func (m *applySession) noteIssued(of target) {
	m.with(of, func(d *credentialActivity) { d.issued = true })
}

// issued tells whether this process has issued a resource the credential's
// password. Whatever it destroys afterwards is another one.
func (m *applySession) issued(of target) (given bool) {
	m.with(of, func(d *credentialActivity) { given = d.issued })
	return given
}

// noteRevoked notes that the credential's password has been ended.
func (m *applySession) noteRevoked(of target) {
	m.with(of, func(d *credentialActivity) { d.revoked = true })
}

// revoked tells whether this process has ended the credential's password.
func (m *applySession) revoked(of target) (revoked bool) {
	m.with(of, func(d *credentialActivity) { revoked = d.revoked })
	return revoked
}

// noteRefresh notes that a credential has been refreshed.
func (m *applySession) noteRefresh(of target) {
	m.with(of, func(d *credentialActivity) { d.refreshed = true })
}

// planning tells whether this process makes a plan for a person to read:
// refreshes come before that. An apply plans each update once more, in a
// process of its own that refreshes nothing. A plan without a refresh cannot be
// told from that, and is taken for one.
func (m *applySession) planning(of target) (planning bool) {
	m.with(of, func(d *credentialActivity) { planning = d.refreshed })
	return planning
}
