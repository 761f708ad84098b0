package server

import (
	"context"
	"maps"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/provider"
)

func TestNoMoreIsLoggedThanIsRead(t *testing.T) {
	t.Parallel()
	off := map[string]string{"TF_LOG_SDK": "off", "TF_LOG_PROVIDER_SMTP": "off"}
	info := map[string]string{"TF_LOG_SDK": "info", "TF_LOG_PROVIDER_SMTP": "info"}
	for name, c := range map[string]struct {
		environment, want map[string]string
	}{
		"nothing is asked for":              {nil, off},
		"the CLI's own alone":               {map[string]string{"TF_LOG_CORE": "TRACE"}, off},
		"off":                               {map[string]string{"TF_LOG": "OFF"}, off},
		"all but the providers'":            {map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "off"}, off},
		"all":                               {map[string]string{"TF_LOG": "TRACE"}, nil},
		"as JSON":                           {map[string]string{"TF_LOG": "JSON"}, nil},
		"the providers'":                    {map[string]string{"TF_LOG_PROVIDER": "INFO"}, info},
		"the providers' although none is":   {map[string]string{"TF_LOG": "off", "TF_LOG_PROVIDER": "INFO"}, info},
		"less for the providers":            {map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "info"}, info},
		"what is no level":                  {map[string]string{"TF_LOG": "1"}, nil},
		"the SDK's are somebody's business": {map[string]string{"TF_LOG_SDK": "WARN"}, map[string]string{"TF_LOG_PROVIDER_SMTP": "off"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := quiet(func(name string) string { return c.environment[name] }); !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

type key struct{}

// TestACallsContextIsLetGo: the framework keeps what belongs to each call until
// the process ends.
func TestACallsContextIsLetGo(t *testing.T) {
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
	for call, do := range map[string]func(context.Context) error{
		"ValidateResourceConfig": func(ctx context.Context) error {
			_, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: &nothing})
			return err
		},
		"UpgradeResourceState": func(ctx context.Context) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: name, RawState: &tfprotov6.RawState{JSON: []byte("{}")}})
			return err
		},
		"ReadResource": func(ctx context.Context) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: &nothing})
			return err
		},
		"PlanResourceChange": func(ctx context.Context) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: &nothing, ProposedNewState: &nothing, Config: &nothing})
			return err
		},
	} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			let := make(chan struct{})
			func() {
				large := new([1 << 20]byte)
				runtime.AddCleanup(large, func(struct{}) { close(let) }, struct{}{})
				ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, large))
				defer cancel() // as gRPC does
				if err := do(ctx); err != nil {
					t.Error(err)
				}
			}()
			for range 100 {
				runtime.GC()
				select {
				case <-let:
					runtime.KeepAlive(s)
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
			t.Error("it is held")
		})
	}
}

func TestAContextThatIsOver(t *testing.T) {
	t.Parallel()
	own, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, 7), time.Hour)
	defer cancel()
	c := newCallContext(own)
	child, cancelChild := context.WithCancel(c)
	defer cancelChild()
	if _, has := c.Deadline(); !has || c.Value(key{}) != 7 || child.Value(key{}) != 7 || c.Err() != nil || child.Err() != nil {
		t.Error("it is not the call's own")
	}
	cancel()
	if <-child.Done(); child.Err() == nil || c.Err() == nil {
		t.Error("it does not end with the call's own")
	}
	c.forget()
	if <-c.Done(); c.Value(key{}) != nil || c.Err() == nil {
		t.Error("it is still the call's own")
	}
}
