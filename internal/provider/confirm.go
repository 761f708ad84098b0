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

// confirmed is a reset after it was asked whether its password still holds.
type confirmed struct {
	reset *kirim.Reset
	// mayBeOvertaken tells that an earlier call may still end the password.
	mayBeOvertaken bool
	// unfinished is why the password, which has most likely ended, could not be
	// replaced; nil where there was no need, or no use.
	unfinished error
	// warnings are for after the state is set.
	warnings diag.Diagnostics
}

// confirm follows up a reset some attempts of which may still have been running
// when the last one was answered: whichever of them lands later ends the
// password. Where the credential shows that one has, the password is reset once
// more, at most as often as there are such attempts. What lands later still, the
// refreshes to come have to find.
//
// It has no error of its own: the last password that was answered is what there
// is to store, whatever comes after it. A reset that left no attempt behind is
// given back at once, without a request.
func (d *providerData) confirm(ctx context.Context, of target, reset *kirim.Reset) confirmed {
	c := confirmed{reset: reset, mayBeOvertaken: reset.MayStillRun > 0}
	for left := reset.MayStillRun; c.mayBeOvertaken; left-- {
		overtaken, err := d.overtaken(ctx, of, c.reset)
		switch {
		case err != nil:
			addUnconfirmed(&c.warnings, of, err)
			return c
		case !overtaken:
			return c
		case left <= 0:
			addStillOvertaken(&c.warnings, of)
			return c
		}
		again, err := d.client.ResetPassword(ctx, of.domain, of.guid)
		if err != nil {
			c.unfinished = err
			return c
		}
		left += again.MayStillRun
		c.reset = again
	}
	return c
}

// overtaken asks whether the password of a reset was ended by an earlier call.
func (d *providerData) overtaken(ctx context.Context, of target, reset *kirim.Reset) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, confirmPatience)
	defer cancel()
	credential, err := d.client.GetCredential(ctx, of.domain, of.guid)
	switch {
	case err != nil:
		return false, err
	case credential.LastPasswordChanged.IsZero():
		return false, errNoChangeTime
	}
	return madeAtTheEarliest(reset).Overtaken(seen(*credential)), nil
}

// madeAtTheEarliest is when a reset acted, at the earliest: for finding what
// came after it. Where its answer says when the password changed, which it need
// not, nothing is better.
func madeAtTheEarliest(reset *kirim.Reset) rotation.Made {
	if changed := reset.Credential.LastPasswordChanged; !changed.IsZero() {
		return rotation.Made{At: changed}
	}
	made := rotation.Made{Modified: reset.Credential.ModifiedAt, At: reset.Credential.AsOf}
	if !made.At.IsZero() {
		made.At = made.At.Add(-reset.Took.Truncate(time.Second)) // it is of whole seconds itself
	}
	return made
}
