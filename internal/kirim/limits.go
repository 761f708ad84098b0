package kirim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limits are what came of a request as far as the rate limit goes: whether it
// may have been counted, and what its answer said.
type limits struct {
	sent      bool          // the request may have been
	came      bool          // there was an answer
	limited   bool          // it was a 429
	remaining int           // requests left in this window, -1 where it does not say
	limit     int           // requests a window, 0 where it does not say
	wait      time.Duration // how long to wait, 0 where it does not say
}

// limitsOf gives what an answer says, or as much of it as came. What says nothing
// of the limit and is no answer to the request may come from somebody else.
func limitsOf(response *http.Response, whole *answer) limits {
	var l limits
	if whole != nil {
		l = whole.limits
	} else {
		l = readLimits(response, time.Time{}, 0)
	}
	if l.remaining < 0 && !l.limited && (whole == nil || response.StatusCode >= http.StatusInternalServerError) {
		l.came = false
	}
	return l
}

// latestUnix is where a number stops being one of seconds to wait and becomes a
// moment: X-RateLimit-Reset comes as either.
const latestUnix = 1_000_000_000

// readLimits reads the headers X-RateLimit-Limit and X-RateLimit-Remaining and,
// for a 429 without Retry-After, X-RateLimit-Reset, which some servers send in
// its place. What cannot be read is as good as absent. sent is when the answer
// was, by the server's clock.
func readLimits(response *http.Response, sent time.Time, retryAfter time.Duration) limits {
	l := limits{sent: true, came: true, remaining: -1, limited: response.StatusCode == http.StatusTooManyRequests}
	if n, ok := count(response.Header, "X-RateLimit-Remaining"); ok {
		l.remaining = n
	}
	if n, ok := count(response.Header, "X-RateLimit-Limit"); ok {
		l.limit = n
	}
	if l.limited {
		l.wait = retryAfter
		if n, ok := count(response.Header, "X-RateLimit-Reset"); ok && l.wait == 0 {
			l.wait = time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second
			if n >= latestUnix {
				l.wait = min(max(time.Unix(int64(n), 0).Sub(sent), 0), maxRetryAfter)
			}
		}
	}
	return l
}

func count(header http.Header, name string) (int, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(header.Get(name)), 10, 32)
	return int(n), err == nil && n >= 0
}

// maxRetryAfter bounds what is believed of a Retry-After.
const maxRetryAfter = 365 * 24 * time.Hour

// parseRetryAfter reads a Retry-After header: seconds or an HTTP date (RFC
// 9110, section 10.2.3). 0 stands for none, for one that is past and for one
// that cannot be read.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.ParseInt(header, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
