package password

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

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
// true after it, too.
func (l *Lifecycle) look(ctx context.Context, plan instance, existing types.String, diags *diag.Diagnostics) {
	ref := plan.Ref()
	if plan.ResourceID().IsUnknown() {
		return
	}
	l.notePlanned(ref, diags)
	if l.Client == nil || l.apiFailed.Load() || l.has(gone, ref) || l.has(issued, ref) || l.has(revoked, ref) {
		return
	}
	ctx, cancel := context.WithTimeout(l.begin(ctx, lookTimeout, existing), lookTimeout)
	defer cancel()
	credential, err := l.Client.FindCredential(ctx, ref.Domain, ref.GUID)
	refusal := kirim.Details(err)
	isRefused := refusal.Message != "" && slices.Contains([]int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	}, refusal.Status)
	if err != nil && (!isRefused || refusal.Kind == kirim.KindUnauthorized) {
		l.apiFailed.Store(true) // the others would wait in vain, too
	}
	switch {
	case isRefused:
		diagnostics.Look.Means("A creation fails with this.").WarnOf(diags, err, ref)
		return
	case err != nil:
		l.log(ctx, tflog.Debug, "credential not looked at", ref, map[string]any{"because": err.Error()})
		return
	case isSet(existing) == rotation.No:
		what, since := "its password", ""
		if login := credential.Login(ref.Normalized().Domain); login != "" {
			what = fmt.Sprintf("the password of login %.120q", login)
		}
		if changed := credential.LastPasswordChanged; !changed.IsZero() {
			since = ", which was last changed at " + timestamp(changed)
		}
		diagnostics.Look.Warn(diags, ref, "the creation of a resource for it resets %s%s.", what, since)
	}
	addDeleted(diags, ref, *credential)
}

// notePlanned notes that a resource of the configuration has a credential, and warns of
// another one that has it, too: Terraform plans each resource once.
func (l *Lifecycle) notePlanned(ref kirim.Ref, diags *diag.Diagnostics) {
	if l.note(planned, ref) {
		diagnostics.Twice.Means("Each reset by one of them ends the password that the other one stores.").
			Warn(diags, ref, "two resources of the configuration have it.")
	}
}

// addDeleted says that the API marks a credential as deleted, if it does.
func addDeleted(diags *diag.Diagnostics, ref kirim.Ref, credential kirim.Credential) {
	if credential.Deleted {
		diagnostics.Deleted.Warn(diags, ref, "the API marks it as deleted (is_deleted).")
	}
}
