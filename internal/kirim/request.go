package kirim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// request describes one operation on the API, whichever endpoint it is for.
type request struct {
	op     string // in words, for errors: "read the credential"
	ref    Ref    // what it is about, as a configuration spells it
	effect effect
	method string
	path   string     // below the path of ref: "/reset-password"
	query  url.Values // nil for none
	body   any        // sent as JSON; nil for none
	effort effort
	// collection says that ref names all of its noun, and has no key.
	collection bool
	// look reports whether an earlier attempt has done what is asked. It is called
	// before a repeat, if an attempt before it may have acted.
	look func(context.Context) (bool, error)
}

// item is anything that the API knows by a key: a GUID, or a domain's name.
type item interface{ key() string }

// decoder reads one object of an answer. asOf is the answer's Date, zero if it has
// none. An item without a key counts as not read.
type decoder[T item] func(raw json.RawMessage, asOf time.Time) (T, bool)

// do sends a request. The call holds what became of it; its answer is nil if look
// has found what an earlier attempt did.
func (c *Client) do(ctx context.Context, r request) (*call, error) {
	ref, err := r.ref.sendable(r.op, r.collection)
	if err != nil {
		return nil, err
	}
	r.ref = ref
	call := &call{client: c, request: r, path: ref.path() + r.path}
	if r.body != nil {
		if call.body, err = json.Marshal(r.body); err != nil {
			return nil, &Error{Kind: KindArgument, Op: r.op, Reason: reasonUnmakeable, Err: err}
		}
	}
	err = call.do(ctx)
	return call, err
}

// one sends a request that is answered with one object, such as a read or a write:
// as data, or as data.<noun>. The object has to be the one that the request is
// about.
func one[T item](ctx context.Context, c *Client, r request, decode decoder[T]) (T, error) {
	var none T
	call, err := c.do(ctx, r)
	if err != nil {
		return none, err
	}
	found, ok := decode(unwrap(call.answer.envelope.Data, r.ref.Noun), call.answer.date)
	switch {
	case !ok || found.key() == "":
		return none, call.fail(KindIncomplete, reasonLacks+lacksItem+r.ref.Noun)
	case found.key() != call.ref.key():
		return none, call.fail(KindIncomplete, reasonLacks+aboutAnother+r.ref.Noun+aboutAnotherThan)
	}
	return found, nil
}

// unwrap is data.<noun> if there is one, and data itself otherwise: the vendor's
// descriptions have both.
func unwrap(data json.RawMessage, noun string) json.RawMessage {
	if o, _ := asObject(data); !absent(o[noun]) {
		if _, ok := asObject(o[noun]); ok {
			return o[noun]
		}
	}
	return data
}

// create makes something new, and decodes the data of the answer. Before each repeat
// after an attempt that may have acted, look searches for what that attempt made:
// the API may make a second one otherwise.
func create[T item](ctx context.Context, c *Client, r request, decode decoder[T],
	look func(context.Context) (made T, found bool, err error),
) (T, error) {
	var made T
	r.effect, r.method, r.collection = creates, http.MethodPost, true
	r.look = func(ctx context.Context) (found bool, err error) {
		made, found, err = look(ctx)
		return found, err
	}
	call, err := c.do(ctx, r)
	if err != nil || call.answer == nil {
		return made, err
	}
	made, ok := decode(call.answer.envelope.Data, call.answer.date)
	if !ok || made.key() == "" {
		return made, call.fail(KindIncomplete, reasonLacks+lacksItem+r.ref.Noun)
	}
	return made, nil
}

// write changes what ref names. Its answer is not looked into; see one.
func (c *Client) write(ctx context.Context, r request) error {
	r.effect, r.method = writes, http.MethodPut
	_, err := c.do(ctx, r)
	return err
}

// remove deletes what ref names. If an attempt may have acted, the "not found" of a
// repeat is a success.
func (c *Client) remove(ctx context.Context, op string, ref Ref) error {
	_, err := c.do(ctx, request{op: op, ref: ref, effect: deletes, method: http.MethodDelete})
	if IsNotFound(err, ref.Noun) && detailsOf(err).MayHaveActed {
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
	call  *call
}

// isLast reports whether no page follows. seen counts the items of all pages so far.
func (p *pageOf[T]) isLast(seen int) bool {
	if p.total >= 0 { // also if pages are smaller than asked for
		return seen >= p.total || p.count == 0
	}
	return p.count < maxPageSize
}

// listPage reads one page of a list, by its number from 1; the number 0 stands for a
// list without pages.
func listPage[T item](ctx context.Context, c *Client, r request, number int, decode decoder[T]) (*pageOf[T], error) {
	r.effect, r.method, r.collection = reads, http.MethodGet, true
	if number > 0 {
		query := url.Values{"limit": {strconv.Itoa(maxPageSize)}, "page": {strconv.Itoa(number)}}
		maps.Copy(query, r.query)
		r.query = query
	}
	call, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	raw, total, ok := decodeList(call.answer.envelope.Data)
	if !ok {
		return nil, call.fail(KindIncomplete, reasonLacks+lacksList)
	}
	p := &pageOf[T]{count: len(raw), total: total, call: call}
	for _, one := range raw {
		if item, ok := decode(one, call.answer.date); ok && item.key() != "" {
			p.items = append(p.items, item)
		}
	}
	return p, nil
}

// listAll reads all pages of a list, in the API's order, each item once. An item that
// cannot be read is an error, as is a page: a list that lacks something is worse
// than none.
func listAll[T item](ctx context.Context, c *Client, r request, decode decoder[T]) ([]T, error) {
	var all []T
	known := map[string]bool{}
	seen := 0
	for number := 1; ; number++ {
		p, err := listPage[T](ctx, c, r, number, decode)
		if err != nil {
			return nil, err
		}
		if len(p.items) < p.count {
			return nil, p.call.fail(KindIncomplete, reasonLacks+lacksItem+r.ref.Noun)
		}
		before := len(all)
		for _, item := range p.items {
			if !known[item.key()] {
				known[item.key()] = true
				all = append(all, item)
			}
		}
		seen += p.count
		if p.isLast(seen) {
			return all, nil
		}
		// A server that ignores the page's number would be asked for ever.
		if len(all) == before && p.total < 0 {
			return all, nil
		} else if len(all) == before {
			e := p.call.fail(KindIncomplete, reasonLacks+lacksItem+r.ref.Noun)
			e.Err = fmt.Errorf("page %d repeats earlier ones, and only %d of %d came", number, len(all), p.total)
			return nil, e
		}
	}
}

// decodeList reads the three shapes in which lists come, and their total if they
// carry one (otherwise -1):
//
//	[…]                                                  the OpenAPI description, the Go SDK
//	{"data": […], "pagination": {"total": …}}            the PHP, Node and Python SDKs
//	{"current_page": …, "data": […], "total": …}         a test of the PHP SDK
func decodeList(raw json.RawMessage) (items []json.RawMessage, total int, ok bool) {
	if absent(raw) {
		return nil, -1, false
	}
	if json.Unmarshal(raw, &items) == nil {
		return items, -1, true
	}
	nested, _ := asObject(raw)
	if absent(nested["data"]) || json.Unmarshal(nested["data"], &items) != nil {
		return nil, -1, false
	}
	pagination, _ := asObject(nested["pagination"])
	for _, total := range []json.RawMessage{nested["total"], pagination["total"]} {
		if n, ok := asCount(total); ok {
			return items, n, true
		}
	}
	return items, -1, true
}
