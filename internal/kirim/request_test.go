package kirim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/jsonvalue"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// gadget is a thing that no endpoint knows.
type gadget struct {
	GUID, Color string
	age         time.Duration // negative if it is not known
}

func (g gadget) key() string { return g.GUID }

func (g gadget) created() (at, asOf time.Time) {
	if asOf = time.Unix(1_800_000_000, 0); g.age < 0 {
		return time.Time{}, asOf
	}
	return asOf.Add(-g.age), asOf
}

func decodeGadget(raw json.RawMessage, _ time.Time) (gadget, bool) {
	o, ok := jsonvalue.AsObject(raw)
	var g gadget
	g.GUID, _ = jsonvalue.AsString(o["gadget_guid"])
	g.Color, _ = jsonvalue.AsString(o["color"])
	age, _ := jsonvalue.AsString(o["age"])
	if g.age = -1; age != "" {
		g.age, _ = time.ParseDuration(age)
	}
	return g, ok
}

const gadgetJSON = `{"gadget_guid":"` + testGUID + `","color":"red","age":"0s"}`

func gadgetRef(guid string) Ref { return Ref{Noun: "gadget", Domain: testDomain, GUID: guid} }

func gadgetsOf(from, count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf(`{"gadget_guid":%q,"color":"c%d"}`, guid(from+i), from+i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

func listGadgets(ctx context.Context, c *Client) ([]gadget, error) {
	return listAll(ctx, c, request{op: "list the gadgets", ref: DomainRef(testDomain), path: "/gadgets"}, decodeGadget)
}

// createGadget looks for a gadget of its color.
func createGadget(ctx context.Context, c *Client) (*gadget, error) {
	r := request{op: "create the gadget", ref: DomainRef(testDomain), path: "/gadgets", body: map[string]string{"color": "red"}}
	return create(ctx, c, r, decodeGadget, func(ctx context.Context) ([]gadget, error) {
		return listGadgets(ctx, c)
	}, func(one gadget) bool { return one.Color == "red" })
}

func writeGadget(ctx context.Context, c *Client) error {
	r := request{op: "update the gadget", ref: gadgetRef(testGUID), effect: transport.Writes, body: map[string]string{"color": "blue"}}
	_, err := c.do(ctx, r)
	return err
}

func removeGadget(ctx context.Context, c *Client) error {
	return c.remove(ctx, "delete the gadget", gadgetRef(testGUID))
}

// asked are the requests that came, with their bodies.
func (w *wire) asked(t *testing.T) string {
	t.Helper()
	var all []string
	for _, r := range w.requests {
		line := r.Method + " " + r.URL.RequestURI()
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: a body of the type %q, %v", line, r.Header.Get("Content-Type"), err)
			}
			line += " " + string(body)
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

func TestAllPagesOfAListAreRead(t *testing.T) {
	t.Parallel()
	for shape, dress := range shapes {
		for _, count := range []int{0, 1, 99, 100, 101, 250} {
			t.Run(fmt.Sprintf("%s, %d", shape, count), func(t *testing.T) {
				t.Parallel()
				var turns []turn
				pages := max(1, (count+99)/100)
				if shape == "flat" && count > 0 && count%100 == 0 {
					pages++ // without a total, a full page may not be the last
				}
				for n := range pages {
					turns = append(turns, answers(200, dress(gadgetsOf(n*100, max(0, min(100, count-n*100))), count)))
				}
				w := newWire(t, turns...)
				all, err := listGadgets(t.Context(), newClient(t, w))
				if err != nil || len(all) != count {
					t.Fatalf("%d came, %v", len(all), err)
				}
				for i, g := range all {
					if g.GUID != guid(i) || g.Color != fmt.Sprintf("c%d", i) {
						t.Fatalf("%d: %+v", i, g)
					}
				}
				w.expect(pages)
				if got := w.requests[pages-1].URL.RequestURI(); got != fmt.Sprintf("/api/domains/example.com/gadgets?limit=100&page=%d", pages) {
					t.Errorf("asked %s", got)
				}
			})
		}
	}
}

func TestAListThatIsNotWholeIsAnError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turns []turn
		kind  Kind
		text  string
	}{
		"the second page fails":  {[]turn{answers(200, shapes["flat"](gadgetsOf(0, 100), 0)), answers(403, forbiddenBody)}, KindForbidden, ""},
		"an item without a GUID": {[]turn{answers(200, `{"success":true,"data":[`+gadgetJSON+`,{}]}`)}, KindIncomplete, "one of its items cannot be read"},
		"an item of no object":   {[]turn{answers(200, `{"success":true,"data":[7]}`)}, KindIncomplete, "one of its items cannot be read"},
		"no list":                {[]turn{answers(200, getBody)}, KindIncomplete, "it holds no list"},
		"the same page, and a total of more": {[]turn{
			answers(200, shapes["paginator"](gadgetsOf(0, 100), 250)), answers(200, shapes["paginator"](gadgetsOf(0, 100), 250)),
		}, KindIncomplete, "only 100 came"},
		"the same page, and twice its items reach the total": {[]turn{
			answers(200, shapes["paginator"](gadgetsOf(0, 100), 200)), answers(200, shapes["paginator"](gadgetsOf(0, 100), 200)),
		}, KindIncomplete, "only 100 came"},
		"an empty page, and a total of more": {[]turn{
			answers(200, shapes["paginator"](gadgetsOf(0, 100), 205)), answers(200, shapes["paginator"](gadgetsOf(0, 0), 205)),
		}, KindIncomplete, "only 100 came"},
		"a full page again, and no total": {
			repeated(2, answers(200, shapes["flat"](gadgetsOf(0, 100), 0))), KindIncomplete, "only 100 came",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, c.turns...)
			all, err := listGadgets(t.Context(), newClient(t, w))
			if e := asError(t, err); e.Kind != c.kind || !strings.Contains(e.Error(), c.text) || all != nil {
				t.Errorf("got %v and %d gadgets", e, len(all))
			}
			w.expect(len(c.turns))
		})
	}
}

