package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// nothingHolds is an API that finds no DNS record, and notes when it is asked.
type nothingHolds struct{ asked []time.Time }

func (n *nothingHolds) RoundTrip(request *http.Request) (*http.Response, error) {
	n.asked = append(n.asked, time.Now())
	body := io.NopCloser(strings.NewReader(`{"records":{"dkim":false,"spf":false,"mx":false}}`))
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: body, Request: request}, nil
}

func TestAWaitForADomainAsksWithGrowingPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &nothingHolds{}
		client, err := kirim.New(kirim.Config{
			BaseURL: kirim.DefaultBaseURL, Username: "me", Token: "secret", Now: time.Now, Transport: api,
		})
		if err != nil {
			t.Fatal(err)
		}
		var diags diag.Diagnostics
		model := domainVerificationModel{baseModel: baseModel{Domain: types.StringValue("example.com")}}
		last := time.Now()
		ctx := kirim.WithTimeout(t.Context(), 2*time.Minute)
		if err := model.create(ctx, operation{&providerData{client: client}, &diags}); !errors.Is(err, errTold) || !diags.HasError() {
			t.Errorf("the wait ended with %v, %v", err, diags)
		}
		var pauses []time.Duration
		for _, at := range api.asked {
			pauses = append(pauses, at.Sub(last))
			last = at
		}
		const s = time.Second
		want := []time.Duration{0, 2 * s, 4 * s, 8 * s, 16 * s, 30 * s, 30 * s, 29 * s}
		if !slices.Equal(pauses, want) {
			t.Errorf("asked after %v, want %v", pauses, want)
		}
	})
}

// TestAWaitForADomainThatEndsWithinARequest tells what the answer before it said.
func TestAWaitForADomainThatEndsWithinARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		api := &nothingHolds{}
		hangs := roundTripper(func(request *http.Request) (*http.Response, error) {
			if len(api.asked) == 0 {
				return api.RoundTrip(request)
			}
			cancel()
			<-request.Context().Done()
			return nil, request.Context().Err()
		})
		client, err := kirim.New(kirim.Config{
			BaseURL: kirim.DefaultBaseURL, Username: "me", Token: "secret", Now: time.Now, Transport: hangs,
		})
		if err != nil {
			t.Fatal(err)
		}
		var diags diag.Diagnostics
		model := domainVerificationModel{baseModel: baseModel{Domain: types.StringValue("example.com")}}
		err = model.create(kirim.WithTimeout(ctx, time.Minute), operation{&providerData{client: client}, &diags})
		if !errors.Is(err, errTold) || !diags.HasError() || !strings.Contains(diags[0].Detail(), "because it was interrupted") {
			t.Errorf("the wait ended with %v, %v", err, diags)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }
