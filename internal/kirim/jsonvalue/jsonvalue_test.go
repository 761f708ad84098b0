package jsonvalue

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
	for name, c := range map[string]struct {
		raw  string
		want time.Time
	}{
		"absent":                          {``, never},
		"null":                            {`null`, never},
		"0":                               {`0`, never},
		"0 as a string":                   {`"0"`, never},
		"0.5":                             {`0.5`, never},
		"PHP's no":                        {`false`, never},
		"an empty string":                 {`""`, never},
		"Unix seconds":                    {`1640995200`, moment},
		"Unix seconds as a string":        {`"1640995200"`, moment},
		"Unix seconds in white space":     {`" 1640995200 "`, moment},
		"Unix seconds with a fraction":    {`1640995200.75`, moment},
		"Unix seconds with an exponent":   {`1.6409952e9`, moment},
		"negative":                        {`-1640995200`, never},
		"JavaScript's Date.now":           {`1640995200123`, moment},
		"the same as a string":            {`"1640995200123"`, moment},
		"Go's UnixMicro":                  {`1640995200123456`, moment},
		"Go's UnixNano":                   {`1640995200123456789`, moment},
		"the last second of ten digits":   {`9999999999`, time.Date(2286, 11, 20, 17, 46, 39, 0, time.UTC)},
		"RFC 3339":                        {`"2022-01-01T00:00:00Z"`, moment},
		"RFC 3339 with an offset":         {`"2022-01-01T07:00:00+07:00"`, moment},
		"RFC 3339 with a fraction":        {`"2022-01-01T00:00:00.999999Z"`, moment},
		"PHP's DATE_ISO8601":              {`"2022-01-01T00:00:00+0000"`, moment},
		"PHP's DATE_ISO8601, elsewhere":   {`"2022-01-01T07:00:00+0700"`, moment},
		"PHP's DATE_RFC2822":              {`"Sat, 01 Jan 2022 07:00:00 +0700"`, moment},
		"PHP's DateTime":                  {`{"date":"2022-01-01 00:00:00.000000","timezone_type":3,"timezone":"UTC"}`, moment},
		"PHP's DateTime with an offset":   {`{"date":"2022-01-01 07:00:00.000000","timezone_type":1,"timezone":"+07:00"}`, moment},
		"PHP's DateTime in a zone":        {`{"date":"2022-01-01 07:00:00.000000","timezone_type":3,"timezone":"Asia/Jakarta"}`, moment},
		"PHP's DateTime without a zone":   {`{"date":"2022-01-01 00:00:00.000000"}`, moment},
		"ISO 8601 without a zone":         {`"2022-01-01T00:00:00"`, moment},
		"a database's form":               {`"2022-01-01 00:00:00"`, moment},
		"a database's form, fraction":     {`"2022-01-01 00:00:00.123"`, moment},
		"PostgreSQL's form":               {`"2022-01-01 07:00:00.123456+07"`, moment},
		"Python's str":                    {`"2022-01-01 07:00:00+07:00"`, moment},
		"Python's ctime":                  {`"Sat Jan  1 00:00:00 2022"`, moment},
		"JavaScript's toUTCString":        {`"Sat, 01 Jan 2022 00:00:00 GMT"`, moment},
		"JavaScript's toString":           {`"Sat Jan 01 2022 07:00:00 GMT+0700 (Western Indonesia Time)"`, moment},
		"Ruby's to_s":                     {`"2022-01-01 00:00:00 UTC"`, moment},
		"Go's String":                     {`"2022-01-01 07:00:00.123456789 +0700 WIB"`, moment},
		"before 1970":                     {`"1969-12-31T23:59:59Z"`, never},
		"a database's never":              {`"0000-00-00 00:00:00"`, never},
		"Go's zero":                       {`"0001-01-01T00:00:00Z"`, never},
		"an offset that passes year 9999": {`"9999-12-31T23:59:59-07:00"`, never},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := AsTime(json.RawMessage(c.raw)); got != c.want || !ok {
				t.Errorf("%s: %v, readable: %t; want %v", c.raw, got, ok, c.want)
			}
		})
	}
}

// TestEachMonthIsRead in each form.
func TestEachMonthIsRead(t *testing.T) {
	t.Parallel()
	for _, layout := range timeLayouts {
		for month := time.January; month <= time.December; month++ {
			for _, day := range []int{1, 12, 28} {
				at := time.Date(2026, month, day, 13, 14, 15, 0, time.UTC)
				raw, err := json.Marshal(at.Format(layout))
				if err != nil {
					t.Fatal(err)
				}
				if got, ok := AsTime(raw); !ok || !got.Equal(at) {
					t.Errorf("%s is read as %s (%t)", raw, got, ok)
				}
			}
		}
	}
}

