package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Act is whether and when a request that meets a fault acts.
type Act string

const (
	// ActBefore acts before the fault shows: the change is made and the answer is spoilt.
	ActBefore Act = "before"
	// ActNever does not act.
	ActNever Act = "never"
	// ActLate acts Fault.ActAfter after the arrival of the request, by Options.Now. The request goes on running while
	// its client has another answer. The first look at the service after that time lets it act.
	ActLate Act = "after"
)

// Fault is a failure of one request. Its fields combine, as far as Validate allows. The JSON form, for the control
// endpoint, has the same fields, with durations as strings ("1m30s").
type Fault struct {
	// Kind, Domain and GUID choose the request. Empty: any.
	Kind   Kind   `json:"kind,omitempty"`
	Domain string `json:"domain,omitempty"`
	GUID   string `json:"guid,omitempty"`
	// Times is the number of requests that meet the fault; 0 is 1.
	Times int `json:"times,omitempty"`

	// Act is ActBefore if empty, or ActNever if Status is 300 or more.
	Act Act `json:"act,omitempty"`
	// ActAfter belongs to ActLate.
	ActAfter time.Duration `json:"-"`
	// ActApart belongs to ActLate, too: the least time between the landing and the last reset of the same credential. A
	// landing that would come earlier is put off. The API counts whole seconds, so that no client can tell two resets
	// within two seconds apart.
	ActApart time.Duration `json:"-"`

	// Delay is real time before the answer. The end of the client or of the server ends it.
	Delay time.Duration `json:"-"`

	// Status replaces the answer's own. From 300 on, and without Body, the body is an HTML page, as a proxy sends it.
	Status int `json:"status,omitempty"`
	// Header replaces headers of the answer. An empty value removes the header.
	Header map[string]string `json:"header,omitempty"`
	// Body replaces the answer's own. JSON is sent as JSON, any other text as HTML.
	Body *string `json:"body,omitempty"`
	// Size is the least size of the body, in bytes. Blanks before the body fill it up, so that JSON stays JSON.
	Size int `json:"size,omitempty"`
	// Gzip sends the body compressed, even if the client does not ask for that.
	Gzip bool `json:"gzip,omitempty"`

	// Drop closes the connection without an answer. RST does so with a TCP reset.
	Drop bool `json:"drop,omitempty"`
	RST  bool `json:"rst,omitempty"`
	// Stall sends nothing until the client leaves or the server is closed.
	Stall bool `json:"stall,omitempty"`
	// Cut declares the whole body, sends its first CutAfter bytes (never all of them) and closes the connection. With
	// Stall, the connection stays open instead.
	Cut      bool `json:"cut,omitempty"`
	CutAfter int  `json:"cut_after,omitempty"`
	// Endless sends a body without an end until the client leaves or the server is closed.
	Endless bool `json:"endless,omitempty"`
}

// act is Act with its default.
func (f *Fault) act() Act {
	switch {
	case f.Act != "":
		return f.Act
	case f.Status >= 300:
		return ActNever
	default:
		return ActBefore
	}
}

func (f *Fault) matches(e *Entry) bool {
	return (f.Kind == "" || f.Kind == e.Kind) &&
		(f.Domain == "" || f.Domain == e.Domain) &&
		(f.GUID == "" || f.GUID == e.GUID)
}

// String is the fault's name in the journal.
func (f *Fault) String() string {
	var parts []string
	add := func(set bool, format string, args ...any) {
		if set {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(f.Delay > 0, "delay %s", f.Delay)
	add(f.Status != 0, "status %d", f.Status)
	add(len(f.Header) > 0, "headers")
	add(f.Body != nil, "body")
	add(f.Size > 0, "size %d", f.Size)
	add(f.Gzip, "gzip")
	add(f.Drop, "drop")
	add(f.RST, "reset connection")
	add(f.Stall, "stall")
	add(f.Cut, "cut after %d", f.CutAfter)
	add(f.Endless, "endless")
	if act := f.act(); act == ActLate {
		parts = append(parts, "acts after "+f.ActAfter.String())
		add(f.ActApart > 0, "%s apart", f.ActApart)
	} else {
		parts = append(parts, "acts "+string(act))
	}
	return strings.Join(parts, ", ")
}

// Validate names the first field that makes no sense.
func (f *Fault) Validate() error {
	ends := 0
	for _, end := range []bool{f.Drop, f.RST, f.Stall || f.Cut, f.Endless} {
		if end {
			ends++
		}
	}
	late := f.Act == ActLate
	for _, rule := range []struct {
		broken bool
		text   string
	}{
		{
			f.Kind != "" && !slices.Contains(kinds(), f.Kind),
			fmt.Sprintf("kind: %q is none of %s", f.Kind, kinds()),
		},
		{f.Times < 0, "times: must not be negative"},
		{
			!slices.Contains([]Act{"", ActBefore, ActNever, ActLate}, f.Act),
			fmt.Sprintf("act: %q is none of before, never, after", f.Act),
		},
		{late && f.ActAfter <= 0, "act_after: must be set if act is after"},
		{!late && f.ActAfter != 0, "act_after: only if act is after"},
		{f.ActApart < 0, "act_apart: must not be negative"},
		{!late && f.ActApart != 0, "act_apart: only if act is after"},
		{f.Delay < 0, "delay: must not be negative"},
		{
			f.Status != 0 && (f.Status < 200 || f.Status > 599),
			fmt.Sprintf("status: %d is not between 200 and 599", f.Status),
		},
		{f.Size < 0, "size: must not be negative"},
		{f.CutAfter < 0 || f.CutAfter > 0 && !f.Cut, "cut_after: must not be negative, and only with cut"},
		{ends > 1, "drop, rst, stall, cut, endless: only one of them, except stall with cut"},
	} {
		if rule.broken {
			return errors.New(rule.text)
		}
	}
	return nil
}

// duration is a time.Duration that is a string such as "1m30s" in JSON.
type duration time.Duration

// IsZero has encoding/json leave out a duration of 0.
func (d *duration) IsZero() bool { return *d == 0 }

// MarshalText writes the form that UnmarshalText reads.
func (d *duration) MarshalText() ([]byte, error) { return []byte(time.Duration(*d).String()), nil }

// UnmarshalText fails with an error to which encoding/json adds the field's name.
func (d *duration) UnmarshalText(text []byte) error {
	read, err := time.ParseDuration(string(text))
	if err != nil {
		return &json.UnmarshalTypeError{Value: strconv.Quote(string(text)), Type: reflect.TypeFor[time.Duration]()}
	}
	*d = duration(read)
	return nil
}

// plainFault is Fault without its methods.
type plainFault Fault

// faultJSON is the JSON form of a Fault. Its durations are those of the Fault itself.
type faultJSON struct {
	*plainFault
	ActAfter *duration `json:"act_after,omitzero"`
	ActApart *duration `json:"act_apart,omitzero"`
	Delay    *duration `json:"delay,omitzero"`
}

func (f *Fault) form() faultJSON {
	return faultJSON{(*plainFault)(f), (*duration)(&f.ActAfter), (*duration)(&f.ActApart), (*duration)(&f.Delay)}
}

// MarshalJSON writes the form that UnmarshalJSON reads.
func (f Fault) MarshalJSON() ([]byte, error) { return json.Marshal(f.form()) }

// UnmarshalJSON takes no unknown field and nothing that Validate refuses.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var read Fault
	form := read.form()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&form); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			// The name of the embedded struct means nothing to the author of the JSON.
			wrong.Field = strings.TrimPrefix(wrong.Field, "plainFault.")
		}
		return err
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*f = read
	return nil
}
