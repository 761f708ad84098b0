package password

import (
	"context"
	"errors"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// confirmTimeout is for asking whether an earlier request completed after the one
// that was answered. A password has come; it must not wait for long.
const confirmTimeout = 30 * time.Second

// errNoChangeTime is for an API that does not say when passwords change, or when this
// one was made.
var errNoChangeTime = errors.New("the API does not say when the password was changed")

// confirm follows up a reset if some of its attempts may still have been running
// when the last one was answered: the one that completes last ends all other
// passwords. If the credential shows that this has happened, the password is reset
// once more, at most as often as there are such attempts. What completes later
// still is found by the refreshes to come.
//
// It gives the last reset that was answered, and has no error of its own: that password
// is stored, whatever comes after it. A reset that left no attempt behind costs no
// request. result gets what may still end the password, and the warnings.
func (s *Session) confirm(ctx context.Context, ref kirim.Ref, reset *kirim.Reset, result *resetResult) *kirim.Reset {
	p := &result.private
	result.operation.attempts = reset.Attempts
	p.InFlight = inFlightAfter(earliestChange(reset), reset.MayStillRun)
	if reset.MayStillRun == 0 {
		return reset
	}
	for left := reset.MayStillRun; ; left-- {
		known := kirim.Urgent(kirim.WithPasswords(ctx, reset.Password))
		asked, cancel := context.WithTimeout(known, confirmTimeout) // the queue for the rate limit included
		credential, err := s.Client.GetCredential(asked, ref.Domain, ref.GUID)
		cancel()
		if err == nil && (credential.LastPasswordChanged.IsZero() || p.InFlight.When().IsZero()) {
			err = errNoChangeTime
		}
		if err != nil {
			diagnostics.Unconfirmed.Warn(&result.warnings, ref, "an earlier attempt at this rotation was lost, and "+
				"may have taken effect after the one that was answered. The provider could not find out: %s",
				diagnostics.Explain(err))
			return reset
		}
		// Without the time of the answer, so that a change time ahead of it counts, too:
		// nobody has this password yet, and another reset harms nobody.
		now := rotation.Observed{PasswordChanged: credential.LastPasswordChanged, Modified: credential.ModifiedAt}
		// At least one: what completed may have been somebody else's.
		p.InFlight = inFlightAfter(p.InFlight.Against(now), max(left, 1))
		p.InFlight.look(now)
		if !p.InFlight.completedLate() {
			return reset
		}
		if left <= 0 {
			diagnostics.MaybeEnded.Warn(&result.warnings, ref, "earlier attempts at this rotation were lost, and "+
				"some seemed to take effect after the one that was answered. The password was reset once more for "+
				"each, and the API still tells of a later change.")
			// A refresh looks for later times alone: with the same times again it would
			// rotate for ever.
			p.InFlight = inFlightAfter(rotation.ChangeTime{At: now.PasswordChanged}, 1)
			return reset
		}
		again, err := s.Client.ResetPassword(known, ref.Domain, ref.GUID)
		if err != nil {
			result.unfinished = err
			p.Unfinished, p.RunsUntil = true, s.Now().Add(rotation.LateResetWindow)
			return reset
		}
		result.operation.attempts += again.Attempts
		left += again.MayStillRun
		reset = again
		p.InFlight = inFlightAfter(earliestChange(again), max(left, 1))
	}
}

// earliestChange is when a reset acted, at the earliest: for finding what came after
// it. If its answer says when the password changed, which it need not, nothing is
// better.
func earliestChange(reset *kirim.Reset) rotation.ChangeTime {
	if changed := reset.Credential.LastPasswordChanged; !changed.IsZero() {
		return rotation.ChangeTime{At: changed}
	}
	made := rotation.ChangeTime{Modified: reset.Credential.ModifiedAt, At: reset.Credential.AsOf}
	if !made.At.IsZero() {
		made.At = made.At.Add(-reset.Took.Truncate(time.Second)) // it is of whole seconds itself
	}
	return made
}
