package simulator

import (
	"net/http"
	"time"
)

// Quota is the number of messages that the account may send.
type Quota struct {
	Current int // still left
	Max     int
}

type quotaJSON struct {
	Current         int     `json:"current_quota"`
	Max             int     `json:"max_quota"`
	UsagePercentage float64 `json:"usage_percentage"`
}

func (s *Server) getQuota(*call, time.Time) answer {
	q := s.opts.Quota
	used := float64(q.Max-q.Current) / float64(q.Max) * 100
	return jsonAnswer(http.StatusOK, envelope{Success: true, Data: quotaJSON{q.Current, q.Max, used}})
}
