package kirim

import (
	"context"
	"encoding/json"
	"math"
	"strconv"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
)

// Quota is how many mails the account may still send. What the API does not say is nil.
type Quota struct {
	Current, Max    *int64
	UsagePercentage *float64
}

// GetQuota reads the account's quota: `GET /api/quota`.
func (c *Client) GetQuota(ctx context.Context) (*Quota, error) {
	reply, err := c.do(ctx, request{op: "read the quota", path: "/quota"})
	if err != nil {
		return nil, err
	}
	data, ok := jsonvalue.AsObject(reply.Answer.Data)
	if !ok {
		return nil, reply.incomplete("it holds no quota")
	}
	quota := &Quota{UsagePercentage: number(data["usage_percentage"])}
	for name, field := range map[string]**int64{"current_quota": &quota.Current, "max_quota": &quota.Max} {
		if n := number(data[name]); n != nil && math.Abs(*n) < 1<<53 { // larger ones are not exact
			*field = new(int64(*n))
		}
	}
	return quota, nil
}

// number reads a number that may have come as a text; nil if there is none.
func number(raw json.RawMessage) *float64 {
	text, _ := jsonvalue.AsText(raw)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) { // which ParseFloat reads as words
		return nil
	}
	return &n
}
