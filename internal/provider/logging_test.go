package provider

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

func TestLogCarriesLevelsAndFieldsAndHidesTheToken(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	data := &providerData{secrets: []string{"the-token"}}
	ctx := data.logContext(tflogtest.RootLogger(t.Context(), &out))

	logger := newLogger(logMail).With(slog.String("path", "/api"))
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		logger.LogAttrs(ctx, level, "saying "+level.String()+" of the-token", slog.Int("status", 200), slog.String("header", "x the-token"))
	}
	text := out.String()
	for _, want := range []string{`"debug"`, `"info"`, `"warn"`, `"error"`, "status", "/api", logMail} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
	if strings.Contains(text, "the-token") {
		t.Errorf("the token is in the log: %s", text)
	}
}

// TestLogTellsOfWhatEndsInAnotherWay has what no test with a CLI comes to
// easily.
func TestLogTellsOfWhatEndsInAnotherWay(t *testing.T) {
	t.Parallel()
	began := time.Unix(0, 0)
	data := &providerData{secrets: []string{"the-token"}, now: func() time.Time { return began.Add(1500 * time.Millisecond) }}
	came := resetResult{deed: operation{what: doesRotate, of: testTarget, reason: "created", began: began, resets: 2, attempts: 3}}
	overtaken := came
	overtaken.unfinished = errors.New("it quotes the-token")
	for name, c := range map[string]struct {
		came *resetResult
		lost bool
		want []string
	}{
		"stored":     {&came, false, []string{`"outcome":"stored"`, `"resets":2`, `"attempts":3`, `"duration_ms":1500`, `"rotation_reason":"created"`}},
		"not stored": {&came, true, []string{`"outcome":"not stored"`}},
		"overtaken":  {&overtaken, false, []string{`"outcome":"overtaken"`, `"because":"it quotes ***"`, `"may_have_acted":false`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			data.logSettled(tflogtest.RootLogger(t.Context(), &out), c.came, c.lost)
			for _, want := range append(c.want, `"@level":"info","@message":"rotation ended"`, testTarget.normalized().guid) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s is missing: %s", want, out.String())
				}
			}
		})
	}
}

func TestLogTellsThatACredentialIsGone(t *testing.T) {
	t.Parallel()
	s, c := startSimulator(t)
	p := startProtocol(t, s)
	made := createStored(t, p, c)
	s.RemoveCredential(c.Domain, c.GUID)
	var out bytes.Buffer
	got, err := p.ReadResource(tflogtest.RootLogger(t.Context(), &out), &tfprotov6.ReadResourceRequest{
		TypeName: passwordType, CurrentState: made.state, Private: made.private,
	})
	if err != nil {
		t.Fatal(err, got)
	}
	if n := strings.Count(out.String(), `"@level":"info"`); n != 1 || !strings.Contains(out.String(), "its resource leaves the state") ||
		!strings.Contains(out.String(), c.GUID) {
		t.Errorf("%d lines at INFO, want one: %s", n, out.String())
	}
}
