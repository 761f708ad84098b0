package password

import (
	"context"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
)

// operation is what is done to the password of a credential. It is logged by one
// line at INFO, once it has ended: whoever looks for what became of a password finds
// that by the credential's GUID, and nothing else in between.
type operation struct {
	what   string
	ref    kirim.Ref
	reason string // the rotation_reason; empty if there is none
	began  time.Time
	// resets and attempts count what was asked of the API to do it.
	resets, attempts int
}

const (
	rotates = "rotation"
	adopts  = "adoption"
	revokes = "revocation"
)

// logEnd tells what an operation has come to. more is what there is to say of it
// beside the outcome.
func (s *Session) logEnd(ctx context.Context, op operation, outcome string, more map[string]any) {
	fields := map[string]any{"outcome": outcome, "duration_ms": s.Now().Sub(op.began).Milliseconds()}
	if op.reason != "" {
		fields["rotation_reason"] = op.reason
	}
	if op.attempts > 0 {
		fields["attempts"] = op.attempts
	}
	if op.resets > 1 {
		fields["resets"] = op.resets
	}
	s.log(ctx, tflog.Info, op.what+" ended", op.ref, fields, more)
}

// logFailed tells that an operation has failed, and whether the password may have
// ended all the same.
func (s *Session) logFailed(ctx context.Context, op operation, err error) {
	op.attempts += kirim.Details(err).Attempts
	s.logEnd(ctx, op, "failed", failureFields(err))
}

// logSaved tells that a password is in the state, or could not be put there.
func (s *Session) logSaved(ctx context.Context, result *resetResult, lost bool) {
	switch {
	case lost:
		s.logEnd(ctx, result.operation, "not stored", nil)
	case result.unfinished != nil:
		// An attempt that was given up has completed later, and ended it.
		s.logEnd(ctx, result.operation, "overtaken", failureFields(result.unfinished))
	default:
		// As text: the CLI would print so large a number as 1.7e+09.
		version := strconv.FormatInt(result.private.PasswordVersion, 10)
		s.logEnd(ctx, result.operation, "stored", map[string]any{"password_version": version})
	}
}

// failureFields are what there is to say of an error.
func failureFields(err error) map[string]any {
	e := kirim.Details(err)
	fields := map[string]any{"because": err.Error(), "may_have_acted": e.MayHaveActed}
	if e.Kind != "" {
		fields["kind"] = string(e.Kind)
	}
	if e.Status != 0 {
		fields["status"] = e.Status
	}
	return fields
}

// logDecision tells what a plan does to a password, and why. An apply plans each
// change once more, and tells it again.
func (s *Session) logDecision(ctx context.Context, ref kirim.Ref, action, reason string) {
	fields := map[string]any{"verdict": action}
	if reason != "" {
		fields["rotation_reason"] = reason
	}
	s.log(ctx, tflog.Debug, "planned", ref, fields)
}

// log writes a line about a credential under the provider's own name.
func (s *Session) log(
	ctx context.Context, write func(context.Context, string, ...map[string]any), message string, ref kirim.Ref,
	fields ...map[string]any,
) {
	ctx = tflog.MaskMessageStrings(tflog.MaskAllFieldValuesStrings(ctx, s.Secrets...), s.Secrets...)
	write(ctx, message, append(fields, logging.Fields(ref))...)
}
