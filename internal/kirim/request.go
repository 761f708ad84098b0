package kirim

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// request describes one operation on the API, whichever endpoint it is for.
type request struct {
	op     string // in words, for errors: "read the credential"
	ref    Ref    // what it is about, as a configuration spells it; of a list or a create, what that belongs to
	effect transport.Effect
	method string           // that of effect if it is empty
	path   string           // below the path of ref: "/reset-password", "/credentials"
	query  url.Values       // nil for none
	whole  bool             // of a list: it has no pages
	body   any              // sent as JSON; nil for none
	budget transport.Budget // the default one if it is zero
	// look reports whether an earlier attempt has done what is asked. It is called
	// before a repeat, if an attempt before it may have acted.
	look func(context.Context) (bool, error)
}

// methods are those of the API for what a request does.
var methods = map[transport.Effect]string{
	transport.Reads: http.MethodGet, transport.Creates: http.MethodPost, transport.Writes: http.MethodPut,
	transport.Resets: http.MethodPut, transport.Deletes: http.MethodDelete,
}

// item is anything that the API knows by a key: a GUID, or a domain's name.
type item interface{ key() string }

// decoder reads one object of an answer. asOf is the answer's Date, zero if it has
// none. An item without a key counts as not read.
type decoder[T item] func(raw json.RawMessage, asOf time.Time) (T, bool)

// reply is what came of a request. Its Answer is nil if look has found what an earlier
// attempt did.
type reply struct {
	request
	*transport.Result
	client    *Client
	passwords []string // not to be quoted; see WithPasswords
}

// do sends a request.
func (c *Client) do(ctx context.Context, r request) (*reply, error) {
	httpRequest, err := c.newRequest(ctx, &r)
	if err != nil {
		kind := KindArgument
		if errors.Is(err, ErrAccountOnly) {
			kind = KindAccountOnly
		}
		return nil, &Error{Kind: kind, Op: r.op, Err: err}
	}
	about := []slog.Attr{
		slog.String("domain", r.ref.Domain), slog.String("method", httpRequest.Method),
		slog.String("path", httpRequest.URL.EscapedPath()),
	}
	if r.ref.GUID != "" {
		about = append(about, slog.String(r.ref.Noun+"_guid", r.ref.GUID))
	}
	reply := &reply{request: r, client: c}
	reply.passwords, _ = ctx.Value(passwordsKey{}).([]string)
	reply.Result = c.transport.Do(transport.Operation{
		Request: httpRequest, Effect: r.effect, Look: r.look, About: about,
		Budget: cmp.Or(r.budget, transport.DefaultBudget),
	})
	if reply.Outcome != transport.Success && reply.Outcome != transport.AlreadyDone {
		return nil, reply.failure()
	}
	return reply, nil
}

