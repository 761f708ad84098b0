package provider

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
)

// privateMap is a private state.
type privateMap map[string][]byte

func (m privateMap) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return m[key], nil
}

func (m privateMap) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	m[key] = value
	return nil
}

func TestNotesGoByTheServersOwnTimes(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	modified, date := changed.Add(time.Hour), changed.Add(2*time.Hour)
	for name, test := range map[string]struct {
		got          notes
		modified, at time.Time
	}{
		"a reset":                     {ofReset(kirim.Credential{ModifiedAt: modified, AsOf: date}), modified, date},
		"a reset that says it":        {ofReset(kirim.Credential{LastPasswordChanged: changed, ModifiedAt: modified, AsOf: date}), time.Time{}, changed},
		"a reset, no modified_at":     {ofReset(kirim.Credential{AsOf: date}), time.Time{}, date},
		"a reset, no Date":            {ofReset(kirim.Credential{ModifiedAt: modified}), modified, time.Time{}},
		"a reset, neither":            {ofReset(kirim.Credential{}), time.Time{}, time.Time{}},
		"found":                       {notesOfFound(1, kirim.Credential{LastPasswordChanged: changed, ModifiedAt: modified, AsOf: date}), time.Time{}, changed},
		"found, never reset":          {notesOfFound(1, kirim.Credential{ModifiedAt: modified, AsOf: date}), time.Time{}, date},
		"found, never reset, no Date": {notesOfFound(1, kirim.Credential{ModifiedAt: modified}), time.Time{}, time.Time{}},
	} {
		if made := test.got.made(); !made.At.Equal(test.at) || !made.Modified.Equal(test.modified) {
			t.Errorf("%s: made %+v, want %s and %s", name, made, test.modified, test.at)
		}
	}
}

func ofReset(credential kirim.Credential) notes {
	return notesOfReset(1, confirmed{reset: &kirim.Reset{Credential: credential}})
}

// TestNotesRememberWhatMayStillLand has the moment that a late landing is
// compared with: the server's, and never later than the reset can have acted.
func TestNotesRememberWhatMayStillLand(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	modified, date := changed.Add(time.Hour), changed.Add(2*time.Hour)
	for name, test := range map[string]struct {
		credential   kirim.Credential
		took         time.Duration
		modified, at time.Time
	}{
		"modified_at":             {kirim.Credential{ModifiedAt: modified, AsOf: date}, 90 * time.Millisecond, modified, date},
		"Date, at once":           {kirim.Credential{AsOf: date}, 990 * time.Millisecond, time.Time{}, date},
		"Date, less what it took": {kirim.Credential{AsOf: date}, 7900 * time.Millisecond, time.Time{}, date.Add(-7 * time.Second)},
		"the change itself":       {kirim.Credential{LastPasswordChanged: changed, ModifiedAt: modified, AsOf: date}, time.Minute, time.Time{}, changed},
		"no time at all":          {kirim.Credential{}, time.Minute, time.Time{}, time.Time{}},
	} {
		n := notesOfReset(1, confirmed{reset: &kirim.Reset{Credential: test.credential, Took: test.took}, mayBeOvertaken: true})
		if made := n.madeAtTheEarliest(); !made.At.Equal(test.at) || !made.Modified.Equal(test.modified) || !n.MayBeOvertaken {
			t.Errorf("%s: made %+v, want %s and %s", name, made, test.modified, test.at)
		}
	}
}

func TestAResetThatMayStillActIsRememberedByTheNextPassword(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before notes
		want   bool
	}{
		"an unfinished one that may still run": {notes{Unfinished: true, StillRunning: true}, true},
		"an unfinished one that was answered":  {notes{Unfinished: true}, false},
		"none":                                 {notes{MayBeOvertaken: true}, false},
	} {
		if got := (notes{}).succeeding(test.before).MayBeOvertaken; got != test.want {
			t.Errorf("%s: %t", name, got)
		}
		if !(notes{MayBeOvertaken: true}).succeeding(test.before).MayBeOvertaken {
			t.Errorf("%s: its own are forgotten", name)
		}
	}
}

