package provider

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

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
