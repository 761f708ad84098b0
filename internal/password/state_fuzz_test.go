package password

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
)

// FuzzReadNotes reads any private state: it is notes or none, and what was read
// comes back as it is.
func FuzzReadNotes(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{}", "[1]", "x", `{"password_version":7,"reset":true,"made_at":"2026-05-20T12:00:00Z","due":"rotation_period=1h0m0s"}`,
		`{"password_version":7.5}`, `{"password_version":1e30,"reset":true}`, `{"reset":true,"made_at":"yesterday"}`, `{"PASSWORD_VERSION":7}{}`,
		`{"reset_elsewhere_at":"0001-01-01T00:00:00+07:00","made_modified_at":"9999-12-31T23:59:59.999999999-23:59"}`, "{\"login_taken\":\"\xff\\ud800\"}",
		`{"late_calls":{"left":1,"made_at":"2026-01-01T00:00:00+05:30","landed_at":"2026-01-01T00:00:00-03:30"},"runs_until":"2026-01-01T00:00:00+05:45"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var diags diag.Diagnostics
		read, _ := readPrivateState(t.Context(), privateMap{privateStateKey: raw}, &diags)
		if len(diags) > 0 {
			t.Fatalf("%q: %v", raw, diags)
		}
		if read != (privateState{}) && !json.Valid(raw) {
			t.Fatalf("%q is taken for %+v", raw, read)
		}
		comeBack(t, read)
	})
}

// FuzzNotes: whatever is noted comes back, for that password alone.
func FuzzNotes(f *testing.F) {
	f.Add(int64(7), byte(0xff), int64(1_800_000_000), int64(1), "rotation_period=1h0m0s", "mailer at smtp.example.com:587")
	f.Add(int64(-1), byte(0), int64(-62135596800), int64(999_999_999), "\x00\u2028</script>", "\xff")
	f.Fuzz(func(t *testing.T, version int64, flags byte, seconds, nanoseconds int64, due, taken string) {
		at := func(offset int64) time.Time {
			const year9999 = 253402300799
			return time.Unix((seconds+offset)%year9999, nanoseconds%1e9).UTC()
		}
		if at(0).Year() < 0 || at(-6).Year() < 0 {
			return // no such time has a form in JSON
		}
		n := privateState{
			PasswordVersion: version, Reset: flags&1 != 0, Revokes: flags&2 != 0, Unfinished: flags&4 != 0, LoginPending: flags&8 != 0, LoginRefused: flags&16 != 0,
			// Terraform's texts are of whole characters.
			Due: strings.ToValidUTF8(due, "?"), LoginTaken: strings.ToValidUTF8(taken, "?"),
			ChangeTime: rotation.ChangeTime{Modified: at(0), At: at(-1), Changed: at(-2)}, ExternalBy: time.Duration(seconds), DifferenceBefore: time.Duration(nanoseconds), ClockDifference: time.Duration(version), LoginMechanism: strings.ToValidUTF8(taken, "?"), Reconstructed: flags&64 != 0, OutcomeUnknown: flags&128 != 0,
		}
		if flags&32 != 0 {
			n.ExternalAt, n.ChangedAt, n.RunsUntil = at(0), at(-1), at(-2)
			n.InFlight = inFlight{Left: int(flags), Until: at(-3), ChangeTime: rotation.ChangeTime{Modified: at(-4), At: at(-5)}, CompletedAt: at(-6)}
		}
		comeBack(t, n)
	})
}

// comeBack writes notes where there were none, and reads them again.
func comeBack(t *testing.T, written privateState) {
	t.Helper()
	private := privateMap{}
	var diags diag.Diagnostics
	diags.Append(written.write(t.Context(), private)...)
	raw := private[privateStateKey]
	if !utf8.Valid(raw) || raw != nil && !json.Valid(raw) {
		t.Errorf("the framework does not take %q", raw)
	}
	read, _ := readPrivateState(t.Context(), private, &diags)
	// One moment has many representations.
	was, is := allTimes(&written), allTimes(&read)
	for i := range was {
		if !is[i].Equal(*was[i]) {
			t.Errorf("%s came back as %s", was[i], is[i])
		}
		*is[i] = *was[i]
	}
	if read != written || diags.HasError() {
		t.Errorf("got %+v (%v), want %+v", read, diags, written)
	}
	if more := read.write(t.Context(), private); len(more) > 0 || !bytes.Equal(private[privateStateKey], raw) {
		t.Errorf("written again as %q, before %q: %v", private[privateStateKey], raw, more)
	}
}

func allTimes(n *privateState) []*time.Time {
	return []*time.Time{
		&n.At, &n.Modified, &n.Changed, &n.ExternalAt, &n.ChangedAt, &n.RunsUntil,
		&n.InFlight.Until, &n.InFlight.Modified, &n.InFlight.At, &n.InFlight.CompletedAt,
	}
}

// FuzzStoredTime reads any text as a time of the state. What is none is the
// zero time; what is one leads back to itself, and to a rotation after it.
func FuzzStoredTime(f *testing.F) {
	for _, seed := range []string{
		"", "2026-05-20T12:00:00Z", "2026-05-20T12:00:00.999999999+07:00", "2026-05-20 12:00:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
		"2026-05-20T12:00:00,5Z", "2026-02-30T00:00:00Z", "2026-05-20T24:00:00Z", "2026-05-20T12:00:60Z",
	} {
		f.Add(seed, "720h", "0 3 1 * *")
	}
	f.Fuzz(func(t *testing.T, text, period, schedule string) {
		stored := types.StringValue(text)
		got := parsedTime(stored)
		want, err := time.Parse(time.RFC3339, text)
		if (err != nil && !got.IsZero()) || !got.Equal(want) {
			t.Fatalf("%q: %s", text, got)
		}
		inYears := got.UTC().Year() >= 1 && got.UTC().Year() <= 9999 // as RFC 3339 writes them
		if back := parsedTime(attribute.TimeOrNull(got)); inYears && !back.Equal(got.Truncate(time.Second)) {
			t.Fatalf("%q: %s, which is stored as %s", text, got, back)
		}
		for _, m := range []Model{
			{RotationPeriod: types.StringValue(period)}, {RotationSchedule: types.StringValue(schedule), RotationTimezone: types.StringValue("Asia/Jakarta")},
		} {
			next := m.next(stored)
			switch at := parsedTime(next); {
			case next.IsNull():
				if m.timing().Setting() != "" && !got.IsZero() && got.Year() < 9990 {
					t.Fatalf("after %q: never", text)
				}
			case !at.IsZero() && !at.After(got), at.IsZero() && inYears && got.Year() < 9000:
				t.Fatalf("after %q: %s", text, next)
			}
		}
	})
}

// FuzzPositiveDuration: a timeout that passes is one that the module of the
// timeouts reads alike, and leaves some time.
func FuzzPositiveDuration(f *testing.F) {
	for _, seed := range []string{"90s", "5m", "1h30m", "0", "-5m", "", "5", "1d", "1ns", "9999999h", " 5m", ".5s", "1µs", "\x1b[31m", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var resp validator.StringResponse
		value := types.StringValue(text)
		attribute.Duration.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("create"), ConfigValue: value}, &resp)
		times := timeouts.Value{Object: types.ObjectValueMust(map[string]attr.Type{"create": types.StringType}, map[string]attr.Value{"create": value})}
		const standard = -time.Hour
		got, diags := times.Create(t.Context(), standard)
		if resp.Diagnostics.HasError() != (diags.HasError() || got <= 0) {
			t.Fatalf("%q: %v, and yet it gives %s (%v)", text, resp.Diagnostics, got, diags)
		}
		explained(t, text, resp.Diagnostics)
	})
}

// explained checks that what is wrong is told once, and fit for a screen.
func explained(t *testing.T, what string, diags diag.Diagnostics) {
	t.Helper()
	if len(diags) > 1 {
		t.Errorf("%q: %v", what, diags)
	}
	for _, d := range diags {
		unfit := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
		if text := d.Summary() + d.Detail(); !utf8.ValidString(text) || strings.ContainsFunc(text, unfit) || d.Detail() == "" {
			t.Errorf("%q: not fit for a screen: %q", what, text)
		}
	}
}
