package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// kind is one way in which a request goes wrong.
type kind struct {
	name string
	// fault is it, for one request.
	fault func(dice *rand.Rand, r simulator.Request) simulator.Fault
	// whole: the answer comes, and the client has no reason to doubt it.
	whole bool
	// mayRun: the client cannot know whether the request is still running, and
	// sends it again. So a further reset after a whole answer can be its duty.
	mayRun bool
	// late: the request acts when its client has been told otherwise.
	late bool
	// passing: a read gets over it within its time, by asking again.
	passing bool
}

// A landing that is late comes so long after its request, and so far apart from
// other resets of its credential that the API's whole seconds can tell them
// apart.
const (
	earliestLanding = time.Second
	latestLanding   = 9 * time.Second
	landingsApart   = 2500 * time.Millisecond
)

// faultList collects faults.
type faultList []kind

func (l *faultList) add(k kind, fault func(*rand.Rand, simulator.Request) simulator.Fault) {
	k.fault = fault
	*l = append(*l, k)
}

func (l *faultList) fixed(k kind, fault simulator.Fault) {
	l.add(k, func(*rand.Rand, simulator.Request) simulator.Fault { return fault })
}

// either adds a kind twice: the request acts, or it does not.
func (l *faultList) either(k kind, fault func(acted bool) simulator.Fault) {
	name := k.name
	for _, acted := range []bool{true, false} {
		k.name = name + ", not acted"
		if acted {
			k.name = name + ", acted"
		}
		l.fixed(k, fault(acted))
	}
}

// late adds a kind whose request acts when its client has been told otherwise.
func (l *faultList) late(k kind, how simulator.Fault) {
	k.name += ", landing late"
	k.late = true
	l.add(k, func(dice *rand.Rand, _ simulator.Request) simulator.Fault {
		fault := simulator.FaultLate("", between(dice, earliestLanding, latestLanding), how)
		fault.ActApart = landingsApart
		return fault
	})
}

func between(dice *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(dice.Int64N(int64(most-least)))
}

// allFaults is everything that can go wrong. elsewhere is where redirects lead.
func allFaults(redirectTarget string) []kind {
	var l faultList
	for _, status := range []int{500, 503} {
		l.either(kind{name: fmt.Sprintf("%d of the API", status), passing: true}, func(acted bool) simulator.Fault {
			return simulator.FaultEnvelope("", status, "An error occurred while processing the request.", acted)
		})
	}
	for _, status := range []int{500, 502, 503, 504} {
		k := kind{name: fmt.Sprintf("%d page", status), mayRun: status != http.StatusGatewayTimeout, passing: true}
		l.either(k, func(acted bool) simulator.Fault { return simulator.FaultStatus("", status, acted) })
		l.late(k, simulator.FaultStatus("", status, false))
	}
	lost := kind{name: "connection closed", mayRun: true, passing: true}
	l.either(lost, func(acted bool) simulator.Fault { return simulator.FaultLost("", acted) })
	l.late(lost, simulator.FaultLost("", false))
	torn := kind{name: "connection reset", mayRun: true, passing: true}
	l.either(torn, func(acted bool) simulator.Fault { return simulator.FaultConnectionReset("", acted) })
	l.late(torn, simulator.FaultConnectionReset("", false))
	silent := kind{name: "silence"}
	l.either(silent, func(acted bool) simulator.Fault { return simulator.FaultStall("", acted) })
	l.late(silent, simulator.FaultStall("", false))
	l.fixed(kind{name: "answer cut", passing: true}, simulator.FaultCut(""))
	l.add(kind{name: "slow answer", whole: true, passing: true}, func(dice *rand.Rand, _ simulator.Request) simulator.Fault {
		return simulator.FaultDelay("", between(dice, 100*time.Millisecond, 4*time.Second))
	})
	l.limits()
	l.bodies()
	l.refusals(redirectTarget)
	return l
}

// limits are the 429s.
func (l *faultList) limits() {
	l.fixed(kind{name: "429, wait in seconds", passing: true}, simulator.FaultRateLimit("", "1"))
	l.fixed(kind{name: "429, no wait told", passing: true}, simulator.FaultRateLimit("", ""))
	l.add(kind{name: "429, wait as a date", passing: true}, func(_ *rand.Rand, r simulator.Request) simulator.Fault {
		return simulator.FaultRateLimit("", r.Time.Add(2*time.Second).UTC().Format(http.TimeFormat))
	})
}

// bodies are answers with a status that says success.
func (l *faultList) bodies() {
	l.either(kind{name: "200, success false"}, func(acted bool) simulator.Fault {
		return simulator.FaultBody("", http.StatusOK, `{"success":false,"message":"It did not work."}`, acted)
	})
	for _, body := range []struct{ name, text string }{
		{"no password", `{"success":true,"data":{}}`},
		{"empty password", `{"success":true,"data":{"new_password":""}}`},
		{"wrong types", `{"success":true,"data":{"new_password":["x"],"credential":7,"user_smtp_guid":{}}}`},
		{"null", `null`},
		{"a list", `[]`},
		{"HTML", `<html><body>Welcome</body></html>`},
		{"nothing", ``},
	} {
		l.fixed(kind{name: "200, " + body.name}, simulator.FaultBody("", http.StatusOK, body.text, true))
	}
	l.fixed(kind{name: "body of 2 MiB"}, simulator.FaultSize("", 2<<20))
	l.fixed(kind{name: "body of 20 MB"}, simulator.FaultSize("", 20_000_000))
	l.fixed(kind{name: "body without end"}, simulator.FaultEndless(""))
	l.fixed(kind{name: "gzip", whole: true, passing: true}, simulator.FaultGzip(""))
	bomb := simulator.FaultGzip("")
	bomb.Size = 20_000_000
	l.fixed(kind{name: "gzip bomb"}, bomb)
}

// refusals are answers that are not, or must not be taken for, the API's.
func (l *faultList) refusals(redirectTarget string) {
	l.fixed(kind{name: "redirect"}, simulator.FaultRedirect("", redirectTarget))
	for _, status := range []int{401, 403, 404} {
		l.fixed(kind{name: strconv.Itoa(status) + " page"}, simulator.FaultStatus("", status, false))
	}
	l.fixed(kind{name: "403 of the API"}, simulator.FaultEnvelope("", http.StatusForbidden, "This action is unauthorized.", false))
}
