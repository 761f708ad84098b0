package password

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// confirmTimeout is for asking whether an earlier request completed after the one
// that was answered. A password has come; it must not wait for long.
const confirmTimeout = 30 * time.Second

// confirmation is a reset after it was asked whether its password still holds.
type confirmation struct {
	reset *kirim.Reset
	// resets counts how often it was reset, and attempts the requests for that.
	resets, attempts int
	// inFlight is what may still end the password.
	inFlight inFlight
	// unfinished is why the password, which has most likely ended, could not be
	// replaced; nil if no second reset was needed. runsUntil is until when that
	// reset may act yet.
	unfinished error
	runsUntil  time.Time
	// warnings are for after the state is set.
	warnings diag.Diagnostics
}

// confirm follows up a reset if some of its attempts may still have been running
// when the last one was answered: the one that completes last ends all other
// passwords. If the credential shows that this has happened, the password is reset
// once more, at most as often as there are such attempts. What completes later
// still is found by the refreshes to come.
//
// checked tells that a login check follows.
//
// It has no error of its own: the last password that was answered is stored,
// whatever comes after it. A reset that left no attempt behind costs no request.
func (s *Session) confirm(ctx context.Context, ref kirim.Ref, reset *kirim.Reset, checked bool) confirmation {
	c := confirmation{
		reset: reset, resets: 1, attempts: reset.Attempts,
		inFlight: inFlightAfter(earliestChange(reset), reset.MayStillRun),
	}
	if reset.MayStillRun == 0 {
		return c
	}
	for left := reset.MayStillRun; ; left-- {
		known := kirim.Urgent(kirim.WithPasswords(ctx, c.reset.Password))
		now, err := s.lookAgain(known, ref)
		if err == nil && c.inFlight.When().IsZero() {
			err = errNoServerTime
		}
		if err != nil {
			addUnconfirmed(&c.warnings, ref, err, checked)
			return c
		}
		made := c.inFlight.Against(now)
		// At least one: what completed may have been somebody else's.
		c.inFlight = inFlightAfter(made, max(left, 1))
		c.inFlight.look(now)
		if !c.inFlight.completedLate() {
			return c
		}
		if left <= 0 {
			diagnostics.MaybeEnded.Warn(&c.warnings, ref, "earlier attempts at this rotation were lost, and some "+
				"seemed to have taken effect after the one that was answered. The password was reset once more for "+
				"each, and the API still tells of a later change.")
			// A refresh looks for later times alone: with the same times again it would
			// rotate for ever.
			c.inFlight = inFlightAfter(rotation.ChangeTime{At: now.PasswordChanged}, 1)
			return c
		}
		again, err := s.Client.ResetPassword(known, ref.Domain, ref.GUID)
		c.resets++
		if err != nil {
			c.attempts += kirim.Details(err).Attempts
			c.unfinished, c.runsUntil = err, s.Now().Add(rotation.LateResetWindow)
			return c
		}
		c.attempts += again.Attempts
		left += again.MayStillRun
		c.reset, c.inFlight = again, inFlightAfter(earliestChange(again), max(left, 1))
	}
}

// lookAgain asks when the password was changed.
func (s *Session) lookAgain(ctx context.Context, ref kirim.Ref) (rotation.Observed, error) {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout) // the queue for the rate limit included
	defer cancel()
	credential, err := s.Client.GetCredential(ctx, ref.Domain, ref.GUID)
	switch {
	case err != nil:
		return rotation.Observed{}, err
	case credential.LastPasswordChanged.IsZero():
		return rotation.Observed{}, errNoChangeTime
	}
	// Without the time of the answer, so that a change time ahead of it counts, too:
	// nobody has this password yet, and another reset harms nobody.
	return rotation.Observed{PasswordChanged: credential.LastPasswordChanged, Modified: credential.ModifiedAt}, nil
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
