package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// stringCheck is a validator made of a function that says what is wrong with a
// value. good is an example of one that is right, or a sentence about it.
type stringCheck struct {
	what  string
	good  string
	check func(string) error
	// secret keeps the error from pointing at the argument: the CLI would print
	// that line of the configuration.
	secret bool
}

var _ validator.String = stringCheck{}

func (v stringCheck) Description(context.Context) string { return "must be " + v.what }

func (v stringCheck) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v stringCheck) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueString()
	err := v.check(value)
	if err == nil {
		return
	}
	summary, detail := invalid(req.Path, v.what, err.Error(), v.good)
	if !v.secret { // existing_password says so itself, certificates may end in white space
		detail += fromFile(value, err, v.check)
	}
	if v.secret {
		resp.Diagnostics.AddError(summary, detail)
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
}

// fromFile is what to do about white space around a value, where that is the
// trouble or part of it.
func fromFile(value string, err error, check func(string) error) string {
	trimmed := strings.TrimSpace(value)
	if trimmed == "" || trimmed == value {
		return ""
	}
	if other := check(trimmed); other != nil && other.Error() == err.Error() {
		return ""
	}
	return " Where it comes from a file, wrap it in trimspace()."
}

// invalid words what is wrong with an argument's value. good is a whole
// sentence.
func invalid(argument path.Path, what, why, good string) (summary, detail string) {
	return fmt.Sprintf(summaryInvalid, argument), paragraphs(
		fmt.Sprintf("The value of %s must be %s, but %s.", argument, what, why), nothingAsked, good)
}

func domainName() validator.String {
	return stringCheck{
		what: "a domain name",
		good: "A good value looks like \"example.com\".",
		check: func(s string) error {
			_, err := kirim.NormalizeDomain(s)
			return err
		},
	}
}

func credentialGUID() validator.String {
	return stringCheck{
		what: "a credential's GUID",
		good: "A good value looks like \"6f9619ff-8b86-4011-b42d-00c04fc964ff\"; the API calls it user_smtp_guid.",
		check: func(s string) error {
			_, err := kirim.NormalizeGUID(s)
			return err
		},
	}
}

func positiveDuration() validator.String {
	return stringCheck{
		what: "a duration longer than zero",
		good: "A good value looks like \"90s\", \"5m\" or \"1h30m\".",
		check: func(s string) error {
			_, err := rotation.ParseTimeout(s)
			return err
		},
	}
}

func rotationPeriod() validator.String {
	return stringCheck{
		what: "a duration of at least one second",
		good: "A good value looks like \"720h\" or \"90m\".",
		check: func(s string) error {
			_, err := rotation.ParsePeriod(s)
			return err
		},
	}
}

func rotationSchedule() validator.String {
	return stringCheck{
		what: "a five-field cron schedule",
		good: "A good value looks like \"0 3 1 * *\" (minute, hour, day of month, month, day of week) or \"@monthly\".",
		check: func(s string) error {
			// Whether it ever comes does not depend on the time zone.
			_, err := rotation.ParseSchedule(s, time.UTC)
			return err
		},
	}
}

func rotationTimezone() validator.String {
	return stringCheck{
		what: "the IANA name of a time zone",
		good: "A good value looks like \"Asia/Jakarta\" or \"UTC\".",
		check: func(s string) error {
			_, err := rotation.ParseTimezone(s)
			return err
		},
	}
}

func existingPassword() validator.String {
	return stringCheck{
		what:   "the credential's password as the mail server takes it",
		good:   "Where it comes from a file, wrap it in trimspace(); to have a new password made instead, leave the argument out.",
		check:  kirim.CheckPassword,
		secret: true,
	}
}

// oneTiming says in words of ours, which name both arguments and what to do,
// what the validator within it finds.
type oneTiming struct{ validator.String }

func (v oneTiming) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	var found validator.StringResponse
	v.String.ValidateString(ctx, req, &found)
	if !found.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, summaryTwoTimes, paragraphs(
		"rotation_period and rotation_schedule are both set, and one excludes the other.", nothingAsked,
		"Keep rotation_period where the password is to be of an age (\"720h\"), rotation_schedule where it is to change at certain moments "+
			"(\"0 3 1 * *\"), and leave the other out."))
}
