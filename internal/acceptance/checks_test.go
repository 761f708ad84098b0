package acceptance

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

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

// kept checks that the stored password is the last one that was seen, and that
// there have been so many resets in all.
func (h *history) kept(resets int) stateCheck {
	return func(ctx context.Context, values map[string]any) error {
		password, _ := values["password"].(string)
		version, err := number(values["password_version"])
		switch last := len(h.passwords) - 1; {
		case err != nil:
			return err
		case password != h.passwords[last] || version != h.versions[last]:
			return fmt.Errorf("the stored password or its version has changed")
		case !h.service.mailServerTakes(ctx, password):
			return fmt.Errorf("the mail server refuses the stored password")
		case h.service.resets() != resets:
			return fmt.Errorf("%d resets were asked for, want %d: %s", h.service.resets(), resets, h.service.kinds())
		}
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

// plansRotation is what every plan of a rotation in place shows: the password
// and what belongs to it unknown, the rest known, and the dependent planned
// along with it.
func plansRotation() []plancheck.PlanCheck {
	checks := []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(passwordAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectResourceAction(dependentAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectUnknownValue(dependentAddress, tfjsonpath.New("output")),
		plancheck.ExpectSensitiveValue(passwordAddress, tfjsonpath.New("password")),
	}
	for _, attribute := range []string{"password", "password_version", "strength", "remote_sync", "modified_at", "rotated_at"} {
		checks = append(checks, plancheck.ExpectUnknownValue(passwordAddress, tfjsonpath.New(attribute)))
	}
	return append(checks, knownInPlan("id", "username", "login", "created_at"))
}

// plansSettings is what a plan shows that changes settings alone: the
// dependent is not touched and nothing becomes unknown.
func plansSettings() []plancheck.PlanCheck {
	return []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(passwordAddress, plancheck.ResourceActionUpdate),
		plancheck.ExpectResourceAction(dependentAddress, plancheck.ResourceActionNoop),
		knownInPlan("password", "password_version", "rotation_reason", "strength", "remote_sync", "modified_at", "rotated_at",
			"id", "username", "login", "created_at"),
	}
}

// knownInPlan checks that attributes are planned as what they are.
func knownInPlan(attributes ...string) plancheck.PlanCheck { return known(attributes) }

type known []string

// CheckPlan finds the resource and looks for what it shows as unknown.
func (attributes known) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, resource := range req.Plan.ResourceChanges {
		if resource.Address != passwordAddress {
			continue
		}
		for _, attribute := range attributes {
			if unknown(resource.Change, attribute) {
				resp.Error = fmt.Errorf("%s is unknown in the plan", attribute)
			}
		}
		return
	}
	resp.Error = fmt.Errorf("%s is not in the plan", passwordAddress)
}
