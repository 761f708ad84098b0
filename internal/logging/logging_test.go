package logging

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

func TestLogCarriesLevelsAndFieldsAndHidesTheToken(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ctx := Context(tflogtest.RootLogger(t.Context(), &out), "the-token")

	logger := New(Mail).With(slog.String("path", "/api"))
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		logger.LogAttrs(ctx, level, "saying "+level.String()+" of the-token", slog.Int("status", 200), slog.String("header", "x the-token"))
	}
	text := out.String()
	for _, want := range []string{`"debug"`, `"info"`, "status", "/api", Mail} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
	if strings.Contains(text, "the-token") {
		t.Errorf("the token is in the log: %s", text)
	}
}