// TestAServerThatIgnoresThePageIsNotAskedForEver, and what it repeats is left out.
func TestAServerThatIgnoresThePageIsNotAskedForEver(t *testing.T) {
	t.Parallel()
	// One that ignores the limit, too, sends all that there is.
	w := newWire(t, answers(200, shapes["flat"](gadgetsOf(0, 150), 0)))
	if all, err := listGadgets(t.Context(), newClient(t, w)); err != nil || len(all) != 150 {
		t.Errorf("%d came, %v", len(all), err)
	}
	w.expect(1)
	// Pages that shift bring some twice, and small pages reach the total.
	w = newWire(t, answers(200, shapes["paginator"](gadgetsOf(0, 20), 30)), answers(200, shapes["paginator"](gadgetsOf(20, 10), 30)))
	if all, err := listGadgets(t.Context(), newClient(t, w)); err != nil || len(all) != 30 {
		t.Errorf("%d came, %v", len(all), err)
	}
	same := answers(200, shapes["flat"](gadgetsOf(0, 100), 0))
	w = newWire(t, same, answers(200, shapes["flat"](gadgetsOf(95, 20), 0)))
	if all, err := listGadgets(t.Context(), newClient(t, w)); err != nil || len(all) != 115 {
		t.Errorf("%d came, %v", len(all), err)
	}
}

func TestListCredentials(t *testing.T) {
	t.Parallel()
	w := newWire(t, answers(200, shapes["pagination"](items(0, 100), 120)), answers(200, shapes["pagination"](items(100, 20), 120)))
	all, err := newClient(t, w).ListCredentials(t.Context(), "Example.COM")
	if err != nil || len(all) != 120 {
		t.Fatalf("%d came, %v", len(all), err)
	}
	for i, c := range all {
		if c.GUID != guid(i) || c.Username != fmt.Sprintf("u%d", i) || !c.Listed {
			t.Fatalf("%d: %+v", i, c)
		}
	}
	if want := "GET /api/domains/example.com/credentials?limit=100&page=1\nGET /api/domains/example.com/credentials?limit=100&page=2"; w.asked(t) != want {
		t.Errorf("asked\n%s", w.asked(t))
	}
	w = newWire(t, answers(200, `{"success":true,"data":[`+credentialJSON+`,{"username":"x"}]}`))
	_, err = newClient(t, w).ListCredentials(t.Context(), testDomain)
	if e := asError(t, err); e.Kind != KindIncomplete || e.Op != "list the credentials" {
		t.Errorf("got %v", e)
	}
	_, err = newClient(t, newWire(t)).ListCredentials(t.Context(), "x")
	if e := asError(t, err); e.Kind != KindArgument {
		t.Errorf("got %v", e)
	}
}

