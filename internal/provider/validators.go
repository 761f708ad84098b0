package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
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
	err := v.check(req.ConfigValue.ValueString())
	if err == nil {
		return
	}
	summary := fmt.Sprintf("Invalid %s", req.Path)
	detail := fmt.Sprintf("The value of %s must be %s, but %s. %s", req.Path, v.what, err, v.good)
	if v.secret {
		resp.Diagnostics.AddError(summary, detail)
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, summary, detail)
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
			if d, err := time.ParseDuration(s); err != nil || d <= 0 {
				return fmt.Errorf("%q is not", s)
			}
			return nil
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

func mailHost() validator.String {
	return stringCheck{
		what:  "a host name or an IP address",
		good:  "A good value looks like \"smtp.example.com\".",
		check: mailcheck.CheckHost,
	}
}

func loginName() validator.String {
	return stringCheck{
		what: "what the mail server takes as user name",
		good: "A good value looks like \"mailer@example.com\"; without the argument it is login.",
		check: func(s string) error {
			if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
				return errors.New("it is empty, or has a line break or another control character in it")
			}
			return nil
		},
	}
}

func caCertificate() validator.String {
	return stringCheck{
		what:  "certificates in PEM",
		good:  "A good value is the content of a file that has -----BEGIN CERTIFICATE----- in it, for instance file(\"ca.pem\").",
		check: mailcheck.CheckCACertificate,
	}
}
