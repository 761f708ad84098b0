package provider

import (
	"sync"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// versions remembers the largest password_version that this process has
// forgotten. A replacement is destroyed and created by one process, and the
// creation is told nothing of its predecessor, not even which credential it
// was; without this memory its version could be the same within one second.
type versions struct {
	mu        sync.Mutex
	forgotten int64
}

// forget notes the version of a password that leaves the state.
func (v *versions) forget(version int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.forgotten = max(v.forgotten, version)
}

// next is the version of a rotation now (Unix seconds). before is that of the
// password which it replaces, 0 in a creation.
func (v *versions) next(before, now int64) int64 {
	if before == 0 {
		v.mu.Lock()
		defer v.mu.Unlock()
		before = v.forgotten
	}
	return rotation.NextVersion(before, now)
}
