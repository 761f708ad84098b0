package transport

import "testing"

// TestPolicy holds the policy to the table of what is repeated, row by row.
func TestPolicy(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		outcome         Outcome
		reads, resets   retryDecision
		creates, writes retryDecision
		acted           bool
		running         bool
	}{
		"a success needs no repeat, and has acted":                               {Success, noRetry, noRetry, noRetry, noRetry, true, false},
		"the API's own no is not asked for again, and nothing was done":          {APIError, noRetry, noRetry, noRetry, noRetry, false, false},
		"a redirect or somebody else's 4xx is not the API's":                     {NonAPIError, noRetry, noRetry, noRetry, noRetry, false, false},
		"a success that is not understood may have acted: no second reset":       {UnrecognizedSuccess, noRetry, noRetry, noRetry, noRetry, true, false},
		"nothing was sent: repeat while there is patience":                       {Unreachable, duringOutage, duringOutage, duringOutage, duringOutage, false, false},
		"a proxy that cannot connect is as good as no network":                   {ProxyFailed, duringOutage, duringOutage, duringOutage, duringOutage, false, false},
		"a proxy's 407 is a failed login, of which some lock an account":         {ProxyUnauthorized, noRetry, noRetry, noRetry, noRetry, false, false},
		"a certificate that does not hold does not get better, nothing was sent": {Untrusted, noRetry, noRetry, noRetry, noRetry, false, false},
		"a cut answer: the server is done with it, and may have acted":           {Truncated, soon, soon, soon, soon, true, false},
		"500, 503 of the API's own: the server is done, and may have acted":      {ServerError, soon, soon, soon, soon, true, false},
		"lost, 502: it may still be running, so a reset waits till it landed":    {ConnectionLost, soon, afterLanding, afterLanding, soon, true, true},
		"504, other 5xx: most likely still running, so no second reset":          {StillRunning, soon, noRetry, noRetry, noRetry, true, true},
		"429: wait and repeat, nothing was done":                                 {RateLimited, whenAllowed, whenAllowed, whenAllowed, whenAllowed, false, false},
		"what the gate does not let through in time was not sent":                {WaitTooLong, noRetry, noRetry, noRetry, noRetry, false, false},
		"the operation's time is over, the request is most likely still running": {TimedOut, noRetry, noRetry, noRetry, noRetry, true, true},
		"whoever gave up wants no repeat, the request may be on its way":         {Canceled, noRetry, noRetry, noRetry, noRetry, true, true},
		"an earlier attempt has made it, as a look has shown":                    {AlreadyDone, noRetry, noRetry, noRetry, noRetry, true, false},
		"whether an earlier attempt has made it could not be seen":               {LookFailed, noRetry, noRetry, noRetry, noRetry, true, false},
	}
	if len(rows) != outcomeCount {
		t.Fatalf("%d rows for %d outcomes", len(rows), outcomeCount)
	}
	for why, row := range rows {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			rule := policy[row.outcome]
			for e, want := range []retryDecision{Reads: row.reads, Resets: row.resets, Creates: row.creates, Writes: row.writes, Deletes: row.writes} {
				if got := rule.decision(Effect(e)); got != want {
					t.Errorf("effect %d: %d, want %d", e, got, want)
				}
			}
			if rule.acted != row.acted {
				t.Errorf("acted: %t, want %t", rule.acted, row.acted)
			}
			if rule.running != row.running {
				t.Errorf("running: %t, want %t", rule.running, row.running)
			}
		})
	}
}
