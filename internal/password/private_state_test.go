package password

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kirimemail/terraform-provider-smtp/internal/attribute"
	"github.com/kirimemail/terraform-provider-smtp/internal/kirim"
	"github.com/kirimemail/terraform-provider-smtp/internal/rotation"
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
		got  privateState
		want rotation.ChangeTime
	}{
		"a " +
			"reset": {ofReset(kirim.Credential{ModifiedAt: modified, AsOf: date}), rotation.ChangeTime{Modified: modified, At: date}},
		"a reset that says " +
			"it": {ofReset(kirim.Credential{LastPasswordChanged: changed, ModifiedAt: modified, AsOf: date}), rotation.ChangeTime{Changed: changed}},
		"a reset, no modified_at": {ofReset(kirim.Credential{AsOf: date}), rotation.ChangeTime{At: date}},
		"a reset, no Date":        {ofReset(kirim.Credential{ModifiedAt: modified}), rotation.ChangeTime{Modified: modified}},
		"a reset, neither":        {ofReset(kirim.Credential{}), rotation.ChangeTime{}},
		"found":                   {ofFound(kirim.Credential{LastPasswordChanged: changed, ModifiedAt: modified, AsOf: date}), rotation.ChangeTime{Changed: changed}},
		"found, never " +
			"reset": {ofFound(kirim.Credential{ModifiedAt: modified, AsOf: date}), rotation.ChangeTime{At: date}},
		"found, never reset, no " +
			"Date": {ofFound(kirim.Credential{ModifiedAt: modified}), rotation.ChangeTime{}},
	} {
		if made := test.got.ChangeTime; made != test.want {
			t.Errorf("%s: made %+v, want %+v", name, made, test.want)
		}
	}
}

func ofReset(credential kirim.Credential) privateState {
	return privateState{PasswordVersion: 1, Reset: true, ChangeTime: changeTime(credential, true)}
}

func ofFound(credential kirim.Credential) privateState {
	return privateState{PasswordVersion: 1, ChangeTime: changeTime(credential, false)}
}

// TestNotesRememberWhatMayStillLand has the moment that a late landing is
// compared with: the server's, and never later than the reset can have acted.
func TestNotesRememberWhatMayStillLand(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	modified, date := changed.Add(time.Hour), changed.Add(2*time.Hour)
	for name, test := range map[string]struct {
		credential kirim.Credential
		took       time.Duration
		want       time.Time
	}{
		"modified_at":             {kirim.Credential{ModifiedAt: modified, AsOf: date}, 90 * time.Millisecond, modified},
		"Date, at once":           {kirim.Credential{AsOf: date}, 990 * time.Millisecond, date},
		"Date, less what it took": {kirim.Credential{AsOf: date}, 7900 * time.Millisecond, date.Add(-7 * time.Second)},
		"the change " +
			"itself": {kirim.Credential{LastPasswordChanged: changed, ModifiedAt: modified, AsOf: date}, time.Minute, changed},
		"no time at all": {kirim.Credential{}, time.Minute, time.Time{}},
	} {
		made := earliestChange(&kirim.Reset{Credential: test.credential, Took: test.took})
		late := inFlightAfter(made, 1)
		if !made.When().Equal(test.want) || late.ChangeTime != made {
			t.Errorf("%s: made %+v, want %s", name, made, test.want)
		}
		if want := test.want.Add(15 * time.Minute); !test.want.IsZero() && !late.Until.Equal(want) {
			t.Errorf("%s: they land until %s, want %s", name, late.Until, want)
		}
		if _, err := json.Marshal(late); err != nil {
			t.Errorf("%s: cannot be remembered: %v", name, err)
		}
	}
}

