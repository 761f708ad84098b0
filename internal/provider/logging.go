package provider

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// The names under which the lines of the API client and of the login appear.
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
	return masked(tflog.NewSubsystem(ctx, subsystem), subsystem, d.secrets...)
}

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

// newLogger carries records to a subsystem of Terraform's log.
func newLogger(subsystem string) *slog.Logger { return slog.New(logHandler{subsystem: subsystem}) }

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
