package provider

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// logConfigured tells at the beginning what a supporter asks first. Of a setting
// it tells where it comes from, and not what it is; of the base URL the host.
func (p *smtpProvider) logConfigured(ctx context.Context, config providerModel, values settings, terraform string) {
	fields := map[string]any{
		"version": p.version, "terraform_version": terraform,
		"base_url_from": settingBaseURL.source(config.BaseURL),
		"username_from": settingUsername.source(config.Username),
		"token_from":    settingToken.source(config.Token),
	}
	if base, err := url.Parse(values.baseURL); err == nil && base.Host != "" {
		fields["host"] = base.Host
	}
	tflog.Info(ctx, "provider configured", fields)
}

// operation is what is done to the password of a credential. It is told by one line
// at INFO, once it has ended: whoever looks for what became of a password finds
// that by the credential's GUID, and nothing else in between.
type operation struct {
	what   string
	of     target
	reason string // the rotation_reason; empty where there is none
	began  time.Time
	// resets and attempts count what was asked of the API to do it.
	resets, attempts int
}

const (
	doesRotate = "rotation"
	doesAdopt  = "adoption"
	doesRevoke = "revocation"
)

// logEnd tells what a deed has come to: what there is to say of it beside the
// outcome is in more.
func (d *providerData) logEnd(ctx context.Context, what operation, outcome string, more map[string]any) {
	fields := map[string]any{"outcome": outcome, "duration_ms": d.now().Sub(what.began).Milliseconds()}
	if what.reason != "" {
		fields["rotation_reason"] = what.reason
	}
	if what.attempts > 0 {
		fields["attempts"] = what.attempts
	}
	if what.resets > 1 {
		fields["resets"] = what.resets
	}
	d.log(ctx, tflog.Info, what.what+" ended", what.of, fields, more)
}

// logFailed tells that a deed has failed, and whether the password may have
// ended all the same.
func (d *providerData) logFailed(ctx context.Context, what operation, err error) {
	what.attempts += attemptsOf(err)
	d.logEnd(ctx, what, "failed", failureFields(err))
}

// failureFields are what there is to say of an error.
func failureFields(err error) map[string]any {
	fields := map[string]any{"because": err.Error(), "may_have_acted": mayHaveActed(err)}
	if e, ok := errors.AsType[*kirim.Error](err); ok {
		fields["kind"] = e.Kind.String()
		if e.Status != 0 {
			fields["status"] = e.Status
		}
	}
	return fields
}

// logDecision tells what a plan does to a password, and why. An apply plans each
// change once more, and tells it again.
func (d *providerData) logDecision(ctx context.Context, of target, verdict, reason string) {
	fields := map[string]any{"verdict": verdict}
	if reason != "" {
		fields["rotation_reason"] = reason
	}
	d.log(ctx, tflog.Debug, "planned", of, fields)
}

// verdictReplace is a decision that is Terraform's: another credential is named.
const verdictReplace = "replace"

// rawTarget takes the credential out of a state that is not decoded otherwise:
// where nothing has changed, that would cost more than all else of the plan.
func rawTarget(state tftypes.Value) (of target) {
	var attributes map[string]tftypes.Value
	if state.As(&attributes) != nil {
		return target{}
	}
	for name, into := range map[string]*string{"domain": &of.domain, "credential_guid": &of.guid} {
		if attributes[name].IsKnown() {
			_ = attributes[name].As(into) // what is no text is told as none
		}
	}
	return of
}

// log writes a line about a credential under the provider's own name.
func (d *providerData) log(
	ctx context.Context, write func(context.Context, string, ...map[string]any), message string, of target, fields ...map[string]any,
) {
	about := map[string]any{}
	for _, attr := range of.logAttrs() {
		about[attr.Key] = attr.Value.Any()
	}
	ctx = tflog.MaskMessageStrings(tflog.MaskAllFieldValuesStrings(ctx, d.secrets...), d.secrets...)
	write(ctx, message, append(fields, about)...)
}

// logSettled tells that a password is in the state, or could not be put there.
func (d *providerData) logSettled(ctx context.Context, came *resetResult, lost bool) {
	switch {
	case lost:
		d.logEnd(ctx, came.deed, "not stored", nil)
	case came.unfinished != nil:
		// An attempt that was given up has landed later, and ended it.
		d.logEnd(ctx, came.deed, "overtaken", failureFields(came.unfinished))
	default:
		// As text: the CLI would print so large a number as 1.7e+09.
		d.logEnd(ctx, came.deed, "stored", map[string]any{"password_version": strconv.FormatInt(came.notes.PasswordVersion, 10)})
	}
}