// TestWhatMayStillActIsRememberedByTheNextPassword: it ends whatever is stored
// by the time that it lands.
func TestWhatMayStillActIsRememberedByTheNextPassword(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) // by the server
	now := at.Add(3 * time.Hour)                                // by our own clock
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	late := func(left, until int) inFlight { return inFlight{Left: left, Until: at.Add(minutes(until))} }
	landed := func(l inFlight) inFlight {
		l.CompletedAt = at.Add(-time.Second)
		return l
	}
	for name, test := range map[string]struct {
		before privateState
		own    int
		left   int
		until  int // minutes
	}{
		"nothing":                               {privateState{}, 0, 0, 0},
		"its own":                               {privateState{}, 2, 2, 15},
		"one that was lost before":              {privateState{InFlight: late(1, 5)}, 0, 1, 5},
		"one that was lost before, and its own": {privateState{InFlight: late(1, 5)}, 1, 2, 15},
		"the one that was lost has landed":      {privateState{InFlight: landed(late(1, 5))}, 0, 0, 0},
		"one of two that were lost has landed":  {privateState{InFlight: landed(late(2, 5))}, 0, 1, 5},
		"one that was lost long before":         {privateState{InFlight: late(1, -1)}, 0, 0, 0},
		"an unfinished one that may still " +
			"run": {privateState{Unfinished: true, RunsUntil: now.Add(minutes(7))}, 0, 1, 7},
		"an unfinished one that was answered": {privateState{Unfinished: true}, 0, 0, 0},
		"an unfinished one of long ago":       {privateState{Unfinished: true, RunsUntil: now.Add(-minutes(1))}, 0, 0, 0},
		"an unfinished one, and a lost one " +
			"before": {privateState{Unfinished: true, RunsUntil: now.Add(minutes(7)), InFlight: late(1, 3)}, 0, 2, 7},
	} {
		n := privateState{InFlight: inFlightAfter(rotation.ChangeTime{Modified: at}, test.own)}.succeeding(test.before, now)
		if n.InFlight.Left != test.left || test.left > 0 && !n.InFlight.Until.Equal(at.Add(minutes(test.until))) {
			t.Errorf("%s: %d until %s, want %d until minute "+
				"%d", name, n.InFlight.Left, n.InFlight.Until, test.left, test.until)
		}
	}
	if n := (privateState{}).succeeding(privateState{InFlight: late(1, 5)}, now); n.InFlight.Left != 0 {
		t.Error("it is remembered although there is no time to compare with")
	}
}

// TestNotesThatAreLostAreMadeFromTheState: a provider that is killed while it
// applies takes them with it.
func TestNotesThatAreLostAreMadeFromTheState(t *testing.T) {
	t.Parallel()
	modified, rotated := time.Unix(1000, 0).UTC(), time.Unix(2000, 0).UTC()
	model := func(reason string, modifiedAt time.Time) *Model {
		m := &Model{RevokeOnDestroy: types.BoolValue(true)}
		m.PasswordVersion, m.RotationReason, m.Strength = types.Int64Value(7), types.StringValue(reason), types.DynamicNull()
		m.ModifiedAt, m.RotatedAt = attribute.TimeOrNull(modifiedAt), attribute.TimeOrNull(rotated)
		return m
	}
	made := model("adopted", modified) // although another was planned
	made.RemoteSync = types.BoolValue(true)
	reset := privateState{PasswordVersion: 7, Reset: true, Revokes: true, ChangeTime: rotation.ChangeTime{At: rotated, Modified: modified}, Reconstructed: true}
	for name, test := range map[string]struct {
		state *Model
		want  privateState
	}{
		"rotated":                 {model("rotation_triggers: a", modified), reset},
		"rotated, no modified_at": {model("created", time.Time{}), privateState{PasswordVersion: 7, Reset: true, Revokes: true, ChangeTime: rotation.ChangeTime{At: rotated}, Reconstructed: true}},
		"adopted":                 {model("adopted", modified), privateState{PasswordVersion: 7, Revokes: true, ChangeTime: rotation.ChangeTime{At: rotated}, Reconstructed: true}},
		"made, not adopted":       {made, reset},
	} {
		if got := privateStateOfState(test.state); got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
		var diags diag.Diagnostics
		for where, private := range map[string]privateMap{
			"nothing": {}, "no JSON": {privateStateKey: []byte("x")}, "another password's": {privateStateKey: []byte(`{"password_version":8}`)},
		} {
			if got := privateStateAbout(t.Context(), private, test.state, &diags); got != test.want {
				t.Errorf("%s, with %s: got %+v", name, where, got)
			}
		}
	}
}

