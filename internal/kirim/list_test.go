package kirim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim/transport"
)

// guid is the GUID of the credential with the number n.
func guid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// items is a JSON list of the credentials from first on.
func items(first, count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf(`{"user_smtp_guid":%q,"username":"u%d"}`, guid(first+i), first+i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestDecodeList(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		data  string
		items int
		total int
		ok    bool
	}{
		"flat":                           {items(1, 2), 2, -1, true},
		"flat and empty":                 {`[]`, 0, -1, true},
		"with pagination":                {`{"data":` + items(1, 2) + `,"pagination":{"total":7,"page":1,"limit":2,"offset":0}}`, 2, 7, true},
		"with pagination, empty":         {`{"data":[],"pagination":{"total":0}}`, 0, 0, true},
		"a string total in pagination":   {`{"data":[],"pagination":{"total":"7"}}`, 0, 7, true},
		"a paginator's":                  {`{"current_page":1,"data":` + items(1, 1) + `,"total":1}`, 1, 1, true},
		"a paginator's with a string":    {`{"current_page":"1","data":[],"total":"12"}`, 0, 12, true},
		"nested without a total":         {`{"data":[{}]}`, 1, -1, true},
		"a total of null":                {`{"data":[{}],"total":null}`, 1, -1, true},
		"a total of another form":        {`{"data":[{}],"total":{"value":7}}`, 1, -1, true},
		"a total that is a word":         {`{"data":[{}],"total":"many"}`, 1, -1, true},
		"a negative total":               {`{"data":[{}],"total":-1}`, 1, -1, true},
		"a total that is no whole":       {`{"data":[{}],"total":1.5}`, 1, -1, true},
		"a total beyond all":             {`{"data":[{}],"total":1e99}`, 1, -1, true},
		"an odd total and a good one":    {`{"data":[{}],"total":null,"pagination":{"total":3}}`, 1, 3, true},
		"a pagination of another form":   {`{"data":[{}],"pagination":[]}`, 1, -1, true},
		"absent":                         {``, 0, -1, false},
		"null":                           {`null`, 0, -1, false},
		"a string":                       {`"x"`, 0, -1, false},
		"an object without a list":       {`{"total":7}`, 0, -1, false},
		"an object with a list of null":  {`{"data":null,"total":0}`, 0, -1, false},
		"an object with an object in it": {`{"data":{"1":{}}}`, 0, -1, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items, total, ok := decodeList(transport.Envelope{Data: json.RawMessage(c.data)})
			if len(items) != c.items || total != c.total || ok != c.ok {
				t.Errorf("got %d items, total %d, %t; want %d, %d, %t", len(items), total, ok, c.items, c.total, c.ok)
			}
		})
	}
}

func FuzzDecodeList(f *testing.F) {
	for _, seed := range []string{``, `null`, `[]`, `[null,1,{}]`, items(1, 2), `{"data":[{}],"total":"7"}`, `{"data":[],"pagination":{"total":7}}`, `{"data":{"data":[]}}`, `{"data":[1],"total":3,"pagination":{"total":"4"}}`, `{"data":null,"DATA":[],"Total":"+1"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, total, ok := decodeList(transport.Envelope{Data: raw})
		switch {
		case ok && !json.Valid(raw):
			t.Fatalf("%q is no JSON", raw)
		case !ok && (items != nil || total != -1):
			t.Fatalf("%q: not read, and yet %d items, total %d", raw, len(items), total)
		case total < -1:
			t.Fatalf("%q: total %d", raw, total)
		}
		want, is := listIn(raw)
		if ok != is || len(items) != len(want) {
			t.Fatalf("%q: %d items, %t; want %d, %t", raw, len(items), ok, len(want), is)
		}
		for i, item := range items {
			var got any
			if json.Unmarshal(item, &got) != nil || !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("%q: item %q, want %v", raw, item, want[i])
			}
		}
		if !ok {
			return
		}
		stated := -1
		for _, value := range []json.RawMessage{member(member(raw, "pagination"), "total"), member(raw, "total")} {
			if n, err := strconv.Atoi(strings.Trim(string(value), `"`)); err == nil && n >= 0 {
				stated = n
			}
		}
		if total != stated && !bytes.ContainsRune(raw, '\\') { // digits may be written as escapes
			t.Fatalf("%q: total %d, want %d", raw, total, stated)
		}
	})
}

// listIn is the list that raw is, or that it has as data.
func listIn(raw []byte) ([]any, bool) {
	for _, candidate := range []json.RawMessage{raw, member(raw, "data")} {
		var v any
		if !json.Valid(raw) || json.Unmarshal(candidate, &v) != nil {
			continue
		}
		if list, ok := v.([]any); ok {
			return list, true
		}
	}
	return nil, false
}

// shapes are the ways in which a page may be dressed.
var shapes = map[string]func(items string, total int) string{
	"flat": func(items string, _ int) string {
		return fmt.Sprintf(`{"success":true,"data":%s,"domain":"example.com"}`, items)
	},
	"pagination": func(items string, total int) string {
		return fmt.Sprintf(`{"success":true,"data":{"data":%s,"pagination":{"total":%d,"page":1,"limit":100,"offset":0}}}`, items, total)
	},
	"paginator": func(items string, total int) string {
		return fmt.Sprintf(`{"success":true,"data":{"current_page":1,"data":%s,"total":%d}}`, items, total)
	},
	"string total": func(items string, total int) string {
		return fmt.Sprintf(`{"success":true,"data":{"data":%s,"total":"%d"}}`, items, total)
	},
}

func TestAnOddItemOfAListIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWire(t, answers(200, `{"success":true,"data":[null,7,"x",`+credentialJSON+`]}`))
	page, err := listOne(t.Context(), newClient(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if len(page.items) != 1 || page.items[0].GUID != testGUID {
		t.Errorf("got %v", page.items)
	}
	if page.count != 4 || page.total != -1 {
		t.Errorf("%d items, total %d", page.count, page.total)
	}
}

func TestAnAnswerWithoutAListIsAnError(t *testing.T) {
	t.Parallel()
	w := newWire(t, answers(200, `{"success":true,"data":{"total":7}}`))
	_, err := listOne(t.Context(), newClient(t, w))
	if e := asError(t, err); e.Kind != KindIncomplete || !strings.Contains(e.Error(), "holds no list") {
		t.Errorf("got %v", e)
	}
}

// TestATotalThatIsTooSmallEndsNoList: some servers give the number of pages, or of the
// items on one.
func TestATotalThatIsTooSmallEndsNoList(t *testing.T) {
	t.Parallel()
	for _, total := range []int{0, 3, 99, 250} {
		synctest.Test(t, func(t *testing.T) {
			api := newCatalogue(t, "flat", 250)
			api.dress = func(items string, _ int) string {
				return fmt.Sprintf(`{"success":true,"data":{"data":%s,"pagination":{"total":%d}}}`, items, total)
			}
			if all, err := newClient(t, api).ListCredentials(t.Context(), testDomain); err != nil || len(all) != 250 {
				t.Errorf("total %d: got %d, %v", total, len(all), err)
			}
		})
	}
}
