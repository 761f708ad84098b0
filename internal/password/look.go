package password

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// lookTimeout is for one look, the queue for the API's rate limit included: a plan does
// not wait for an API that it does not need.
const lookTimeout = 5 * time.Second

// look says, in the plan of a creation, whose password the creation ends: the commonest
// mistake is the wrong GUID, and a resource that was renamed is created anew. It fails no
// plan and makes nothing known, or the apply could contradict the plan if the API comes
// or goes in between. An apply plans a creation once more, so that what is said must be
// true after it, too. replaced is the password of the resource that is replaced, if that
// is known.
//
// If the API cannot be asked, the looks after it would wait in vain, too. They are left
// out, and the first one that fails says so.
//
// Of a pair, the first credential is reset. The other one is looked at to see that it is
// there.
func (l *Lifecycle) look(
	ctx context.Context, plan instance, existing, replaced types.String, diags *diag.Diagnostics,
) {
	for i, ref := range plan.refs() {
		l.lookAt(ctx, plan, ref, i == 0, existing, replaced, diags)
	}
}

func (l *Lifecycle) lookAt(
	ctx context.Context, plan instance, ref kirim.Ref, isReset bool, existing, replaced types.String,
	diags *diag.Diagnostics,
) {
	if l.Client == nil || l.apiFailed.Load() || plan.ResourceID().IsUnknown() ||
		l.has(gone, ref) || l.has(made, ref) || l.has(issued, ref) || l.has(revoked, ref) {
		return
	}
	ctx, cancel := context.WithTimeout(l.begin(ctx, defaultReadTimeout, existing, replaced), lookTimeout)
	defer cancel()
	ctx = kirim.WithPasswords(ctx, l.passwords()...)
	credential, err := l.Client.PeekCredential(ctx, ref.Domain, ref.GUID)
	refusal := kirim.Details(err)
	// Any other failure is not about this credential alone.
	isOfOne := slices.Contains([]kirim.Kind{
		kirim.KindForbidden, kirim.KindNotFound, kirim.KindRejected, kirim.KindIncomplete,
	}, refusal.Kind)
	switch {
	case err != nil && !isOfOne && l.apiFailed.Swap(true): // another look has told it
	case refusal.Message != "" && slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	}, refusal.Status):
		refused := diagnostics.NoStandby
		if isReset {
			refused = diagnostics.Look.Means("The apply fails with this error.")
		}
		refused.WarnOf(diags, err, ref)
	case err != nil:
		others := "."
		if !isOfOne {
			others = ", and does not look at those after it."
		}
		diagnostics.Look.Means("The plan could not look at this credential%s A creation without existing_password "+
			"resets the password of its credential.", others).
			Advises("A plan that reaches the API says whose password that is.").
			Warn(diags, ref, "%s", diagnostics.Explain(err))
	default:
		if isReset && isSet(existing) == rotation.No {
			addLook(diags, ref, *credential)
		}
		if !l.has(refreshed, ref) { // else the refresh has told it
			addDeleted(diags, ref, *credential)
		}
	}
}

// addLook says whose password a creation ends.
func addLook(diags *diag.Diagnostics, ref kirim.Ref, credential kirim.Credential) {
	what, since := "its password", ""
	if login := credential.Login(ref.Normalized().Domain); login != "" {
		what = fmt.Sprintf("the password of login %.120q", login)
	}
	if changed := credential.LastPasswordChanged; !changed.IsZero() {
		since = " That password was last changed at " + timestamp(changed) + "."
	}
	diagnostics.Look.Warn(diags, ref, "the creation of this resource resets %s.%s", what, since)
}

// notePlanned notes that a resource of the configuration has its credentials, and warns of
// another one that has one of them, too: Terraform plans each resource once.
func (l *Lifecycle) notePlanned(planning instance, diags *diag.Diagnostics) {
	for _, ref := range planning.refs() {
		if !planning.ResourceID().IsUnknown() && l.note(planned, ref) {
			l.addTwice(diags, ref, "another resource of the configuration has it, too.")
		}
	}
}

// noteRefreshed notes the version of the password that a refresh finds in the state, and
// warns of another one. A plan that only refreshes knows of two resources by no other sign.
func (l *Lifecycle) noteRefreshed(ref kirim.Ref, version int64, diags *diag.Diagnostics) {
	if other, isOther := l.refresh(ref, version); isOther {
		l.addTwice(diags, ref, fmt.Sprintf("the state holds two passwords of it (password_version %d and %d).",
			other, version))
	}
}

// addTwice warns, once a process, that two resources have one credential.
func (l *Lifecycle) addTwice(diags *diag.Diagnostics, ref kirim.Ref, happened string) {
	if !l.note(toldTwice, ref) {
		diagnostics.Twice.Warn(diags, ref, "%s", happened)
	}
}

// addDeleted says that the API marks a credential as deleted, if it does.
func addDeleted(diags *diag.Diagnostics, ref kirim.Ref, credential kirim.Credential) {
	if credential.Deleted {
		diagnostics.Deleted.Warn(diags, ref, "the API marks it as deleted (is_deleted or deleted_at).")
	}
}