// TestExamine has what the API can tell of a password whose notes were lost.
func TestExamine(t *testing.T) {
	t.Parallel()
	rotated := time.Unix(2000, 0).UTC()
	told := func(changed time.Time) kirim.Credential {
		return kirim.Credential{LastPasswordChanged: changed, ModifiedAt: changed, TellsPasswordChange: true}
	}
	reset := privateState{PasswordVersion: 7, Reset: true, ChangeTime: rotation.ChangeTime{Modified: rotated, At: rotated}, Reconstructed: true}
	found := privateState{PasswordVersion: 7, ChangeTime: rotation.ChangeTime{At: rotated}, Reconstructed: true}
	for name, test := range map[string]struct {
		stored             privateState
		credential         kirim.Credential
		unfinished, cutOff bool
	}{
		"a reset, not changed": {reset, told(rotated), false, false},
		"a reset, changed":     {reset, told(rotated.Add(5 * time.Second)), true, false},
		"a reset without modified_at, and a clock that is behind": {
			privateState{PasswordVersion: 7, Reset: true, ChangeTime: rotation.ChangeTime{At: rotated}, Reconstructed: true},
			kirim.Credential{LastPasswordChanged: rotated.Add(-time.Hour), TellsPasswordChange: true},
			false, true,
		},
		"a reset, and the API does not say": {reset, kirim.Credential{ModifiedAt: rotated}, false, true},
		"a reset, and the API says never":   {reset, told(time.Time{}), false, true},
		"adopted, changed long before":      {found, told(rotated.Add(-time.Hour)), false, false},
		"adopted, changed since":            {found, told(rotated.Add(time.Hour)), false, true},
		"adopted, never changed":            {found, told(time.Time{}), false, false},
		"adopted, and the API does not say": {found, kirim.Credential{ModifiedAt: rotated}, false, true},
		"imported, changed " +
			"since": {privateState{ChangeTime: rotation.ChangeTime{At: rotated}, Reconstructed: true}, told(rotated.Add(time.Hour)), false, true},
		"a reset, changed, and not " +
			"lost": {privateState{Reset: true, ChangeTime: rotation.ChangeTime{Modified: rotated}}, told(rotated.Add(5 * time.Second)), false, false},
	} {
		n, state := test.stored, &Model{}
		state.RotatedAt = attribute.TimeOrNull(rotated)
		n.reconstruct(state, test.credential)
		if n.Unfinished != test.unfinished || n.OutcomeUnknown != test.cutOff || n.Reconstructed {
			t.Errorf("%s: %+v", name, n)
		}
		mayLand := test.stored.Reconstructed && test.stored.PasswordVersion != 0 && !test.unfinished
		if (n.InFlight.Left > 0) != mayLand {
			t.Errorf("%s: the killed call may still land: %+v", name, n.InFlight)
		}
	}
}

