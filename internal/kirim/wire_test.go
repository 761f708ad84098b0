package kirim

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"time"
)

func TestAsTime(t *testing.T) {
	t.Parallel()
	moment := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	never := time.Time{}
	cases := map[string]struct {
		raw  string
		want time.Time
	}{
		"absent":                          {``, never},
		"null":                            {`null`, never},
		"0":                               {`0`, never},
		"0 as a string":                   {`"0"`, never},
		"0.5":                             {`0.5`, never},
		"Unix seconds":                    {`1640995200`, moment},
		"Unix seconds as a string":        {`"1640995200"`, moment},
		"Unix seconds in white space":     {`" 1640995200 "`, moment},
		"Unix seconds with a fraction":    {`1640995200.75`, moment},
		"Unix seconds with an exponent":   {`1.6409952e9`, moment},
		"negative":                        {`-1640995200`, never},
		"milliseconds are not seconds":    {`1640995200000`, never},
		"the last second of 9999":         {`253402300799`, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
		"one later":                       {`253402300800`, never},
		"no float can hold it":            {`1e999`, never},
		"NaN as a string":                 {`"NaN"`, never},
		"Inf as a string":                 {`"Inf"`, never},
		"RFC 3339":                        {`"2022-01-01T00:00:00Z"`, moment},
		"RFC 3339 with an offset":         {`"2022-01-01T07:00:00+07:00"`, moment},
		"RFC 3339 with a fraction":        {`"2022-01-01T00:00:00.999999Z"`, moment},
		"ISO 8601 without a zone":         {`"2022-01-01T00:00:00"`, moment},
		"a database's form":               {`"2022-01-01 00:00:00"`, moment},
		"a database's form, fraction":     {`"2022-01-01 00:00:00.123"`, moment},
		"before 1970":                     {`"1969-12-31T23:59:59Z"`, never},
		"a database's never":              {`"0000-00-00 00:00:00"`, never},
		"the year 1":                      {`"0001-01-01T00:00:00Z"`, never},
		"an offset that passes year 9999": {`"9999-12-31T23:59:59-07:00"`, never},
		"a word":                          {`"never"`, never},
		"an empty string":                 {`""`, never},
		"a bool":                          {`true`, never},
		"an object":                       {`{"date":"2022-01-01"}`, never},
		"a list":                          {`[1640995200]`, never},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := asTime(json.RawMessage(c.raw))
			if got != c.want {
				t.Errorf("%s: %v, want %v", c.raw, got, c.want)
			}
		})
	}
}

// FuzzAsTime: a time has an RFC 3339 form that leads back to it, or is zero.
func FuzzAsTime(f *testing.F) {
	for _, seed := range []string{``, `0`, `null`, `1640995200`, `"1640995200"`, `1.5e9`, `"2022-01-01T00:00:00Z"`, `"2022-01-01 00:00:00"`, `"0x1p30"`, `253402300799`, `"9999-12-31T23:59:59-07:00"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := asTime(raw)
		if seconds, err := strconv.ParseUint(string(raw), 10, 64); err == nil && seconds <= maxUnix && got.Unix() != int64(seconds) && seconds > 0 {
			t.Fatalf("%s: %v", raw, got)
		}
		if got.IsZero() {
			if got != (time.Time{}) {
				t.Fatalf("%s: a zero time that is not the zero value: %#v", raw, got)
			}
			return
		}
		if got.Location() != time.UTC || got.Nanosecond() != 0 || got.Unix() < 1 || got.Unix() > maxUnix {
			t.Fatalf("%s: %v", raw, got)
		}
		if back := asTime(json.RawMessage(strconv.Quote(got.Format(time.RFC3339)))); back != got {
			t.Fatalf("%s: %v, which is read back as %v", raw, got, back)
		}
	})
}

func TestAsBool(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for raw, want := range map[string]*bool{
		``: nil, `null`: nil, `true`: &yes, `false`: &no, `1`: nil, `"true"`: nil, `{}`: nil,
	} {
		if got := asBool(json.RawMessage(raw)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", raw, got, want)
		}
	}
}

func TestFieldsOfAnEnvelope(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		errors string
		want   map[string][]string
	}{
		"absent":                 {`null`, nil},
		"lists":                  {`{"a":["1","2"],"b":[]}`, map[string][]string{"a": {"1", "2"}, "b": {}}},
		"a string":               {`{"a":"1"}`, map[string][]string{"a": {"1"}}},
		"what cannot be read":    {`{"a":["1"],"b":{"c":1},"d":[1],"e":7}`, map[string][]string{"a": {"1"}}},
		"a list and no object":   {`["1"]`, nil},
		"a string and no object": {`"1"`, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := parseEnvelope([]byte(`{"success":false,"message":"x","errors":` + c.errors + `}`))
			if err != nil {
				t.Fatal(err)
			}
			got := e.fields()
			if len(got) != len(c.want) || len(got) > 0 && !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFreeFormNumbersAreNotRounded(t *testing.T) {
	t.Parallel()
	got, err := decodeAny(json.RawMessage(`{"guesses":12345678901234567890,"score":0.10}`))
	want := map[string]any{"guesses": json.Number("12345678901234567890"), "score": json.Number("0.10")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
