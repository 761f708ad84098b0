package password

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestALookIsShort, the queue for the API's rate limit included.
func TestALookIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limited := roundTrip(func(r *http.Request) (*http.Response, error) {
			header := http.Header{"Retry-After": {"4"}}
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: header, Body: http.NoBody, Request: r}, nil
		})
		client, err := kirim.New(kirim.Config{
			BaseURL: kirim.DefaultBaseURL, Username: "user", Token: "token", Now: time.Now, Transport: limited,
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &Lifecycle{Session: &Session{Client: client, Now: time.Now}}
		began := time.Now()
		var looks sync.WaitGroup
		for range 10 {
			looks.Go(func() {
				var diags diag.Diagnostics
				l.look(t.Context(), testInstance(), types.StringNull(), types.StringNull(), &diags)
			})
		}
		looks.Wait()
		if took := time.Since(began); took > lookTimeout {
			t.Errorf("it took %s", took)
		}
		if !l.apiFailed.Load() {
			t.Error("the next look would ask again")
		}
	})
}