// newRequest makes the HTTP request, and gives r.ref the spelling that is sent.
func (c *Client) newRequest(ctx context.Context, r *request) (*http.Request, error) {
	var err error
	if r.ref, err = r.ref.Normalize(); err != nil {
		return nil, err
	}
	var body io.Reader
	if r.body != nil {
		encoded, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	method, path := cmp.Or(r.method, methods[r.effect]), r.ref.path()+r.path
	if c.config.DomainKey {
		if method, path, err = domainKeyEndpoint(method, path, r.ref.Domain); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, body)
	if err != nil {
		return nil, err
	}
	if c.config.DomainKey {
		request.Header.Set("Domain", r.ref.Domain)
	}
	request.URL.RawQuery = r.query.Encode()
	request.SetBasicAuth(c.config.Username, c.config.Token)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.config.UserAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// one sends a request that is answered with one object, such as a read or a write:
// as data, or as data.<noun>. The object has to be the one that the request is
// about.
func one[T item](ctx context.Context, c *Client, r request, decode decoder[T]) (*T, error) {
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	found, ok := decode(unwrap(reply.Answer.Data, r.ref.Noun), reply.Answer.Date)
	switch {
	case !ok || found.key() == "":
		return nil, reply.incomplete("it holds no " + r.ref.Noun)
	case found.key() != cmp.Or(reply.ref.GUID, reply.ref.Domain):
		return nil, reply.incomplete("it is about another " + r.ref.Noun + " than the one asked for")
	}
	return &found, nil
}

// unwrap is data.<noun> if there is one, and data itself otherwise: the vendor's
// descriptions have both.
func unwrap(data json.RawMessage, noun string) json.RawMessage {
	o, _ := jsonvalue.AsObject(data)
	if _, ok := jsonvalue.AsObject(o[noun]); ok {
		return o[noun]
	}
	return data
}

// remove deletes what ref names. If an attempt may have acted, the "not found" of a
// repeat is a success.
func (c *Client) remove(ctx context.Context, op string, ref Ref) error {
	_, err := c.do(ctx, request{op: op, ref: ref, effect: transport.Deletes})
	if IsNotFound(err, ref.Noun) && Details(err).MayHaveActed {
		return nil
	}
	return err
}

// maxPageSize is the largest page that the API serves.
const maxPageSize = 100

// pageOf is one page of a list.
type pageOf[T item] struct {
	items []T
	count int // with the items that could not be read
	total int // of all pages, -1 if the answer does not say
	reply *reply
}

// isLast reports whether no page follows. seen counts the items of all pages so far.
func (p *pageOf[T]) isLast(seen int) bool {
	if p.total >= 0 { // also if pages are smaller than asked for
		return seen >= p.total || p.count == 0
	}
	return p.count != maxPageSize // what is larger than asked for is all that there is
}

// listPage reads one page of a list, by its number from 1.
func listPage[T item](ctx context.Context, c *Client, r request, number int, decode decoder[T]) (*pageOf[T], error) {
	if !r.whole {
		query := url.Values{"limit": {strconv.Itoa(maxPageSize)}, "page": {strconv.Itoa(number)}}
		maps.Copy(query, r.query)
		r.query = query
	}
	reply, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	raw, total, ok := decodeList(reply.Answer.Envelope)
	if !ok {
		return nil, reply.incomplete("it holds no list")
	}
	p := &pageOf[T]{count: len(raw), total: total, reply: reply}
	for _, one := range raw {
		if item, ok := decode(one, reply.Answer.Date); ok && item.key() != "" {
			p.items = append(p.items, item)
		}
	}
	return p, nil
}

// listAll reads all pages of a list, in the API's order, each item once. An item that
// cannot be read is an error, as is a page, or a total that is not reached: a list that
// lacks something is worse than none.
func listAll[T item](ctx context.Context, c *Client, r request, decode decoder[T]) ([]T, error) {
	var all []T
	known := map[string]bool{}
	for number := 1; ; number++ {
		p, err := listPage[T](ctx, c, r, number, decode)
		if err != nil {
			return nil, err
		}
		if len(p.items) < p.count {
			return nil, p.reply.incomplete("one of its items cannot be read")
		}
		before := len(all)
		for _, item := range p.items {
			if !known[item.key()] {
				known[item.key()] = true
				all = append(all, item)
			}
		}
		switch {
		// A full page that reaches no total may not be the last: a total may be too small.
		case r.whole, len(all) >= p.total && (p.count != maxPageSize || len(all) == p.total):
			return all, nil
		case len(all) == before: // a server that ignores the page's number would be asked for ever
			what := fmt.Sprintf("its page %d has nothing new, and only %d came in all", number, len(all))
			return nil, p.reply.incomplete(what)
		}
	}
}

// decodeList reads the shapes in which lists come, and their total if they carry one
// (otherwise -1):
//
//	"data": […]                                               the OpenAPI description, the Go SDK
//	"data": […], "pagination": {"total": …}                   the OpenAPI description, of domains
//	"data": {"data": […], "pagination": {"total": …}}         the PHP, Node and Python SDKs
//	"data": {"current_page": …, "data": […], "total": …}      a test of the PHP SDK
func decodeList(e transport.Envelope) (items []json.RawMessage, total int, ok bool) {
	list, pagination, totals := e.Data, e.Pagination, []json.RawMessage(nil)
	if nested, ok := jsonvalue.AsObject(e.Data); ok {
		list, pagination, totals = nested["data"], nested["pagination"], append(totals, nested["total"])
	}
	if json.Unmarshal(list, &items) != nil || items == nil { // null is none
		return nil, -1, false
	}
	pages, _ := jsonvalue.AsObject(pagination)
	for _, total := range append(totals, pages["total"]) {
		if n, ok := jsonvalue.AsCount(total); ok {
			return items, n, true
		}
	}
	return items, -1, true
}
