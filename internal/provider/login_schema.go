package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

// loginCheckAttribute is login_check, for whatever resource holds a password.
func loginCheckAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional:   true,
		Validators: []validator.Object{protectedLine{}},
		MarkdownDescription: "Log in to the mail server (no mail is sent) after a creation, an adoption or a rotation, until it takes the " +
			"password, before anything that depends on it is updated. Adding or changing the check rotates nothing and starts none.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{mailHost()},
				MarkdownDescription: "Host name or IP address of the mail server.",
			},
			"port": schema.Int64Attribute{
				Optional:            true,
				Validators:          []validator.Int64{int64validator.Between(1, 65535)},
				MarkdownDescription: "Port of the mail server. Default `587`; `465` where `security` is `tls`.",
			},
			"security": schema.StringAttribute{
				Optional: true,
				Validators: []validator.String{stringvalidator.OneOf(
					string(mailcheck.SecuritySTARTTLS), string(mailcheck.SecurityTLS), string(mailcheck.SecurityNone))},
				MarkdownDescription: "How the line is protected: `starttls` (default), `tls` (from the first byte on), or `none`, which is " +
					"for loopback hosts alone.",
			},
			"username": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{loginName()},
				MarkdownDescription: "User name to log in with. Default: `login`.",
			},
			"timeout": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{positiveDuration()},
				MarkdownDescription: "How long to wait for the password to be taken, beside the resource's `timeouts`. A duration such as " +
					"`90s` or `5m`; default `5m`.",
			},
			"ca_certificate": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{caCertificate()},
				MarkdownDescription: "Certificate authorities of the mail server's certificate, in PEM, where the system does not trust " +
					"it. They are trusted in the place of the system's.",
			},
			"on_refresh": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether each refresh logs in once with the stored password, for 10 seconds at most, to see whether it " +
					"was reset elsewhere. Only a 535 counts, and only where this host, port and user name has taken the password " +
					"before; see `rotate_on_external_change`. Default `false`.",
			},
		},
	}
}

// protectedLine sees to it that no password is to be sent over an unprotected
// line, except on the machine itself.
type protectedLine struct{}

var _ validator.Object = protectedLine{}

func (protectedLine) Description(context.Context) string {
	return `security may be "none" for loopback hosts alone`
}

func (v protectedLine) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (protectedLine) ValidateObject(ctx context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var check loginCheckModel
	resp.Diagnostics.Append(req.ConfigValue.As(ctx, &check, basetypes.ObjectAsOptions{})...)
	if resp.Diagnostics.HasError() || check.Host.IsUnknown() || check.security() != mailcheck.SecurityNone {
		return
	}
	if host := check.Host.ValueString(); !mailcheck.IsLoopback(host) {
		resp.Diagnostics.AddAttributeError(req.Path.AtName("security"), "Invalid login_check.security",
			"The value of login_check.security may be \"none\" for loopback hosts alone, such as \"localhost\", and login_check.host is \""+
				host+"\": the password would pass unprotected. Use \"starttls\" or \"tls\".")
	}
}