func TestNotesCountForOnePasswordAlone(t *testing.T) {
	t.Parallel()
	private := privateMap{}
	written := privateState{
		PasswordVersion: 7, Reset: true, ChangeTime: rotation.ChangeTime{At: time.Unix(7, 0).UTC(), Changed: time.Unix(2, 0).UTC()},
		Unfinished: true, Due: "rotation_period=1h0m0s",
		ExternalAt: time.Unix(70, 0).UTC(), LoginPending: true, LoginTaken: "mailer at " +
			"smtp.example.com:587", LoginRefused: true,
		InFlight: inFlight{
			Left: 2, Until: time.Unix(8, 0).UTC(), ChangeTime: rotation.ChangeTime{Modified: time.Unix(5, 0).UTC(), At: time.Unix(6, 0).UTC()}, CompletedAt: time.Unix(9, 0).UTC(),
		},
		RunsUntil: time.Unix(4, 0).UTC(), Reconstructed: true, OutcomeUnknown: true, ChangedAt: time.Unix(3, 0).UTC(),
		ExternalBy: time.Hour, DifferenceBefore: time.Minute, ClockDifference: time.Second, LoginMechanism: "LOGIN",
	}
	if diags := written.write(t.Context(), private); diags.HasError() {
		t.Fatal(diags)
	}
	var diags diag.Diagnostics
	read, found := readPrivateState(t.Context(), private, &diags)
	if read != written || !found || diags.HasError() {
		t.Errorf("got %+v (%v), want %+v", read, diags, written)
	}
	state := &Model{}
	state.PasswordVersion = types.Int64Value(7)
	if now := privateStateAbout(t.Context(), private, state, &diags); now != written {
		t.Errorf("of the same password: %+v", now)
	}
	state.PasswordVersion = types.Int64Value(8)
	if now := privateStateAbout(t.Context(), private, state, &diags); now != privateStateOfState(state) {
		t.Errorf("of another password: %+v", now)
	}
	for name, raw := range map[string]string{"no JSON": "x", "a list": "[1]", "nothing": ""} {
		if got, found := readPrivateState(t.Context(), privateMap{privateStateKey: []byte(raw)}, &diags); got != (privateState{}) || found {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestNotesThatAreTheSameAreTheSameBytes: a refresh in which nothing changes leaves the
// state alone.
func TestNotesThatAreTheSameAreTheSameBytes(t *testing.T) {
	t.Parallel()
	private := privateMap{}
	same := privateState{PasswordVersion: 7, ChangeTime: rotation.ChangeTime{At: time.Unix(7, 0).UTC()}}
	var diags diag.Diagnostics
	diags.Append(same.write(t.Context(), private)...)
	before := string(private[privateStateKey])
	read, _ := readPrivateState(t.Context(), private, &diags)
	diags.Append(read.write(t.Context(), private)...)
	if after := string(private[privateStateKey]); after != before || diags.HasError() {
		t.Errorf("%s was written over %s (%v)", after, before, diags)
	}
}

func TestWhatBarsAnAdoption(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		replaced privateState
		want     bool
	}{
		"nothing is replaced":                  {privateState{}, false},
		"adopted":                              {privateState{PasswordVersion: 7}, false},
		"rotated":                              {privateState{PasswordVersion: 7, Reset: true}, true},
		"a rotation without an end":            {privateState{PasswordVersion: 7, Unfinished: true}, true},
		"imported, a rotation without an end":  {privateState{Unfinished: true}, true},
		"adopted, and ended with the resource": {privateState{PasswordVersion: 7, Revokes: true, LoginTaken: "x"}, true},
		"adopted, and never seen to be taken":  {privateState{PasswordVersion: 7, Revokes: true}, false},
		"adopted, and the notes were " +
			"lost": {privateState{PasswordVersion: 7, Revokes: true, Reconstructed: true}, true},
		"imported, and so never ended": {privateState{Revokes: true}, false},
	} {
		if got := test.replaced.blocksAdoption(ofCredential(uuidA), types.StringUnknown()); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestThePasswordOfAnotherCredentialIsNotBarred by what became of this one's.
func TestThePasswordOfAnotherCredentialIsNotBarred(t *testing.T) {
	t.Parallel()
	const uuidB = "00000000-0000-4000-8000-00000000000b"
	known, rotated := types.StringValue("x"), privateState{PasswordVersion: 7, Reset: true}
	rotated.Credential = ofCredential(uuidA).Ref().ID()
	earlier := rotated
	earlier.Credential = ""
	for name, test := range map[string]struct {
		replaced privateState
		plan     instance
		existing types.String
		want     bool
	}{
		"the same":                            {rotated, ofCredential(strings.ToUpper(uuidA)), known, true},
		"another":                             {rotated, ofCredential(uuidB), known, false},
		"another, planned first":              {rotated, ofCredential(uuidB), types.StringUnknown(), false},
		"another, and an earlier version":     {earlier, ofCredential(uuidB), known, true},
		"one to come, with its password":      {rotated, ofCredential(""), types.StringUnknown(), false},
		"one to come, and a password from me": {rotated, ofCredential(""), known, true},
	} {
		if got := test.replaced.blocksAdoption(test.plan, test.existing); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

const uuidA = "00000000-0000-4000-8000-00000000000a"

// ofCredential is a plan for a credential; an empty GUID is not known yet.
func ofCredential(guid string) instance { return instance{Resource: planOf{guid: guid}} }

type planOf struct {
	Resource
	guid string
}

func (p planOf) Ref() kirim.Ref { return kirim.CredentialRef("example.com", p.guid) }

func (p planOf) ResourceID() types.String {
	if p.guid == "" {
		return types.StringUnknown()
	}
	return types.StringValue(p.Ref().ID())
}

func TestAnAdoptedPasswordIsUnprovenUntilItIsTaken(t *testing.T) {
	t.Parallel()
	check := types.ObjectValueMust(map[string]attr.Type{}, map[string]attr.Value{})
	state := func(reason string, verifiedAt types.String, check types.Object) *Model {
		return &Model{
			Attributes: Attributes{RotationReason: types.StringValue(reason)},
			LoginCheck: check, LoginVerifiedAt: verifiedAt,
		}
	}
	for name, test := range map[string]struct {
		state  *Model
		stored privateState
		want   bool
	}{
		"never taken":                      {state("adopted", types.StringNull(), check), privateState{PasswordVersion: 7}, true},
		"never taken, and no notes":        {state("adopted", types.StringNull(), check), privateState{}, true},
		"taken":                            {state("adopted", types.StringValue("2026-05-20T12:00:00Z"), check), privateState{}, false},
		"taken, and the check was changed": {state("adopted", types.StringNull(), check), privateState{LoginTaken: "x"}, false},
		"no check":                         {state("adopted", types.StringNull(), types.ObjectNull(nil)), privateState{}, true},
		"taken, and the check was dropped": {state("adopted", types.StringNull(), types.ObjectNull(nil)), privateState{LoginTaken: "x"}, false},
		"made by a reset":                  {state("created", types.StringNull(), check), privateState{Reset: true}, false},
		"made by a reset in its place":     {state("adopted", types.StringNull(), check), privateState{Reset: true}, false},
	} {
		if got := unproven(test.state, test.stored); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestAClockThatIsAheadRotatesNothing: the API gives each change a time that is 90
// seconds ahead of its answers.
func TestAClockThatIsAheadRotatesNothing(t *testing.T) {
	t.Parallel()
	const ahead = 90 * time.Second
	made := time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)
	state := &Model{Attributes: Attributes{RotatedAt: types.StringValue(timestamp(made))}}
	tells := func(changed, now time.Time) kirim.Credential {
		return kirim.Credential{LastPasswordChanged: changed.Add(ahead), TellsPasswordChange: true, AsOf: now}
	}
	n := ofReset(kirim.Credential{AsOf: made})
	expect := func(what string, external, maybe bool) {
		t.Helper()
		if n.resetExternally() != external || n.ChangedAt.IsZero() == maybe {
			t.Errorf("%s: %+v", what, n)
		}
	}
	n.compare(state, tells(made, made.Add(time.Second)))
	expect("straight after the rotation", false, false)
	n.compare(state, tells(made, made.Add(time.Hour)))
	expect("once that time is over", false, false)
	reset := made.Add(2 * time.Hour)
	n.compare(state, tells(reset, reset.Add(time.Second)))
	expect("a reset by somebody else, by a time that cannot be true", false, false)
	n.compare(state, tells(reset, reset.Add(time.Hour)))
	expect("the same, once it can", true, false)
}

// TestWhatIsNews has what a list says, and whether the credential itself is to be
// asked before anything follows.
func TestWhatIsNews(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)
	state := Model{
		CredentialAttributes: CredentialAttributes{Login: types.StringValue("mailer@example.com")},
		Attributes:           Attributes{PasswordVersion: types.Int64Value(7), RotatedAt: types.StringValue(timestamp(made))},
	}
	external := ofReset(kirim.Credential{AsOf: made})
	external.ExternalAt, external.ExternalBy = made.Add(time.Hour), time.Hour
	for name, test := range map[string]struct {
		stored  privateState
		changed time.Time
		user    string
		want    bool
	}{
		"our own":                           {ofReset(kirim.Credential{AsOf: made}), made, "mailer", false},
		"our own, a minute before":          {ofReset(kirim.Credential{AsOf: made}), made.Add(-time.Minute), "mailer", false},
		"a list that is half an hour early": {ofReset(kirim.Credential{AsOf: made}), made.Add(-30 * time.Minute), "mailer", true},
		"two seconds later":                 {ofReset(kirim.Credential{AsOf: made}), made.Add(2 * time.Second), "mailer", true},
		"an hour later":                     {ofReset(kirim.Credential{AsOf: made}), made.Add(time.Hour), "mailer", true},
		"an hour later, as before":          {external, made.Add(time.Hour), "mailer", true},
		"our own again":                     {external, made, "mailer", true},
		"a time that cannot be true":        {ofReset(kirim.Credential{AsOf: made}), made.Add(48 * time.Hour), "mailer", true},
		"another user name":                 {ofReset(kirim.Credential{AsOf: made}), made, "other", true},
		"the notes were lost":               {privateState{PasswordVersion: 7, Reset: true, Reconstructed: true}, made, "mailer", true},
	} {
		before := test.stored
		credential := kirim.Credential{Username: test.user, LastPasswordChanged: test.changed, TellsPasswordChange: true, AsOf: made.Add(24 * time.Hour), Listed: true}
		if got := test.stored.changesAnything(state, testRef, credential); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
		if test.stored != before || state.Login.ValueString() != "mailer@example.com" {
			t.Errorf("%s: it was taken over", name)
		}
	}
}

// TestARotationThatCuresNothingIsNotRepeated: the same difference again is that of
// two clocks.
func TestARotationThatCuresNothingIsNotRepeated(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, time.May, 20, 12, 0, 0, 0, time.UTC)
	state := &Model{Attributes: Attributes{RotatedAt: types.StringValue(timestamp(made))}}
	tells := func(changed time.Time) kirim.Credential {
		return kirim.Credential{LastPasswordChanged: changed, TellsPasswordChange: true, AsOf: made.Add(24 * time.Hour)}
	}
	n := ofReset(kirim.Credential{AsOf: made})
	if n.compare(state, tells(made.Add(time.Hour))); !n.resetExternally() {
		t.Fatalf("not seen: %+v", n)
	}
	again := ofReset(kirim.Credential{AsOf: made.Add(2 * time.Hour)}).succeeding(n, made)
	state.RotatedAt = types.StringValue(timestamp(made.Add(2 * time.Hour)))
	for _, later := range []time.Duration{time.Hour, time.Hour + 2*time.Second} {
		if again.compare(state, tells(made.Add(2*time.Hour+later))); again.resetExternally() || again.ChangedAt.IsZero() || !again.sameAgain() {
			t.Errorf("%s later: rotates again: %+v", later, again)
		}
	}
	// A third rotation, for a trigger, still knows.
	third := ofReset(kirim.Credential{AsOf: made.Add(4 * time.Hour)}).succeeding(again, made)
	state.RotatedAt = types.StringValue(timestamp(made.Add(4 * time.Hour)))
	if third.compare(state, tells(made.Add(5*time.Hour))); third.resetExternally() {
		t.Errorf("rotates after a trigger: %+v", third)
	}
	if third.compare(state, tells(made.Add(9*time.Hour))); !third.resetExternally() {
		t.Errorf("another difference is not seen: %+v", third)
	}
	// And after that one was followed, too.
	fourth := ofReset(kirim.Credential{AsOf: made.Add(10 * time.Hour)}).succeeding(third, made)
	state.RotatedAt = types.StringValue(timestamp(made.Add(10 * time.Hour)))
	if fourth.compare(state, tells(made.Add(11*time.Hour))); fourth.resetExternally() {
		t.Errorf("rotates after a reset elsewhere: %+v", fourth)
	}
	// Once the API was seen to agree, the same difference is somebody else's.
	cured := ofReset(kirim.Credential{AsOf: made.Add(2 * time.Hour)}).succeeding(n, made)
	state.RotatedAt = types.StringValue(timestamp(made.Add(2 * time.Hour)))
	cured.compare(state, tells(made.Add(2*time.Hour)))
	if cured.compare(state, tells(made.Add(3*time.Hour))); !cured.resetExternally() {
		t.Errorf("not seen after the API agreed: %+v", cured)
	}
}

// TestPrivateStateOfEarlierVersions has what 0.1.0 wrote: each name means what it meant
// then.
func TestPrivateStateOfEarlierVersions(t *testing.T) {
	t.Parallel()
	const written = `{"password_version":7,"reset":true,"revokes":true,"made_modified_at":"2026-05-20T12:00:00Z",` +
		`"made_at":"2026-05-20T12:00:01Z","made_changed_at":"2026-05-20T12:00:02Z","late_calls":{"left":2,` +
		`"until":"2026-05-20T12:15:00Z","made_modified_at":"2026-05-20T12:00:03Z","made_at":"2026-05-20T12:00:04Z",` +
		`"landed_at":"2026-05-20T12:00:05Z"},"unfinished_rotation":true,"runs_until":"2026-05-20T12:00:06Z","unexamined":true,` +
		`"cut_off":true,"due":"rotation_period=720h0m0s","reset_elsewhere_at":"2026-05-20T12:00:07Z","reset_elsewhere_by":1,` +
		`"difference_before":2,"clock_difference":3,"changed_at":"2026-05-20T12:00:08Z","login_pending":true,` +
		`"login_taken":"mailer at smtp.example.com:587","login_refused":true,"login_mechanism":"PLAIN"}`
	at := func(second int) time.Time { return time.Date(2026, time.May, 20, 12, 0, second, 0, time.UTC) }
	want := privateState{
		PasswordVersion: 7, Reset: true, Revokes: true,
		ChangeTime: rotation.ChangeTime{Modified: at(0), At: at(1), Changed: at(2)},
		InFlight: inFlight{
			Left: 2, Until: at(15 * 60), ChangeTime: rotation.ChangeTime{Modified: at(3), At: at(4)}, CompletedAt: at(5),
		},
		Unfinished: true, RunsUntil: at(6), Reconstructed: true, OutcomeUnknown: true, Due: "rotation_period=720h0m0s",
		ExternalAt: at(7), ExternalBy: 1, DifferenceBefore: 2, ClockDifference: 3, ChangedAt: at(8),
		LoginPending: true, LoginTaken: "mailer at smtp.example.com:587", LoginRefused: true, LoginMechanism: "PLAIN",
	}
	var diags diag.Diagnostics
	got, found := readPrivateState(t.Context(), privateMap{privateStateKey: []byte(written)}, &diags)
	if got != want || !found || diags.HasError() {
		t.Errorf("got %+v (%v), want %+v", got, diags, want)
	}
	private := privateMap{}
	if diags := want.write(t.Context(), private); diags.HasError() || string(private[privateStateKey]) != written {
		t.Errorf("written as %s (%v)", private[privateStateKey], diags)
	}
}
