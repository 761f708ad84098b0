package repository

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// TestTheTroubleshootingPageExplainsEachReason goes through all outcomes of a request.
func TestTheTroubleshootingPageExplainsEachReason(t *testing.T) {
	t.Parallel()
	proxyFailed := &net.OpError{Op: "proxyconnect", Err: errors.New("refused")}
	results := []transport.Result{
		{Outcome: transport.WaitTooLong, AskedToWait: time.Hour},
		{Outcome: transport.WaitTooLong, AskedToWait: time.Hour, AskedBefore: true},
		{Outcome: transport.TimedOut, Attempts: 1},
		{Outcome: transport.ProxyFailed, Proxy: "proxy.example:3128", Err: proxyFailed},
	}
	for outcome := range transport.Canceled + 1 {
		results = append(results, transport.Result{Outcome: outcome, Connected: true, Took: time.Minute})
		for _, status := range []int{200, 302, 404} {
			answer := &transport.Answer{Status: status, Oddity: "its body is empty"}
			results = append(results, transport.Result{Outcome: outcome, Answer: answer})
		}
	}
	var reasons []string
	for _, result := range results {
		if reason := result.Reason("api.example"); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	missing, err := testenv.Unexplained(reasons...)
	if err != nil || len(reasons) < 50 {
		t.Fatalf("%d reasons: %v", len(reasons), err)
	}
	for _, reason := range missing {
		t.Errorf("the page does not explain %q", reason)
	}
}
