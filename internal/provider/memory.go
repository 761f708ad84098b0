package provider

import (
	"crypto/sha256"
	"sync"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// memory is what this process has done since it was configured, which is one
// plan or one apply. It knows what Terraform does not tell.
type memory struct {
	mu        sync.Mutex
	forgotten int64
	reset     map[string][sha256.Size]byte
	refreshed map[string]bool
}

func newMemory() *memory {
	return &memory{reset: map[string][sha256.Size]byte{}, refreshed: map[string]bool{}}
}

// forget notes the version of a password that leaves the state. A replacement
// is destroyed and created by one process, and the creation is told nothing of
// its predecessor, not even which credential it was; without this its version
// could be the same within one second.
func (m *memory) forget(version int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgotten = max(m.forgotten, version)
}

// nextVersion is the version of a password that comes now (Unix seconds).
// before is that of the one which it replaces, 0 in a creation.
func (m *memory) nextVersion(before, now int64) int64 {
	if before == 0 {
		m.mu.Lock()
		defer m.mu.Unlock()
		before = m.forgotten
	}
	return rotation.NextVersion(before, now)
}

// noteReset notes what a credential's password is now.
func (m *memory) noteReset(of target, password string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reset[of.id()] = sha256.Sum256([]byte(password))
}

// superseded tells whether this process has given a credential another password
// than that one. Their versions do not tell: with create_before_destroy, two
// of the same second have the same.
func (m *memory) superseded(of target, password string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, has := m.reset[of.id()]
	return has && last != sha256.Sum256([]byte(password))
}

// noteRefresh notes that a credential has been refreshed.
func (m *memory) noteRefresh(of target) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refreshed[of.id()] = true
}

// planning tells whether this process makes a plan for a person to read:
// refreshes come before that. An apply plans each update once more, in a
// process of its own that refreshes nothing. A plan without a refresh cannot be
// told from that, and is taken for one.
func (m *memory) planning(of target) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refreshed[of.id()]
}
