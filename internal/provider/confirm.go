package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// confirmPatience is for asking whether an earlier call has landed after the one
// that was answered. A password has come; it must not wait for long.
const confirmPatience = 30 * time.Second

// confirmation is a reset after it was asked whether its password still holds.
type confirmation struct {
	reset *kirim.Reset
	// resets counts how often it was reset, and attempts the requests for that.
	resets, attempts int
	// late is what may still end the password.
	late inFlight
	// unfinished is why the password, which has most likely ended, could not be
	// replaced, and runsUntil is until when that reset may act yet; nil where
	// there was no need, or no use.
	unfinished error
	runsUntil  time.Time
	// warnings are for after the state is set.
	warnings diag.Diagnostics
}

// confirm follows up a reset some attempts of which may still have been running
// when the last one was answered: whichever of them lands later ends the
// password. Where the credential shows that one has, the password is reset once
// more, at most as often as there are such attempts. What lands later still, the
// refreshes to come have to find.
//
// checked tells that its login will be.
//
// It has no error of its own: the last password that was answered is what there
// is to store, whatever comes after it. A reset that left no attempt behind is
// given back at once, without a request.
func (d *providerData) confirm(ctx context.Context, of target, reset *kirim.Reset, checked bool) confirmation {
	c := confirmation{
		reset: reset, resets: 1, attempts: reset.Attempts,
		late: inFlightAfter(madeAtTheEarliest(reset), reset.MayStillRun),
	}
	if reset.MayStillRun == 0 {
		return c
	}
	for left := reset.MayStillRun; ; left-- {
		known := kirim.Urgent(kirim.WithPasswords(ctx, c.reset.Password))
		now, err := d.lookAgain(known, of)
		if err == nil && c.late.made().When().IsZero() {
			err = errNoServerTime
		}
		if err != nil {
			addUnconfirmed(&c.warnings, of, err, checked)
			return c
		}
		made := c.late.made().Against(now)
		// One at least: what was seen to land may have been somebody else's.
		c.late = inFlightAfter(made, max(left, 1))
		c.late.look(now)
		if !c.late.completedLate() {
			return c
		}
		if left <= 0 {
			addStillOvertaken(&c.warnings, of)
			// Only what comes later than this is found by a refresh: the same times
			// again would have it rotated for ever.
			c.late = inFlightAfter(rotation.ChangeTime{At: now.PasswordChanged}, 1)
			return c
		}
		again, err := d.client.ResetPassword(known, of.domain, of.guid)
		c.resets++
		if err != nil {
			c.attempts += attemptsOf(err)
			c.unfinished, c.runsUntil = err, d.now().Add(rotation.LateResetWindow)
			return c
		}
		c.attempts += again.Attempts
		left += again.MayStillRun
		c.reset, c.late = again, inFlightAfter(madeAtTheEarliest(again), max(left, 1))
	}
}

// lookAgain asks when the password was changed.
func (d *providerData) lookAgain(ctx context.Context, of target) (rotation.Observed, error) {
	ctx, cancel := context.WithTimeout(ctx, confirmPatience) // the queue for the rate limit included
	defer cancel()
	credential, err := d.client.GetCredential(ctx, of.domain, of.guid)
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

// madeAtTheEarliest is when a reset acted, at the earliest: for finding what
// came after it. Where its answer says when the password changed, which it need
// not, nothing is better.
func madeAtTheEarliest(reset *kirim.Reset) rotation.ChangeTime {
	if changed := reset.Credential.LastPasswordChanged; !changed.IsZero() {
		return rotation.ChangeTime{At: changed}
	}
	made := rotation.ChangeTime{Modified: reset.Credential.ModifiedAt, At: reset.Credential.AsOf}
	if !made.At.IsZero() {
		made.At = made.At.Add(-reset.Took.Truncate(time.Second)) // it is of whole seconds itself
	}
	return made
}
