package kirim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

func BenchmarkDecodeList(b *testing.B) {
	page := json.RawMessage(items(0, maxPageSize))
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		list, _, ok := decodeList(transport.Envelope{Data: page})
		if !ok || len(list) != maxPageSize {
			b.Fatal("the page is not understood")
		}
		for _, item := range list {
			if _, ok := decodeCredential(item, time.Time{}); !ok {
				b.Fatal("a credential is not understood")
			}
		}
	}
}

// BenchmarkLatency makes 100 requests, 10 at once as a CLI does, of an API that answers each after 200 ms and states no
// rate limit: at best in 100 × 200 ms / 10, which is the floor. Each credential has a domain of its own, so that no list
// answers for it.
func BenchmarkLatency(b *testing.B) {
	for _, operation := range []struct {
		name, body string
		do         func(ctx context.Context, c *Client, domain string) error
	}{
		{"reset", resetBody, func(ctx context.Context, c *Client, domain string) error {
			_, err := c.ResetPassword(ctx, domain, testGUID)
			return err
		}},
		{"read", getBody, func(ctx context.Context, c *Client, domain string) error {
			_, err := c.ReadCredential(ctx, domain, testGUID, true)
			return err
		}},
	} {
		b.Run(operation.name, func(b *testing.B) {
			const requests, parallelism, latency = 100, 10, 200 * time.Millisecond
			var received, connections atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				received.Add(1)
				select {
				case <-time.After(latency):
				case <-r.Context().Done():
				}
				_, _ = io.WriteString(w, operation.body)
			}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			server.Start()
			b.Cleanup(server.Close)
			config := testConfig(nil)
			config.BaseURL = server.URL
			for b.Loop() {
				client, err := New(config) // as each process has its own
				if err != nil {
					b.Fatal(err)
				}
				var workers sync.WaitGroup
				for worker := range parallelism {
					workers.Go(func() {
						for i := worker; i < requests; i += parallelism {
							if err := operation.do(b.Context(), client, fmt.Sprintf("n%d.example.com", i)); err != nil {
								b.Error(err)
							}
						}
					})
				}
				workers.Wait()
			}
			if n := int64(b.N * requests); received.Load() != n {
				b.Errorf("%d requests instead of %d", received.Load(), n)
			}
			floor := requests * latency / parallelism
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(floor), "×floor")
			b.ReportMetric(float64(connections.Load())/float64(b.N), "connections/op")
		})
	}
}
