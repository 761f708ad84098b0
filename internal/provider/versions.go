package provider

import (
	"sync"

	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// versions remembers the largest password_version of each credential that this
// process has met. A replacement is destroyed and created by one process, and
// the creation is told nothing of its predecessor; without this memory its
// version could be the same within one second.
type versions struct {
	mu     sync.Mutex
	newest map[string]int64
}

func newVersions() *versions { return &versions{newest: map[string]int64{}} }

// saw notes a version of the credential with this id.
func (v *versions) saw(id string, version int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.newest[id] = max(v.newest[id], version)
}

// next is the version of a rotation now (Unix seconds), given the one before.
func (v *versions) next(id string, before, now int64) int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	version := rotation.NextVersion(max(before, v.newest[id]), now)
	v.newest[id] = version
	return version
}
