package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
			// Not an Int64Attribute: what the framework says of a fraction is that
			// the provider has a defect, and with it the CLI prints login_check.
			"port": schema.NumberAttribute{
				Optional:            true,
				Validators:          []validator.Number{portNumber{}},
				MarkdownDescription: "Port of the mail server. Default `587`; `465` where `security` is `tls`.",
			},
			"security": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{lineSecurity()},
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
				MarkdownDescription: "Whether each refresh logs in with the stored password, for 10 seconds at most, to see whether it " +
					"was reset elsewhere. Only a 535 that is repeated two seconds later counts, and only where this host, port and user name has taken the password " +
					"before; see `rotate_on_external_change`. Default `false`.",
			},
		},
	}
}
