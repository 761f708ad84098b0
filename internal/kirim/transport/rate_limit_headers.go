package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limitInfo is what became of a request as far as the rate limit goes: whether it may
// have been counted, and what its answer said.
type limitInfo struct {
	sent      bool          // the request may have been sent
	answered  bool          // the API answered
	limited   bool          // with a 429
	remaining int           // requests left in this window, -1 if unknown
	limit     int           // requests a window, 0 if unknown
	wait      time.Duration // how long to wait, 0 if unknown
}

// limitOf returns what an answer says, or as much of it as came. If it says nothing of
// the limit and is no answer to the request, a gateway may have sent it.
func limitOf(response *http.Response, whole *Answer) limitInfo {
	var l limitInfo
	if whole != nil {
		l = whole.limit
	} else {
		l = readLimit(response, time.Time{}, 0)
	}
	if l.remaining < 0 && !l.limited && (whole == nil || response.StatusCode >= http.StatusInternalServerError) {
		l.answered = false
	}
	return l
}

// earliestUnix is where a number is no more one of seconds to wait, and is a time:
// X-RateLimit-Reset comes as either.
const earliestUnix = 1_000_000_000

// readLimit reads the headers X-RateLimit-Limit and X-RateLimit-Remaining. For a 429
// without Retry-After it reads X-RateLimit-Reset, which some servers send instead. A
// header that cannot be read counts as absent. sent is when the answer was sent, by the
// server's clock.
func readLimit(response *http.Response, sent time.Time, retryAfter time.Duration) limitInfo {
	l := limitInfo{sent: true, answered: true, remaining: -1, limited: response.StatusCode == http.StatusTooManyRequests}
	if n, ok := countIn(response.Header, "X-RateLimit-Remaining"); ok {
		l.remaining = n
	}
	if n, ok := countIn(response.Header, "X-RateLimit-Limit"); ok {
		l.limit = n
	}
	if l.limited {
		l.wait = retryAfter
		if n, ok := countIn(response.Header, "X-RateLimit-Reset"); ok && l.wait == 0 {
			l.wait = time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second
			if n >= earliestUnix {
				l.wait = min(max(time.Unix(int64(n), 0).Sub(sent), 0), maxRetryAfter)
			}
		}
	}
	return l
}

func countIn(header http.Header, name string) (int, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(header.Get(name)), 10, 32)
	return int(n), err == nil && n >= 0
}

// maxRetryAfter bounds what is believed of a Retry-After.
const maxRetryAfter = 365 * 24 * time.Hour

// parseRetryAfter reads a Retry-After header: seconds or an HTTP date (RFC 9110, section
// 10.2.3). 0 stands for none, for one in the past and for one that cannot be read.
func parseRetryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header != "" && strings.Trim(header, "0123456789") == "" {
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
