package password

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

var testRef = kirim.CredentialRef("Example.COM.", "6F9619FF-8B86-4011-B42D-00C04FC964FF")

// testModel is the model of a resource that holds the password of testRef.
type testModel struct{ Model }

func (*testModel) Ref() kirim.Ref            { return testRef }
func (*testModel) ResourceID() types.String  { return types.StringValue(testRef.ID()) }
func (*testModel) Identifiers() []Identifier { return nil }

func (*testModel) SetIdentity(context.Context, *tfsdk.ResourceIdentity) diag.Diagnostics { return nil }

func testInstance() instance {
	resource := &testModel{}
	return instance{resource, resource.model(), nil}
}
