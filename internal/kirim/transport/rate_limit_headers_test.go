package transport

import (
	"net/http"
	"testing"
	"time"
)

func TestWhatAnAnswerSaysOfTheLimit(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status  int
		headers []string
		want    limitInfo
	}{
		"nothing":                             {200, nil, limitInfo{remaining: unknown}},
		"what is left, and of how many":       {200, []string{"X-RateLimit-Remaining", "59", "X-RateLimit-Limit", "60"}, limitInfo{remaining: 59, limit: 60}},
		"in another spelling":                 {200, []string{"x-ratelimit-remaining", " 7 "}, limitInfo{remaining: 7}},
		"that none is left":                   {200, []string{"X-RateLimit-Remaining", "0"}, limitInfo{remaining: 0}},
		"nonsense":                            {200, []string{"X-RateLimit-Remaining", "-3", "X-RateLimit-Limit", "60, 60;w=60"}, limitInfo{remaining: unknown}},
		"more than there are":                 {200, []string{"X-RateLimit-Remaining", "99999999999999999999"}, limitInfo{remaining: unknown}},
		"a 429":                               {429, []string{"Retry-After", "7", "X-RateLimit-Limit", "60"}, limitInfo{limited: true, remaining: unknown, limit: 60, wait: 7 * time.Second}},
		"a 429 that says nothing":             {429, nil, limitInfo{limited: true, remaining: unknown}},
		"a wait beside what is no 429":        {503, []string{"Retry-After", "30"}, limitInfo{remaining: unknown}},
		"what is left beside a server's":      {500, []string{"X-RateLimit-Remaining", "5"}, limitInfo{remaining: 5}},
		"a wait as a date, by its clock":      {429, []string{"Retry-After", sent.Add(9 * time.Second).Format(http.TimeFormat)}, limitInfo{limited: true, remaining: unknown, wait: 9 * time.Second}},
		"a wait that cannot be read":          {429, []string{"Retry-After", "soon"}, limitInfo{limited: true, remaining: unknown}},
		"a limit of none, as good as nothing": {200, []string{"X-RateLimit-Limit", "0"}, limitInfo{remaining: unknown}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Date": {sent.Format(http.TimeFormat)}}
			for i := 0; i+1 < len(c.headers); i += 2 {
				header.Set(c.headers[i], c.headers[i+1])
			}
			response := &http.Response{StatusCode: c.status, Header: header, Body: http.NoBody}
			whole, err := readAnswer(response, sent.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			c.want.answered = c.status < 500 || c.want.remaining != unknown
			if got := limitOf(response, whole); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
