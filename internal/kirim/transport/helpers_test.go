package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	testPassword  = "Zx81-qW7!kLmN"
	getBody       = `{"success":true,"data":{}}`
	resetBody     = `{"success":true,"data":{"new_password":"` + testPassword + `"}}`
	brokenBody    = `{"success":false,"message":"An error occurred while processing the request."}`
	forbiddenBody = `{"success":false,"message":"Credential does not belong to the specified domain"}`
	limitedBody   = `{"success":false,"message":"Too many attempts. Please try again later."}`
	page          = `<html><body>Down for maintenance</body></html>`
)

// turn is what a request meets.
type turn func(*http.Request) (*http.Response, error)

func connected(request *http.Request) {
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

// answers gives an answer; headers are name, value, name, value.
func answers(status int, body string, headers ...string) turn {
	return func(request *http.Request) (*http.Response, error) {
		connected(request)
		header := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			header.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: header, Request: request,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

// cuts gives an answer whose body breaks off.
func cuts(status int, part string) turn {
	return func(request *http.Request) (*http.Response, error) {
		response, err := answers(status, "")(request)
		response.Body = io.NopCloser(io.MultiReader(strings.NewReader(part), failing{io.ErrUnexpectedEOF}))
		return response, err
	}
}

type failing struct{ err error }

// loses takes the request and closes the connection.
func loses(request *http.Request) (*http.Response, error) {
	connected(request)
	return nil, io.EOF
}

// hangs takes the request and never answers.
func hangs(request *http.Request) (*http.Response, error) {
	connected(request)
	<-request.Context().Done()
	return nil, request.Context().Err()
}

// after takes the request and lets next answer after a while.
func after(d time.Duration, next turn) turn {
	return func(request *http.Request) (*http.Response, error) {
		connected(request)
		select {
		case <-time.After(d):
			return next(request)
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
}

func refusesConnection(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func repeated(n int, t turn) []turn {
	turns := make([]turn, n)
	for i := range turns {
		turns[i] = t
	}
	return turns
}

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// roundTripper is one turn for every request.
type roundTripper turn

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// cancelAfter gives a context that ends after d.
func cancelAfter(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(d, cancel)
	return ctx
}

func elapse(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sideBySide makes n calls, so many at a time, and gives their errors.
func sideBySide(t *testing.T, n, parallel int, call func(ctx context.Context) error) (errs []error) {
	t.Helper()
	var wait sync.WaitGroup
	var mu sync.Mutex
	work := make(chan struct{})
	for range parallel {
		wait.Go(func() {
			for range work {
				if err := call(t.Context()); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	for range n {
		work <- struct{}{}
	}
	close(work)
	wait.Wait()
	return errs
}

func newClient(t *testing.T, roundTripper http.RoundTripper) *Client {
	t.Helper()
	return New(roundTripper, nil, slog.New(slog.DiscardHandler), time.Now)
}

// failure is a result that is no success.
type failure struct{ *Result }

func (f failure) Error() string { return "failed" }

func call(ctx context.Context, c *Client, method string, effect Effect) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://api.test/x", nil)
	if err != nil {
		return err
	}
	if r := c.Do(Operation{Request: request, Effect: effect, Budget: DefaultBudget}); r.Outcome != Success {
		return failure{r}
	}
	return nil
}

func reset(ctx context.Context, c *Client) error { return call(ctx, c, http.MethodPut, Resets) }
func get(ctx context.Context, c *Client) error   { return call(ctx, c, http.MethodGet, Reads) }

// asResult is the result of a call that has failed.
func asResult(t *testing.T, err error) *Result {
	t.Helper()
	f, ok := errors.AsType[failure](err)
	if !ok {
		t.Fatalf("got %v (%T), want a failure", err, err)
	}
	return f.Result
}

// wire answers one turn a request, in order.
type wire struct {
	t     *testing.T
	began time.Time

	mu    sync.Mutex
	turns []turn
	came  []time.Duration // since began
}

func newWire(t *testing.T, turns ...turn) *wire {
	t.Helper()
	return &wire{t: t, began: time.Now(), turns: turns}
}

func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.came = append(w.came, time.Since(w.began))
	n := len(w.came)
	w.mu.Unlock()
	if n > len(w.turns) {
		w.t.Errorf("request %d where %d were to come", n, len(w.turns))
		return nil, io.ErrClosedPipe
	}
	return w.turns[n-1](request)
}
