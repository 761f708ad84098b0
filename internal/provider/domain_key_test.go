package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// TestWhatNeedsTheAccountRefusesADomainsKey configures a resource and a data source for each
// noun. A plan does so too.
func TestWhatNeedsTheAccountRefusesADomainsKey(t *testing.T) {
	t.Parallel()
	for noun, refuses := range map[string]bool{
		kirim.NounCredential: false, kirim.NounDomain: true, "webhook": true, "": true,
	} {
		for name, data := range map[string]any{
			"a domain's key": &providerData{domainKey: true}, "the account": &providerData{}, "nothing yet": nil,
		} {
			var ofResource resource.ConfigureResponse
			r := resourceBase{name: "thing", noun: noun}
			r.Configure(t.Context(), resource.ConfigureRequest{ProviderData: data}, &ofResource)
			var ofData datasource.ConfigureResponse
			d := dataSourceBase{name: "things", noun: noun}
			d.Configure(t.Context(), datasource.ConfigureRequest{ProviderData: data}, &ofData)
			for thing, diags := range map[string]diag.Diagnostics{
				"smtp_thing": ofResource.Diagnostics, "smtp_things": ofData.Diagnostics,
			} {
				if want := refuses && name == "a domain's key"; diags.HasError() != want {
					t.Errorf("%q with %s: %v", noun, name, diags)
				}
				for _, d := range diags {
					text := d.Detail()
					if !strings.HasPrefix(text, thing+" needs the account: ") {
						t.Errorf("%q with %s: %s", noun, name, text)
					}
				}
			}
		}
	}
}