// TestACreateLooksBeforeItRepeats: an attempt that was lost may have made one, and a
// blind repeat makes two.
func TestACreateLooksBeforeItRepeats(t *testing.T) {
	t.Parallel()
	created := answers(201, `{"success":true,"data":`+gadgetJSON+`}`)
	one := answers(200, `{"success":true,"data":[`+gadgetJSON+`]}`)
	aged := func(age string) turn {
		return answers(200, strings.Replace(`{"success":true,"data":[`+gadgetJSON+`]}`, `"0s"`, age, 1))
	}
	older, ageless := aged(`"60s"`), aged(`null`)
	const post, look = `POST /api/domains/example.com/gadgets {"color":"red"}`, `GET /api/domains/example.com/gadgets?limit=100&page=1`
	for name, c := range map[string]struct {
		turns []turn
		asked []string
		pause span
	}{
		"answered":                      {[]turn{created}, []string{post}, never},
		"lost, and made":                {[]turn{loses, one}, []string{post, look}, settled},
		"lost, and not made":            {[]turn{loses, none, created}, []string{post, look, post}, settled},
		"lost twice, and made":          {[]turn{loses, none, loses, one}, []string{post, look, post, look}, settled},
		"500, and made":                 {[]turn{answers(500, brokenBody), one}, []string{post, look}, shortly},
		"cut, and made":                 {[]turn{cuts(201, `{"succ`), one}, []string{post, look}, shortly},
		"not sent: nothing to look for": {[]turn{refusesConnection, created}, []string{post, post}, shortly},
		"limited: nothing was done":     {[]turn{answers(429, limitedBody, "Retry-After", "7"), created}, []string{post, post}, asked},
		"504, and made":                 {[]turn{answers(504, page), one}, []string{post, look}, never},
		"504, and made later":           {[]turn{answers(504, page), none, one}, []string{post, look, look}, never},
		"made, and not shown":           {[]turn{answers(201, `{"success":true,"data":{}}`), one}, []string{post, look}, never},
		"made, and answered by a page":  {[]turn{answers(201, page), one}, []string{post, look}, never},
		"lost, not made, refused, made": {[]turn{loses, none, taken, one}, []string{post, look, post, look}, settled},
		"one that is older":             {[]turn{loses, older, created}, []string{post, look, post}, settled},
		"one of unknown age":            {[]turn{loses, ageless}, []string{post, look}, settled},
		"lost, limited, made":           {[]turn{loses, none, answers(429, limitedBody, "Retry-After", "1"), one}, []string{post, look, post, look}, settled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, append([]turn{none}, c.turns...)...)
				got, err := createGadget(t.Context(), newClient(t, w))
				if err != nil || got.GUID != testGUID {
					t.Errorf("got %+v, %v", got, err)
				}
				if w.asked(t) != look+"\n"+strings.Join(c.asked, "\n") {
					t.Errorf("asked\n%s", w.asked(t))
				}
				if c.pause != never {
					between(t, "pause", w.pause(1), c.pause.least, c.pause.most)
				}
			})
		})
	}
}

// none is a list of nothing, and taken refuses a create.
var none = answers(200, `{"success":true,"data":[]}`)

var taken = answers(422, `{"success":false,"message":"Validation failed.","errors":{"color":["is taken"]}}`)

func TestACreateThatFailsSaysWhetherItMayHaveActed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turns []turn
		kind  Kind
		acted bool
	}{
		"422 is not repeated":          {[]turn{taken}, KindRejected, false},
		"lost, not made, 422":          {[]turn{loses, none, taken, none, none}, KindRejected, true},
		"504 is not repeated":          {[]turn{answers(504, page), none, none}, KindServer, true},
		"a page is not repeated":       {[]turn{answers(201, page), none}, KindUnexpected, true},
		"an empty body":                {[]turn{answers(204, ""), none}, KindUnexpected, true},
		"an answer without what it is": {[]turn{answers(201, `{"success":true,"data":{}}`), none}, KindIncomplete, true},
		"lost, and the look fails":     {[]turn{loses, answers(403, forbiddenBody), answers(403, forbiddenBody)}, KindForbidden, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, append([]turn{none}, c.turns...)...)
				_, err := createGadget(t.Context(), newClient(t, w))
				if e := asError(t, err); e.Kind != c.kind || e.MayHaveActed != c.acted || e.Op != "create the gadget" {
					t.Errorf("kind %s, MayHaveActed %t: %v", e.Kind, e.MayHaveActed, e)
				}
				w.expect(1 + len(c.turns))
			})
		})
	}
}