// TestNotesThatAreLostAreMadeFromTheState: a provider that is killed while it
// applies takes them with it.
func TestNotesThatAreLostAreMadeFromTheState(t *testing.T) {
	t.Parallel()
	modified, rotated := time.Unix(1000, 0).UTC(), time.Unix(2000, 0).UTC()
	check := types.ObjectValueMust(map[string]attr.Type{}, map[string]attr.Value{})
	none := types.ObjectNull(map[string]attr.Type{})
	model := func(reason string, modifiedAt time.Time, login loginModel) *credentialPasswordModel {
		m := &credentialPasswordModel{RevokeOnDestroy: types.BoolValue(true), loginModel: login}
		m.PasswordVersion, m.RotationReason = types.Int64Value(7), types.StringValue(reason)
		m.ModifiedAt, m.RotatedAt = timeOrNull(modifiedAt), timeOrNull(rotated)
		return m
	}
	unchecked, verified := loginModel{LoginCheck: none}, loginModel{LoginCheck: check, LoginVerifiedAt: types.StringValue("x")}
	for name, test := range map[string]struct {
		state *credentialPasswordModel
		want  notes
	}{
		"rotated": {
			model("rotation_triggers: a", modified, unchecked),
			notes{PasswordVersion: 7, Reset: true, Revokes: true, MadeModified: modified},
		},
		"rotated, no modified_at": {
			model("created", time.Time{}, verified), notes{PasswordVersion: 7, Reset: true, Revokes: true, MadeAt: rotated},
		},
		"adopted": {
			model("adopted", modified, verified), notes{PasswordVersion: 7, Revokes: true, MadeAt: rotated},
		},
		"not seen to be taken yet": {
			model("created", modified, loginModel{LoginCheck: check}),
			notes{PasswordVersion: 7, Reset: true, Revokes: true, MadeModified: modified, LoginPending: true},
		},
	} {
		if got := notesOfState(test.state); got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}

func TestNotesCountForOnePasswordAlone(t *testing.T) {
	t.Parallel()
	private := privateMap{}
	written := notes{
		PasswordVersion: 7, Reset: true, MadeAt: time.Unix(7, 0).UTC(), Unfinished: true, Due: "rotation_period=1h0m0s",
		ElsewhereAt: time.Unix(70, 0).UTC(), LoginPending: true, LoginTaken: "mailer at smtp.example.com:587", LoginRefused: true,
		MayBeOvertaken: true, MadeEarliest: time.Unix(6, 0).UTC(), OvertakenAt: time.Unix(9, 0).UTC(), StillRunning: true, CutOff: true,
	}
	if diags := written.write(t.Context(), private, notes{}); diags.HasError() {
		t.Fatal(diags)
	}
	var diags diag.Diagnostics
	read := readNotes(t.Context(), private, &diags)
	if read != written || diags.HasError() {
		t.Errorf("got %+v (%v), want %+v", read, diags, written)
	}
	if read.about(7) != written {
		t.Errorf("of the same password: %+v", read.about(7))
	}
	if got, want := read.about(8), (notes{PasswordVersion: 8}); got != want {
		t.Errorf("of another password: %+v", got)
	}
	for name, raw := range map[string]string{"no JSON": "x", "a list": "[1]", "nothing": ""} {
		if got := readNotes(t.Context(), privateMap{notesKey: []byte(raw)}, &diags); got != (notes{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNotesThatAreTheSameAreNotWritten(t *testing.T) {
	t.Parallel()
	private := privateMap{}
	same := notes{PasswordVersion: 7, MadeAt: time.Unix(7, 0).UTC()}
	if diags := same.write(t.Context(), private, same); diags.HasError() || len(private) > 0 {
		t.Errorf("%s was written (%v)", private, diags)
	}
}

func TestWhatBarsAnAdoption(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		replaced notes
		want     bool
	}{
		"nothing is replaced":                  {notes{}, false},
		"adopted":                              {notes{PasswordVersion: 7}, false},
		"rotated":                              {notes{PasswordVersion: 7, Reset: true}, true},
		"a rotation without an end":            {notes{PasswordVersion: 7, Unfinished: true}, true},
		"imported, a rotation without an end":  {notes{Unfinished: true}, true},
		"adopted, and ended with the resource": {notes{PasswordVersion: 7, Revokes: true}, true},
		"imported, and so never ended":         {notes{Revokes: true}, false},
	} {
		if got := test.replaced.barsAdoption(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestAnAdoptedPasswordIsUnprovenUntilItIsTaken(t *testing.T) {
	t.Parallel()
	check := types.ObjectValueMust(map[string]attr.Type{}, map[string]attr.Value{})
	state := func(reason string, verifiedAt types.String, check types.Object) *credentialPasswordModel {
		return &credentialPasswordModel{
			passwordModel: passwordModel{RotationReason: types.StringValue(reason)},
			loginModel:    loginModel{LoginCheck: check, LoginVerifiedAt: verifiedAt},
		}
	}
	for name, test := range map[string]struct {
		state  *credentialPasswordModel
		stored notes
		want   bool
	}{
		"never taken":                      {state("adopted", types.StringNull(), check), notes{PasswordVersion: 7}, true},
		"never taken, and no notes":        {state("adopted", types.StringNull(), check), notes{}, true},
		"taken":                            {state("adopted", types.StringValue("2026-05-20T12:00:00Z"), check), notes{}, false},
		"taken, and the check was changed": {state("adopted", types.StringNull(), check), notes{LoginTaken: "x"}, false},
		"no check":                         {state("adopted", types.StringNull(), types.ObjectNull(nil)), notes{}, false},
		"made by a reset":                  {state("created", types.StringNull(), check), notes{Reset: true}, false},
		"made by a reset in its place":     {state("adopted", types.StringNull(), check), notes{Reset: true}, false},
	} {
		if got := unproven(test.state, test.stored); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
