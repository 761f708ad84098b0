package password

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/diagnostics"
	"github.com/kirimemail/terraform-provider-smtp/internal/logging"
	"github.com/kirimemail/terraform-provider-smtp/internal/mailcheck"
)

const (
	defaultLoginTimeout = "5m"
	// refreshLoginTimeout is for the logins of one refresh.
	refreshLoginTimeout = 10 * time.Second
)

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

// planLogin plans login_verified_at. A password that is still to come and a check
// that is pending bring a login; settings alone start none.
func (m *Model) planLogin(before types.String, pending bool) {
	m.LoginVerifiedAt = before
	if m.LoginCheck.IsNull() {
		m.LoginVerifiedAt = types.StringNull()
	} else if pending || m.LoginCheck.IsUnknown() && !before.IsNull() {
		m.LoginVerifiedAt = types.StringUnknown()
	}
}

// loginCheck is a login_check whose values are all known.
type loginCheck struct {
	server    mailcheck.Server
	username  string
	timeout   time.Duration
	onRefresh bool
}

// check gives the login_check, nil if there is none.
func (i instance) check(ctx context.Context, diags *diag.Diagnostics) *loginCheck {
	if i.LoginCheck.IsNull() {
		return nil
	}
	var model loginCheckModel
	more := i.LoginCheck.As(ctx, &model, basetypes.ObjectAsOptions{})
	if diags.Append(more...); more.HasError() {
		return nil
	}
	check := &loginCheck{
		server: mailcheck.Server{
			Host:          model.Host.ValueString(),
			Port:          mailcheck.DefaultPort(model.security()),
			Security:      model.security(),
			CACertificate: model.CACertificate.ValueString(),
			Logger:        logging.About(logging.Mail, i.Ref()),
		},
		username:  cmp.Or(model.Username.ValueString(), i.Login.ValueString()),
		onRefresh: model.OnRefresh.ValueBool(),
	}
	if !model.Port.IsNull() {
		port, _ := model.Port.ValueBigFloat().Int64()
		check.server.Port = int(port)
	}
	// The validators have seen to it that a timeout is a duration.
	check.timeout, _ = time.ParseDuration(cmp.Or(model.Timeout.ValueString(), defaultLoginTimeout))
	return check
}

func (m loginCheckModel) security() mailcheck.Security {
	return cmp.Or(mailcheck.Security(m.Security.ValueString()), mailcheck.SecuritySTARTTLS)
}

// endpoint names what has taken a password: another host, port or user name has not.
func (c *loginCheck) endpoint() string { return c.username + " at " + c.server.Addr() }

// errNoLogin is for a check that does not know the user name.
var errNoLogin = errors.New("the API did not say the credential's user name, which is what it logs in with")

// preflight finds out, before a password is reset or adopted, whether the mail server
// can be used for the login that follows: while the old password is live, a mistake in
// login_check costs nothing. A password that this process has ended has nothing to lose any
// more. Each server is asked once in a process by the same settings, because servers ban
// clients that come often without a login. The time for it is the check's own.
func (s *Session) preflight(ctx context.Context, plan instance) error {
	var diags diag.Diagnostics // what is wrong in the configuration is told by finishLogin
	check := plan.check(ctx, &diags)
	if check == nil || s.has(revoked, plan.Ref()) {
		return nil
	}
	key := fmt.Sprint(check.server.Addr(), check.server.Security, check.server.CACertificate, check.timeout)
	s.mu.Lock()
	ask, has := s.mailServers[key]
	if !has {
		ask = sync.OnceValue(func() error {
			timed, cancel := context.WithTimeout(logging.Context(ctx, s.Secrets...), check.timeout)
			defer cancel()
			if err := check.server.Preflight(timed); err != nil {
				return fmt.Errorf("checking %s fails: %w", check.server.Addr(), err)
			}
			return nil
		})
		if s.mailServers == nil {
			s.mailServers = map[string]func() error{}
		}
		s.mailServers[key] = ask
	}
	s.mu.Unlock()
	return ask()
}

// finishLogin waits until the mail server takes the stored password, if that is
// pending, and notes it. The time for it is the check's own. If the server does not
// take it, an error says so and the check stays pending.
func (s *Session) finishLogin(ctx context.Context, plan instance, now privateState, out response) {
	check := plan.check(ctx, out.diags)
	if check == nil || !now.LoginPending {
		return
	}
	if err := s.login(ctx, plan, check, &now); err != nil {
		addLoginError(out, err, plan, check)
		return
	}
	out.diags.Append(out.state.Set(ctx, plan.Resource)...)
	out.diags.Append(now.write(ctx, out.private)...)
}

// login waits until the mail server takes the password of a plan, and notes it there and in
// now.
func (s *Session) login(ctx context.Context, plan instance, check *loginCheck, now *privateState) error {
	if check.username == "" {
		return errNoLogin
	}
	password := plan.Password.ValueString()
	timed, cancel := context.WithTimeout(logging.Context(ctx, s.Secrets...), check.timeout)
	defer cancel()
	timed = logging.WithPassword(timed, password)
	check.server.Mechanism = now.LoginMechanism
	wait := check.server.Await
	if !now.Reset && s.Now().Sub(now.lastChange(plan.Model)) >= check.timeout {
		wait = check.server.Confirm // the mail server has had its time to learn an adopted password
	}
	mechanism, err := wait(timed, check.username, password)
	if err != nil {
		return err
	}
	now.LoginPending, now.LoginRefused, now.OutcomeUnknown = false, false, false
	now.LoginTaken, now.LoginMechanism = check.endpoint(), mechanism
	plan.LoginVerifiedAt = attribute.TimeOrNull(s.Now())
	return nil
}

// lastChange is when a password that was adopted came to be, as far as the API tells.
func (p privateState) lastChange(state *Model) time.Time {
	if !p.Changed.IsZero() {
		return p.Changed
	}
	return later(parsedTime(state.ModifiedAt), parsedTime(state.CreatedAt))
}

// probe logs in, in a refresh, and notes what that proves: that the password is
// taken, or, by a 535 that was repeated, that it is not any more. What an earlier
// refresh has seen counts no longer, or a mail server that cannot be asked would
// bring a rotation all the same.
func (s *Session) probe(ctx context.Context, state instance, now *privateState, diags *diag.Diagnostics) (taken bool) {
	check := state.check(ctx, diags)
	if check == nil || !check.onRefresh || check.username == "" || now.LoginPending || state.Password.IsNull() {
		return false
	}
	password := state.Password.ValueString()
	ctx, cancel := context.WithTimeout(logging.WithPassword(ctx, password), refreshLoginTimeout)
	defer cancel()
	check.server.Mechanism = now.LoginMechanism
	mechanism, err := check.server.Probe(ctx, check.username, password)
	failure, ok := errors.AsType[*mailcheck.Error](err)
	switch {
	case err == nil:
		now.LoginTaken, now.LoginMechanism = check.endpoint(), mechanism
		return true
	case !ok || failure.Kind != mailcheck.KindRefused:
	case now.LoginTaken == check.endpoint():
		now.LoginRefused = true
	default:
		diagnostics.Refused.Warn(diags, state.Ref(), "the login as %s is refused (535), and was never seen to "+
			"succeed there with the stored password.", check.endpoint())
	}
	return false
}
