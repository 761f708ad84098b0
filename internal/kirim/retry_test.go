package kirim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// happening is something that a request may meet, and what is to follow.
type happening struct {
	turn          turn
	reads, resets span // the pause before the repeat; never: no repeat
	acted         bool // a reset may have acted
}

type span struct{ least, most time.Duration }

var (
	never   = span{}
	shortly = span{500 * time.Millisecond, time.Second}
	briefly = span{time.Second * 3 / 64, time.Second / 16} // at first, to suit a limit of a few requests a second
	settled = span{5 * time.Second, 6 * time.Second}
	asked   = span{7 * time.Second, 7 * time.Second}
)

func happenings() map[string]happening {
	h := map[string]happening{
		"connection refused":               {refusesConnection, shortly, shortly, false},
		"no route":                         {fails(&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}), shortly, shortly, false},
		"a dial that takes too long":       {fails(&net.OpError{Op: "dial", Err: context.DeadlineExceeded}), shortly, shortly, false},
		"DNS trouble":                      {fails(&net.DNSError{Err: "no such host", Name: "api.test"}), shortly, shortly, false},
		"a certificate that does not hold": {untrustworthy, never, never, false},
		"a proxy's certificate that does not hold": {
			fails(&net.OpError{Op: "proxyconnect", Err: &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}), never, never, false,
		},
		"a handshake the other end breaks off with an alert": {
			fails(&net.OpError{Op: "remote error", Err: net.UnknownNetworkError("alert")}), never, never, false,
		},
		"an alert once the request was sent": {
			(&traced{roundTripper(fails(&net.OpError{Op: "remote error", Err: net.UnknownNetworkError("alert")}))}).RoundTrip,
			shortly, settled, true,
		},
		"a connection that was stale, and no other": {stale, shortly, shortly, false},
		"an answer that was cut":                    {cuts(200, `{"success":tr`), shortly, shortly, true},
		"an error answer that was cut":              {cuts(404, `{"success":fa`), shortly, shortly, true},
		"500 in the envelope":                       {answers(500, brokenBody), shortly, shortly, true},
		"503 in the envelope":                       {answers(503, brokenBody), shortly, shortly, true},
		"connection lost before any answer":         {loses, shortly, settled, true},
		"502 in the envelope":                       {answers(502, brokenBody), shortly, settled, true},
		"502, a page":                               {answers(502, page), shortly, settled, true},
		"500, a page":                               {answers(500, page), shortly, settled, true},
		"500 that claims a success":                 {answers(500, `{"success":true,"message":"fine"}`), shortly, settled, true},
		"503, empty":                                {answers(503, ""), shortly, settled, true},
		"502 that asks for more than landing":       {answers(502, page, "Retry-After", "7"), asked, asked, true},
		"502 that asks for less than landing":       {answers(502, page, "Retry-After", "1"), span{time.Second, time.Second}, settled, true},
		"503 that asks for a wait":                  {answers(503, brokenBody, "Retry-After", "7"), asked, asked, true},
		"429 in the envelope":                       {answers(429, limitedBody, "Retry-After", "7"), asked, asked, false},
		"429, a page":                               {answers(429, page, "Retry-After", "7"), asked, asked, false},
		"429 that names no time":                    {answers(429, limitedBody), briefly, briefly, false},
		"504 in the envelope":                       {answers(504, brokenBody), shortly, never, true},
		"504, a page":                               {answers(504, page), shortly, never, true},
		"501":                                       {answers(501, brokenBody), shortly, never, true},
		"599":                                       {answers(599, page), shortly, never, true},
		"200, a page":                               {answers(200, page), never, never, true},
		"200, empty":                                {answers(200, ""), never, never, true},
		"200 that says it failed":                   {answers(200, brokenBody), never, never, true},
		"200 without what it should hold":           {answers(200, `{"success":true,"data":{}}`), never, never, true},
		"301":                                       {answers(301, "", "Location", "https://elsewhere.test/"), never, never, false},
		"307":                                       {answers(307, "", "Location", "https://elsewhere.test/"), never, never, false},
		"a redirect to nowhere":                     {answers(302, "", "Location", "http://[::1"), never, never, false},
		"404, a page":                               {answers(404, page), never, never, false},
		"404, empty":                                {answers(404, ""), never, never, false},
	}
	for status, name := range map[int]string{400: "400", 401: "401", 403: "403", 404: "404", 418: "418", 422: "422"} {
		h[name+" in the envelope"] = happening{answers(status, `{"success":false,"message":"No."}`), never, never, false}
	}
	return h
}

// TestWhatIsRepeated runs each line of the table on the wire: what happens,
// then an answer that ends the matter.
func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	for name, h := range happenings() {
		for operation, is := range map[string]struct {
			do     func(context.Context, *Client) error
			pause  span
			writes bool
		}{
			"get": {get, h.reads, false}, "list": {list, h.reads, false}, "reset": {reset, h.resets, true},
		} {
			t.Run(operation+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					turns := []turn{h.turn}
					if is.pause != never {
						turns = append(turns, answers(403, forbiddenBody))
					}
					w := newWire(t, turns...)
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
					defer cancel()
					e := asError(t, is.do(ctx, newClient(t, w)))
					w.expect(len(turns))
					if is.pause != never {
						between(t, "pause", w.pause(0), is.pause.least, is.pause.most)
						if e.Kind != KindForbidden {
							t.Errorf("kind %s after the repeat: %v", e.Kind, e)
						}
					}
					if want := is.writes && h.acted; e.MayHaveActed != want {
						t.Errorf("MayHaveActed %t, want %t: %v", e.MayHaveActed, want, e)
					}
					if e.Attempts != len(turns) {
						t.Errorf("Attempts %d, want %d", e.Attempts, len(turns))
					}
				})
			})
		}
	}
}
