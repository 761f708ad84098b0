package server

import (
	"context"
	"os"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
)

func TestNoMoreIsLoggedThanIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		environment   map[string]string
		sdk, provider string // the level of each, empty for all
	}{
		"nothing is asked for":              {nil, "off", "off"},
		"the CLI's own alone":               {map[string]string{"TF_LOG_CORE": "TRACE"}, "off", "off"},
		"off":                               {map[string]string{"TF_LOG": "OFF"}, "off", "off"},
		"all but the providers'":            {map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "off"}, "off", "off"},
		"all":                               {map[string]string{"TF_LOG": "TRACE"}, "", ""},
		"as JSON":                           {map[string]string{"TF_LOG": "JSON"}, "", ""},
		"the providers'":                    {map[string]string{"TF_LOG_PROVIDER": "INFO"}, "info", "info"},
		"the providers' although none is":   {map[string]string{"TF_LOG": "off", "TF_LOG_PROVIDER": "INFO"}, "info", "info"},
		"less for the providers":            {map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "info"}, "info", "info"},
		"what is no level":                  {map[string]string{"TF_LOG": "1"}, "", ""},
		"the SDK's are somebody's business": {map[string]string{"TF_LOG_SDK": "WARN"}, "WARN", "off"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"TF_LOG", "TF_LOG_CORE", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_PROVIDER_SMTP"} {
				t.Setenv(variable, c.environment[variable])
			}
			if err := limitLogLevels(); err != nil {
				t.Fatal(err)
			}
			if sdk, provider := os.Getenv("TF_LOG_SDK"), os.Getenv("TF_LOG_PROVIDER_SMTP"); sdk != c.sdk || provider != c.provider {
				t.Errorf("got %q and %q, want %q and %q", sdk, provider, c.sdk, c.provider)
			}
		})
	}
}

// TestNoInterfaceIsHidden: terraform-plugin-go asks a server for optional interfaces. A framework that implements a new
// interface fails the comparison of methods. The interface then belongs into frameworkServer.
func TestNoInterfaceIsHidden(t *testing.T) {
	t.Parallel()
	p := provider.New("test")()
	ours, framework := reflect.TypeOf(New(p)), reflect.TypeOf(providerserver.NewProtocol6(p)())
	for method := range framework.Methods() {
		if _, has := ours.MethodByName(method.Name); !has {
			t.Errorf("the method %s is hidden", method.Name)
		}
	}
	for _, optional := range []reflect.Type{
		reflect.TypeFor[tfprotov6.ProviderServer](),
		reflect.TypeFor[tfprotov6.DataSourceServer](),
		reflect.TypeFor[tfprotov6.EphemeralResourceServer](),
		reflect.TypeFor[tfprotov6.FunctionServer](),
		reflect.TypeFor[tfprotov6.ResourceServer](),
		reflect.TypeFor[tfprotov6.ListResourceServer](),
		reflect.TypeFor[tfprotov6.ActionServer](),
		reflect.TypeFor[tfprotov6.StateStoreServer](),
	} {
		if !framework.Implements(optional) {
			t.Errorf("the framework has no %s any more", optional)
		}
		if !ours.Implements(optional) {
			t.Errorf("the interface %s is hidden", optional)
		}
	}
	if ours != reflect.TypeFor[contextReleaser]() {
		t.Errorf("%s is served", ours)
	}
}

type key struct{}

// TestACallsContextIsReleased: the framework keeps each call's context until the process ends.
func TestACallsContextIsReleased(t *testing.T) {
	t.Parallel()
	s := New(provider.New("test")())
	schemas, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	const name = "smtp_credential_password"
	object := schemas.ResourceSchemas[name].ValueType()
	nothing, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	if err != nil {
		t.Fatal(err)
	}
	state := &tfprotov6.RawState{JSON: []byte("{}")}
	for call, do := range map[string]func(context.Context) error{
		"ValidateResourceConfig": func(ctx context.Context) error {
			req := &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: &nothing}
			_, err := s.ValidateResourceConfig(ctx, req)
			return err
		},
		"UpgradeResourceState": func(ctx context.Context) error {
			req := &tfprotov6.UpgradeResourceStateRequest{TypeName: name, RawState: state}
			_, err := s.UpgradeResourceState(ctx, req)
			return err
		},
		"ReadResource": func(ctx context.Context) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: &nothing})
			return err
		},
		"PlanResourceChange": func(ctx context.Context) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
				TypeName: name, PriorState: &nothing, ProposedNewState: &nothing, Config: &nothing,
			})
			return err
		},
	} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			released := make(chan struct{})
			func() {
				large := new([1 << 20]byte)
				runtime.AddCleanup(large, func(struct{}) { close(released) }, struct{}{})
				ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, large))
				defer cancel() // as gRPC does
				if err := do(ctx); err != nil {
					t.Error(err)
				}
			}()
			for range 100 {
				runtime.GC()
				select {
				case <-released:
					runtime.KeepAlive(s)
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
			t.Error("it is held")
		})
	}
}

func TestAReleasedContext(t *testing.T) {
	t.Parallel()
	own, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, 7), time.Hour)
	defer cancel()
	c := &callContext{}
	c.current.Store(&own)
	child, cancelChild := context.WithCancel(c)
	defer cancelChild()
	_, has := c.Deadline()
	if !has || c.Value(key{}) != 7 || child.Value(key{}) != 7 || c.Err() != nil || child.Err() != nil {
		t.Error("it is not the call's own")
	}
	cancel()
	if <-child.Done(); child.Err() == nil || c.Err() == nil {
		t.Error("it does not end with the call's own")
	}
	c.release()
	if <-c.Done(); c.Value(key{}) != nil || c.Err() == nil {
		t.Error("it is still the call's own")
	}
}