// TestACreateDoesNotTakeWhatWasThereBefore, even if that is as young.
func TestACreateDoesNotTakeWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		there := answers(200, `{"success":true,"data":[`+gadgetJSON+`]}`)
		created := answers(201, `{"success":true,"data":`+strings.Replace(gadgetJSON, testGUID, guid(7), 1)+`}`)
		w := newWire(t, there, loses)
		w.turns = append(w.turns, there, created)
		if got, err := createGadget(t.Context(), newClient(t, w)); err != nil || got.GUID != guid(7) {
			t.Errorf("got %+v, %v", got, err)
		}
		w.expect(4)
	})
}

// TestACreateIsMadeIfNobodyCanLook, and if its answer is lost, the error says so.
func TestACreateIsMadeIfNobodyCanLook(t *testing.T) {
	t.Parallel()
	refused := answers(403, forbiddenBody)
	w := newWire(t, refused, answers(201, `{"success":true,"data":`+gadgetJSON+`}`))
	if got, err := createGadget(t.Context(), newClient(t, w)); err != nil || got.GUID != testGUID {
		t.Errorf("got %+v, %v", got, err)
	}
	synctest.Test(t, func(t *testing.T) {
		_, err := createGadget(t.Context(), newClient(t, newWire(t, refused, loses)))
		if e := asError(t, err); e.Kind != KindForbidden || !e.MayHaveActed {
			t.Errorf("got %v", e)
		}
	})
}

// TestACreateIsMadeIfTheListHangs, while there is time for it.
func TestACreateIsMadeIfTheListHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := after(time.Hour, none)
		w := newWire(t, append(slices.Repeat([]turn{hangs}, 2), answers(201, `{"success":true,"data":`+gadgetJSON+`}`))...)
		began := time.Now()
		ctx := WithTimeout(t.Context(), 5*time.Minute)
		if got, err := createGadget(ctx, newClient(t, w)); err != nil || got.GUID != testGUID {
			t.Errorf("got %+v, %v", got, err)
		}
		between(t, "the list", time.Since(began), 50*time.Second, listTimeout)
	})
}

// TestTwoCreatesDoNotTakeTheSameThing: the one that was lost looks, and finds what the
// other one has made.
func TestTwoCreatesDoNotTakeTheSameThing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := answers(200, `{"success":true,"data":[`+gadgetJSON+`]}`)
		w := newWire(t, none, answers(201, `{"success":true,"data":`+gadgetJSON+`}`), loses, one, taken)
		w.turns = append(w.turns, slices.Repeat([]turn{one}, 2)...)
		c := newClient(t, w)
		if _, err := createGadget(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got, err := createGadget(t.Context(), c); got != nil || asError(t, err).Kind != KindRejected {
			t.Errorf("got %+v, %v", got, err)
		}
		w.expect(7)
	})
}

