package acceptance

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
)

// providerFactories serve the provider from within the test, over the real
// protocol.
func providerFactories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"smtp": providerserver.NewProtocol6WithError(provider.New("test")()),
	}
}

// stateCheck is a check of the resource's stored attributes.
type stateCheck func(ctx context.Context, values map[string]any) error

var _ statecheck.StateCheck = stateCheck(nil)

// CheckState finds the resource and checks it.
func (check stateCheck) CheckState(ctx context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	for _, resource := range req.State.Values.RootModule.Resources {
		if resource.Address == passwordAddress {
			resp.Error = check(ctx, resource.AttributeValues)
			return
		}
	}
	resp.Error = fmt.Errorf("%s is not in the state", passwordAddress)
}

// history follows one credential's password through the steps of a test.
type history struct {
	service   service
	passwords []string
	versions  []float64
}

// rotated checks that a new password is stored, that the mail server takes it
// and no longer the one before, that the version has grown, and that there have
// been so many resets in all, and no other request that changes anything.
func (h *history) rotated(resets int) stateCheck {
	return func(ctx context.Context, values map[string]any) error {
		password, _ := values["password"].(string)
		version, err := number(values["password_version"])
		switch {
		case err != nil:
			return err
		case password == "" || slices.Contains(h.passwords, password):
			return fmt.Errorf("no new password is stored (%d before)", len(h.passwords))
		case !h.service.mailServerTakes(ctx, password):
			return fmt.Errorf("the mail server refuses the stored password")
		case len(h.passwords) > 0 && h.service.mailServerTakes(ctx, h.passwords[len(h.passwords)-1]):
			return fmt.Errorf("the mail server still takes the password before")
		case len(h.versions) > 0 && version <= h.versions[len(h.versions)-1]:
			return fmt.Errorf("password_version went from %v to %v", h.versions[len(h.versions)-1], version)
		case h.service.resets() != resets:
			return fmt.Errorf("%d resets were asked for, want %d: %s", h.service.resets(), resets, h.service.kinds())
		}
		h.passwords, h.versions = append(h.passwords, password), append(h.versions, version)
		return nil
	}
}

func number(value any) (float64, error) {
	var f float64
	if _, err := fmt.Sscan(fmt.Sprint(value), &f); err != nil {
		return 0, fmt.Errorf("%v is not a number", value)
	}
	return f, nil
}