// TestATimeThatCannotBeReadIsToldFromNever: no guess is made.
func TestATimeThatCannotBeReadIsToldFromNever(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"no float can hold it":             `1e999`,
		"a date and a time in digits":      `20220101000000`,
		"the same as a string":             `"20220101000000"`,
		"eleven digits":                    `16409952000`,
		"the last second of 9999":          `253402300799`,
		"twenty digits":                    `16409952000000000000`,
		"NaN as a string":                  `"NaN"`,
		"Inf as a string":                  `"Inf"`,
		"a word":                           `"yesterday"`,
		"day and month in an unsure order": `"01/02/2022 00:00:00"`,
		"a zone's letters":                 `"2022-01-01 07:00:00 WIB"`,
		"a date alone":                     `"2022-01-01"`,
		"an hour that is none":             `"2022-01-01T25:00:00Z"`,
		"true":                             `true`,
		"an object":                        `{"date":"2022-01-01"}`,
		"PHP's DateTime in no zone":        `{"date":"2022-01-01 00:00:00.000000","timezone":"Mars/Base"}`,
		"a list":                           `[1640995200]`,
	} {
		if got, ok := AsTime(json.RawMessage(raw)); ok || !got.IsZero() {
			t.Errorf("%s: %s is read as %v", name, raw, got)
		}
	}
}

// FuzzAsTime: a time has an RFC 3339 form that leads back to it, or is zero.
func FuzzAsTime(f *testing.F) {
	for _, seed := range []string{
		``, `0`, `null`, `1640995200`, `"1640995200"`, `1.5e9`, `"2022-01-01T00:00:00Z"`, `"2022-01-01 00:00:00"`, `"0x1p30"`, `253402300799`, `"9999-12-31T23:59:59-07:00"`,
		`1640995200123456789`, `"Sat, 01 Jan 2022 07:00:00 +0700"`, `{"date":"2022-01-01 00:00:00","timezone":"Asia/Jakarta"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, _ := AsTime(raw)
		if seconds, err := strconv.ParseUint(string(raw), 10, 64); err == nil && json.Valid(raw) && seconds < 1e10 && got.Unix() != int64(seconds) && seconds > 0 {
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
		if back, ok := AsTime(json.RawMessage(strconv.Quote(got.Format(time.RFC3339)))); back != got || !ok {
			t.Fatalf("%s: %v, which is read back as %v", raw, got, back)
		}
	})
}

func TestAsBool(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`true`, `1`, `1.0`, `"1"`, `"true"`, `"True"`, `" TRUE "`, `"t"`, `"yes"`, `"on"`} {
		if got := AsBool(json.RawMessage(raw)); got == nil || !*got {
			t.Errorf("%s is not read as true", raw)
		}
	}
	for _, raw := range []string{`false`, `0`, `0.0`, `"0"`, `"false"`, `"False"`, `"f"`, `"no"`, `"OFF"`} {
		if got := AsBool(json.RawMessage(raw)); got == nil || *got {
			t.Errorf("%s is not read as false", raw)
		}
	}
	for _, raw := range []string{``, `null`, `""`, `"null"`, `2`, `-1`, `"soon"`, `{}`, `[]`, `[true]`, `{"true":true}`} {
		if got := AsBool(json.RawMessage(raw)); got != nil {
			t.Errorf("%s is read as %t", raw, *got)
		}
	}
}

func TestAsText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{`"myuser"`: "myuser", `12345`: "12345", `12345678901234567890`: "12345678901234567890", `-1.50`: "-1.50"} {
		if got, ok := AsText(json.RawMessage(raw)); got != want || !ok {
			t.Errorf("%s is read as %q, %t", raw, got, ok)
		}
	}
	for _, raw := range []string{``, `null`, `true`, `[]`, `{}`, `["x"]`} {
		if got, ok := AsText(json.RawMessage(raw)); ok {
			t.Errorf("%s is read as %q", raw, got)
		}
	}
}

func TestFreeFormNumbersAreNotRounded(t *testing.T) {
	t.Parallel()
	got, err := AsAny(json.RawMessage(`{"guesses":12345678901234567890,"score":0.10}`))
	want := map[string]any{"guesses": json.Number("12345678901234567890"), "score": json.Number("0.10")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
