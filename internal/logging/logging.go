// Package logging carries what the API client and the login check log to
// Terraform's log, and masks secrets in it.
package logging

import (
	"context"
	"log/slog"
	"maps"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// The subsystems appear as @module=smtp.kirim and @module=smtp.mailcheck. What
// happens to a password is logged by the provider itself, under smtp.
//
// TF_LOG_PROVIDER_SMTP_KIRIM and TF_LOG_PROVIDER_SMTP_MAILCHECK set a level for
// one of them, such as INFO to leave the requests out of a log at DEBUG. They only
// take lines away: the CLI drops what is below TF_LOG_PROVIDER.
const (
	API  = "kirim"
	Mail = "mailcheck"
)

// Context prepares a context for the logs of both subsystems, and masks secrets in
// them. Neither logs a secret: this is the second lock on that door.
func Context(ctx context.Context, secrets ...string) context.Context {
	ctx = tflog.NewSubsystem(ctx, API, tflog.WithLevelFromEnv("TF_LOG_PROVIDER_SMTP", API))
	ctx = tflog.NewSubsystem(ctx, Mail, tflog.WithLevelFromEnv("TF_LOG_PROVIDER_SMTP", Mail))
	return mask(ctx, secrets...)
}

// WithPassword masks a password, too, from the moment at which it is known.
func WithPassword(ctx context.Context, password string) context.Context {
	if password == "" {
		return ctx
	}
	return mask(ctx, password)
}

func mask(ctx context.Context, secrets ...string) context.Context {
	ctx = tflog.SubsystemMaskLogStrings(ctx, API, secrets...)
	return tflog.SubsystemMaskLogStrings(ctx, Mail, secrets...)
}

// Fields names what a line is about.
func Fields(ref kirim.Ref) map[string]any {
	n := ref.Normalized()
	fields := map[string]any{"domain": n.Domain}
	if n.GUID != "" {
		fields[n.Noun+"_guid"] = n.GUID
	}
	return fields
}

// New carries records to a subsystem of Terraform's log.
func New(subsystem string) *slog.Logger { return slog.New(handler{subsystem, map[string]any{}}) }

// About is New for lines that are all about one thing.
func About(subsystem string, ref kirim.Ref) *slog.Logger {
	return slog.New(handler{subsystem, Fields(ref)})
}

// handler writes records at DEBUG and at INFO: no others are made.
type handler struct {
	subsystem string
	fields    map[string]any // of every record
}

func (h handler) Enabled(context.Context, slog.Level) bool { return true }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	fields := maps.Clone(h.fields)
	record.Attrs(func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.Any()
		return true
	})
	write := tflog.SubsystemInfo
	if record.Level < slog.LevelInfo {
		write = tflog.SubsystemDebug
	}
	write(ctx, h.subsystem, record.Message, fields)
	return nil
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := maps.Clone(h.fields)
	for _, attr := range attrs {
		fields[attr.Key] = attr.Value.Any()
	}
	return handler{h.subsystem, fields}
}

// WithGroup keeps names flat: Terraform's log has no groups.
func (h handler) WithGroup(string) slog.Handler { return h }
