package provider

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// The names under which the lines of the API client and of the login appear, as
// @module=smtp.kirim and @module=smtp.mailcheck; what is done to a password is
// told under smtp. Each has a level of its own where TF_LOG_PROVIDER_SMTP_KIRIM or
// TF_LOG_PROVIDER_SMTP_MAILCHECK is set, such as INFO to leave the requests out of
// a log at DEBUG. It takes lines away: what TF_LOG_PROVIDER leaves out, the CLI
// throws away.
const (
	logAPI  = "kirim"
	logMail = "mailcheck"
)

// logContext prepares a context for the logs of what is below the provider: a
// subsystem for each, in which what is secret is masked once more. Neither
// hands a secret to its logger.
func (d *providerData) logContext(ctx context.Context) context.Context {
	return d.masked(d.masked(ctx, logAPI), logMail)
}

func (d *providerData) masked(ctx context.Context, subsystem string) context.Context {
	level := tflog.WithLevelFromEnv("TF_LOG_PROVIDER_SMTP", subsystem)
	return masked(tflog.NewSubsystem(ctx, subsystem, level), subsystem, d.secrets...)
}

// unlogged is the context for the timeouts module, which has no other use for one
// than to log by it, at INFO, for each resource, that there is no timeout.
func unlogged() context.Context { return context.Background() }

// withPassword masks a password, too, from the moment at which it is known.
func withPassword(ctx context.Context, password string) context.Context {
	if password == "" {
		return ctx
	}
	return masked(masked(ctx, logAPI, password), logMail, password)
}

func masked(ctx context.Context, subsystem string, secrets ...string) context.Context {
	ctx = tflog.SubsystemMaskAllFieldValuesStrings(ctx, subsystem, secrets...)
	return tflog.SubsystemMaskMessageStrings(ctx, subsystem, secrets...)
}

// newLogger carries records to a subsystem of Terraform's log. Where all of them
// are about one credential, of is that.
func newLogger(subsystem string, of ...target) *slog.Logger {
	handler := logHandler{subsystem: subsystem}
	for _, of := range of {
		handler.attrs = append(handler.attrs, of.logAttrs()...)
	}
	return slog.New(handler)
}

// logAttrs names a credential in each line that is about one.
func (t target) logAttrs() []slog.Attr {
	n := t.normalized()
	return []slog.Attr{slog.String("domain", n.domain), slog.String("credential_guid", n.guid)}
}

type logHandler struct {
	subsystem string
	attrs     []slog.Attr
}

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	fields := make(map[string]any, record.NumAttrs()+len(h.attrs))
	for _, attr := range h.attrs {
		fields[attr.Key] = attr.Value.Any()
	}
	record.Attrs(func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.Any()
		return true
	})
	switch {
	case record.Level >= slog.LevelError:
		tflog.SubsystemError(ctx, h.subsystem, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.SubsystemWarn(ctx, h.subsystem, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.SubsystemInfo(ctx, h.subsystem, record.Message, fields)
	default:
		tflog.SubsystemDebug(ctx, h.subsystem, record.Message, fields)
	}
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{subsystem: h.subsystem, attrs: append(append([]slog.Attr{}, h.attrs...), attrs...)}
}

// WithGroup keeps names flat: Terraform's log has no groups.
func (h logHandler) WithGroup(string) slog.Handler { return h }
