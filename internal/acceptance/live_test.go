package acceptance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// liveAccount is the account that the tests against the live API may use. They
// rotate the credential's password.
type liveAccount struct{ baseURL, username, token, domain, guid string }

func liveAccountFromEnvironment() liveAccount {
	return liveAccount{
		baseURL:  os.Getenv("KIRIMEMAIL_BASE_URL"),
		username: os.Getenv("KIRIMEMAIL_USERNAME"),
		token:    os.Getenv("KIRIMEMAIL_TOKEN"),
		domain:   os.Getenv("KIRIMEMAIL_TEST_DOMAIN"),
		guid:     os.Getenv("KIRIMEMAIL_TEST_CREDENTIAL_GUID"),
	}
}

func (a liveAccount) configuration(t *testing.T, trigger string) string {
	t.Helper()
	missing := []string{}
	for name, value := range map[string]string{
		"KIRIMEMAIL_USERNAME": a.username, "KIRIMEMAIL_TOKEN": a.token,
		"KIRIMEMAIL_TEST_DOMAIN": a.domain, "KIRIMEMAIL_TEST_CREDENTIAL_GUID": a.guid,
	} {
		if value == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		t.Skipf("the live API is not asked: %s not set", strings.Join(missing, ", "))
	}
	baseURL := ""
	if a.baseURL != "" {
		baseURL = fmt.Sprintf("base_url = %q", a.baseURL)
	}
	return fmt.Sprintf(`
provider "smtp" {
  username = %q
  token    = %q
  %s
}

resource "smtp_credential_password" "this" {
  domain            = %q
  credential_guid   = %q
  rotation_triggers = { test = %q }
}
`, a.username, a.token, baseURL, a.domain, a.guid, trigger)
}

func TestLiveRotation(t *testing.T) {
	t.Parallel()
	resource.Test(t, resource.TestCase{
		IsUnitTest:               true,
		ProtoV6ProviderFactories: providerFactories(),
		Steps: []resource.TestStep{
			{
				Config: live.configuration(t, "one"),
				Check:  resource.TestCheckResourceAttrSet(passwordAddress, "password"),
			},
			{
				Config: live.configuration(t, "two"),
				Check:  resource.TestCheckResourceAttr(passwordAddress, "rotation_reason", "rotation_triggers: test"),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(passwordAddress, plancheck.ResourceActionUpdate)},
				},
			},
		},
	})
}
