package provider

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

const (
	defaultLoginTimeout = 5 * time.Minute
	// refreshLoginPatience is for the logins of one refresh.
	refreshLoginPatience = 10 * time.Second
)

// loginModel are the attributes about the login at the mail server, for
// whatever resource holds a password.
type loginModel struct {
	LoginCheck      types.Object `tfsdk:"login_check"`
	LoginVerifiedAt types.String `tfsdk:"login_verified_at"`
}

// loginCheckModel is login_check.
type loginCheckModel struct {
	Host          types.String `tfsdk:"host"`
	Port          types.Number `tfsdk:"port"`
	Security      types.String `tfsdk:"security"`
	Username      types.String `tfsdk:"username"`
	Timeout       types.String `tfsdk:"timeout"`
	CACertificate types.String `tfsdk:"ca_certificate"`
	OnRefresh     types.Bool   `tfsdk:"on_refresh"`
}

// planLogin plans the login of a password that is still to come.
func (m *loginModel) planLogin() {
	m.LoginVerifiedAt = types.StringNull()
	if !m.LoginCheck.IsNull() {
		m.LoginVerifiedAt = types.StringUnknown()
	}
}

// keepLogin plans the login of a password that stays. A check that is still
// pending is made up for; settings alone start none.
func (m *loginModel) keepLogin(before types.String, pending bool) {
	switch {
	case m.LoginCheck.IsNull():
		m.LoginVerifiedAt = types.StringNull()
	case pending, m.LoginCheck.IsUnknown() && !before.IsNull():
		m.LoginVerifiedAt = types.StringUnknown()
	default:
		m.LoginVerifiedAt = before
	}
}

// loginCheck is a login_check whose values are all known.
type loginCheck struct {
	server    mailcheck.Server
	username  string
	timeout   time.Duration
	onRefresh bool
}

// check gives the login_check, nil where there is none. login is the
// resource's.
func (m *loginModel) check(ctx context.Context, login types.String, diags *diag.Diagnostics) *loginCheck {
	if m.LoginCheck.IsNull() {
		return nil
	}
	var model loginCheckModel
	more := m.LoginCheck.As(ctx, &model, basetypes.ObjectAsOptions{})
	if diags.Append(more...); more.HasError() {
		return nil
	}
	check := &loginCheck{
		server: mailcheck.Server{
			Host:          model.Host.ValueString(),
			Port:          model.port(),
			Security:      model.security(),
			CACertificate: model.CACertificate.ValueString(),
		},
		username:  login.ValueString(),
		timeout:   defaultLoginTimeout,
		onRefresh: model.OnRefresh.ValueBool(),
	}
	if !model.Username.IsNull() {
		check.username = model.Username.ValueString()
	}
	if timeout, err := time.ParseDuration(model.Timeout.ValueString()); err == nil {
		check.timeout = timeout
	}
	return check
}

func (m loginCheckModel) security() mailcheck.Security {
	if m.Security.IsNull() {
		return mailcheck.SecuritySTARTTLS
	}
	return mailcheck.Security(m.Security.ValueString())
}

func (m loginCheckModel) port() int {
	if m.Port.IsNull() {
		return mailcheck.DefaultPort(m.security())
	}
	port, _ := m.Port.ValueBigFloat().Int64()
	return int(port)
}

func (c *loginCheck) address() string {
	return net.JoinHostPort(c.server.Host, strconv.Itoa(c.server.Port))
}

// endpoint names where a password has been taken: another host, port or user
// name has not.
func (c *loginCheck) endpoint() string { return c.username + " at " + c.address() }