// TestOneThingIsNotMadeTwice: a server that answers two creates with one thing has made one.
func TestOneThingIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	created := answers(201, `{"success":true,"data":`+gadgetJSON+`}`)
	c := newClient(t, newWire(t, append([]turn{none}, repeated(2, created)...)...))
	if _, err := createGadget(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got, err := createGadget(t.Context(), c); got != nil || asError(t, err).Kind != KindIncomplete {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestACreateIsFoundAfterAnInterrupt: otherwise the next apply makes a second one.
func TestACreateIsFoundAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := answers(200, `{"success":true,"data":[`+gadgetJSON+`]}`)
		w := newWire(t, none, after(10*time.Second, answers(504, page)), one)
		if got, err := createGadget(cancelAfter(t, time.Second), newClient(t, w)); err != nil || got.GUID != testGUID {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// TestACreateUnderWayIsNotTakenBack: its answer may carry a password.
func TestACreateUnderWayIsNotTakenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(t, none, after(10*time.Second, answers(201, `{"success":true,"data":`+gadgetJSON+`}`)))
		if got, err := createGadget(cancelAfter(t, time.Second), newClient(t, w)); err != nil || got.GUID != testGUID {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestAWrite(t *testing.T) {
	t.Parallel()
	const put = `PUT /api/domains/example.com/gadgets/` + testGUID + ` {"color":"blue"}`
	for name, c := range map[string]struct {
		turns []turn
		kind  Kind // KindCanceled: no error
	}{
		"200":          {[]turn{answers(200, `{"open_track":true}`)}, KindCanceled},
		"lost":         {[]turn{loses, answers(200, `{}`)}, KindCanceled},
		"500":          {[]turn{answers(500, brokenBody), answers(200, `{}`)}, KindCanceled},
		"422":          {[]turn{answers(422, `{"success":false,"message":"No."}`)}, KindRejected},
		"504":          {[]turn{answers(504, page)}, KindServer},
		"empty":        {[]turn{answers(200, "")}, KindUnexpected},
		"not found":    {[]turn{answers(404, `{"success":false,"message":"Gadget not found"}`)}, KindNotFound},
		"not any more": {[]turn{loses, answers(404, `{"success":false,"message":"Gadget not found"}`)}, KindNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, c.turns...)
				err := writeGadget(t.Context(), newClient(t, w))
				if (err == nil) != (c.kind == KindCanceled) || err != nil && asError(t, err).Kind != c.kind {
					t.Errorf("got %v", err)
				}
				if want := strings.TrimSuffix(strings.Repeat(put+"\n", len(c.turns)), "\n"); w.asked(t) != want {
					t.Errorf("asked\n%s", w.asked(t))
				}
				if len(c.turns) == 2 {
					between(t, "pause", w.pause(0), shortly.least, shortly.most)
				}
			})
		})
	}
}

func TestADelete(t *testing.T) {
	t.Parallel()
	gone := answers(404, `{"success":false,"message":"Gadget not found"}`)
	for name, c := range map[string]struct {
		turns []turn
		noun  string // of what was not found
		kind  Kind   // KindCanceled: no error
	}{
		"200":                           {[]turn{answers(200, `{"success":true,"message":"Deleted."}`)}, "", KindCanceled},
		"200, empty":                    {[]turn{answers(200, "")}, "", KindCanceled},
		"204":                           {[]turn{answers(204, "")}, "", KindCanceled},
		"a page":                        {[]turn{answers(200, page)}, "", KindUnexpected},
		"200 that failed":               {[]turn{answers(200, brokenBody)}, "", KindUnexpected},
		"gone":                          {[]turn{gone}, "gadget", KindNotFound},
		"lost, then gone":               {[]turn{loses, gone}, "", KindCanceled},
		"502, then gone":                {[]turn{answers(502, page), gone}, "", KindCanceled},
		"limited, then gone":            {[]turn{answers(429, limitedBody, "Retry-After", "1"), gone}, "gadget", KindNotFound},
		"lost, then without its domain": {[]turn{loses, answers(404, `{"success":false,"message":"Domain not found"}`)}, "domain", KindNotFound},
		"504":                           {[]turn{answers(504, page)}, "", KindServer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t, c.turns...)
				err := removeGadget(t.Context(), newClient(t, w))
				if (err == nil) != (c.kind == KindCanceled) {
					t.Fatalf("got %v", err)
				}
				if err != nil {
					if e := asError(t, err); e.Kind != c.kind || e.Noun != c.noun {
						t.Errorf("kind %s, noun %q: %v", e.Kind, e.Noun, e)
					}
				}
				if got := w.asked(t); !strings.HasPrefix(got, "DELETE /api/domains/example.com/gadgets/"+testGUID) || len(w.requests) != len(c.turns) {
					t.Errorf("asked\n%s", got)
				}
			})
		})
	}
}

// TestNothingIsNoAnswerToAReadOrAReset: only a delete has nothing to say.
func TestNothingIsNoAnswerToAReadOrAReset(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 204} {
		for name, call := range map[string]func(context.Context, *Client) error{"get": get, "reset": reset, "list": list, "write": writeGadget} {
			e := asError(t, call(t.Context(), newClient(t, newWire(t, answers(status, "")))))
			if e.Kind != KindUnexpected || e.MayHaveActed != (name == "reset" || name == "write") {
				t.Errorf("%s, %d: %v", name, status, e)
			}
		}
	}
}

func TestABodyThatCannotBeMadeIsNotSent(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, newWire(t)).do(t.Context(), request{op: "x", ref: gadgetRef(testGUID), body: func() {}})
	if e := asError(t, err); e.Kind != KindArgument || errors.Unwrap(e) == nil {
		t.Errorf("got %v", e)
	}
}
