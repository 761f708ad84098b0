package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// stringCheck is a validator made of a function that says what is wrong with a
// value. good is an example of one that is right, or a sentence about it.
type stringCheck struct {
	what  string
	good  string
	check func(string) error
}

var _ validator.String = stringCheck{}

func (v stringCheck) Description(context.Context) string { return "must be " + v.what }

func (v stringCheck) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v stringCheck) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("Invalid %s", req.Path), fmt.Sprintf(
			"The value of %s must be %s, but %s. %s", req.Path, v.what, err, v.good))
	}
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
