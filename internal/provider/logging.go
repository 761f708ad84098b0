package provider

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// logSubsystem is the name under which the API client's lines appear.
const logSubsystem = "kirim"

// logContext prepares a context for the API client's logs: a subsystem of
// their own, in which what is secret is masked once more. The client itself
// hands no secret to its logger.
func (d *providerData) logContext(ctx context.Context) context.Context {
	ctx = tflog.NewSubsystem(ctx, logSubsystem)
	ctx = tflog.SubsystemMaskAllFieldValuesStrings(ctx, logSubsystem, d.secrets...)
	return tflog.SubsystemMaskMessageStrings(ctx, logSubsystem, d.secrets...)
}

// newLogger carries the API client's records to Terraform's log.
func newLogger() *slog.Logger { return slog.New(logHandler{}) }

type logHandler struct{ attrs []slog.Attr }

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
		tflog.SubsystemError(ctx, logSubsystem, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.SubsystemWarn(ctx, logSubsystem, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.SubsystemInfo(ctx, logSubsystem, record.Message, fields)
	default:
		tflog.SubsystemDebug(ctx, logSubsystem, record.Message, fields)
	}
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{attrs: append(append([]slog.Attr{}, h.attrs...), attrs...)}
}

// WithGroup keeps names flat: Terraform's log has no groups.
func (h logHandler) WithGroup(string) slog.Handler { return h }
