package kirim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAListThatContradictsIsNotBelieved once it tells another time of a change
// than the credential's own answer, whichever of the two comes first.
func TestAListThatContradictsIsNotBelieved(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 1, 12, 0, 0, 0, time.UTC)
	says := func(changed time.Time) Credential {
		return Credential{
			GUID: guid(1), Username: "a", CreatedAt: at, ModifiedAt: at, LastPasswordChanged: changed, TellsPasswordChange: true, Listed: true,
		}
	}
	for name, c := range map[string]struct {
		list, own time.Time
		want      bool // the list is of use
	}{
		"the same":              {at, at, true},
		"an hour later":         {at.Add(time.Hour), at, false},
		"an hour earlier":       {at.Add(-time.Hour), at, false},
		"the list says never":   {time.Time{}, at, false},
		"the answer says never": {at, time.Time{}, true},
		"neither says when":     {time.Time{}, time.Time{}, true},
	} {
		for _, listFirst := range []bool{true, false} {
			e, trust := entry{}, listTrust{}
			item := says(c.list)
			for _, listed := range []bool{listFirst, !listFirst} {
				if listed {
					e.listed = &item
				} else {
					e.ownChange = c.own
				}
				trust.compare(e)
			}
			if got := trust.believes((&reader{}).missing(says(at))); got != c.want {
				t.Errorf("%s, the list first: %t: of use: %t", name, listFirst, got)
			}
		}
	}
	silent := says(time.Time{})
	silent.TellsPasswordChange = false
	e, trust := entry{listed: &silent, ownChange: at}, listTrust{}
	if trust.compare(e); !trust.believes((&reader{}).missing(says(at))) {
		t.Error("a list that does not say is no contradiction")
	}
}

func TestAListThatSaysLessOfSome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list, own string // what an item of a list has, and what its own answer has
		most      int    // requests for 60
	}{
		"the same":                      {`"username":"u","created_at":1,"modified_at":2,"last_password_changed":3`, `"username":"u","created_at":1,"modified_at":2,"last_password_changed":3`, 2},
		"no time of a change, and none": {`"username":"u","created_at":1,"last_password_changed":null`, `"username":"u","created_at":1,"last_password_changed":0`, 2},
		"no time of a change":           {`"username":"u","created_at":1,"last_password_changed":null`, `"username":"u","created_at":1,"last_password_changed":3`, 61},
		"no word of a change":           {`"username":"u","created_at":1`, `"username":"u","created_at":1,"last_password_changed":3`, 61},
		"no word of one at all":         {`"username":"u","created_at":1`, `"username":"u","created_at":1`, 2},
		"no user name":                  {`"created_at":1,"last_password_changed":3`, `"username":"u","created_at":1,"last_password_changed":3`, 61},
		"no creation":                   {`"username":"u","last_password_changed":3`, `"username":"u","created_at":1,"last_password_changed":3`, 61},
		"more than its own answer":      {`"username":"u","created_at":1,"last_password_changed":3`, `"username":"u","last_password_changed":3`, 2},
	} {
		for _, parallel := range []int{1, 10} {
			t.Run(fmt.Sprintf("%s, %d at a time", name, parallel), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := newCatalogue(t, "flat", 60)
					api.spell = func(_ int, listed bool) string {
						if listed {
							return c.list
						}
						return c.own
					}
					client, numbers := newClient(t, api), make(chan int, 60)
					for n := range 60 {
						numbers <- n
					}
					errs := sideBySide(t, 60, parallel, func(ctx context.Context) error {
						credential, err := client.ReadCredential(ctx, testDomain, guid(<-numbers), false)
						if err == nil && (credential.LastPasswordChanged.IsZero() == strings.Contains(c.own, `changed":3`) || credential.Username == "") {
							return fmt.Errorf("got %+v", credential)
						}
						return err
					})
					if len(errs) > 0 {
						t.Error(errs[0])
					}
					if api.lists+api.own > c.most {
						t.Errorf("%d lists, %d by themselves", api.lists, api.own)
					}
				})
			})
		}
	}
}

func TestAListWithSomeThatWereNeverReset(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 10} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, "pagination", 300)
				api.spell = func(n int, _ bool) string {
					return fmt.Sprintf(`"username":"u%d","created_at":1,"last_password_changed":%d`, n, n%2)
				}
				for n, err := range readAll(t, newClient(t, api), someOf(300, 300, 1), parallel) {
					if err != nil {
						t.Fatalf("%d: %v", n, err)
					}
				}
				if api.lists+api.own > 6 {
					t.Errorf("%d lists, %d by themselves", api.lists, api.own)
				}
			})
		})
	}
}

func TestAListThatKnowsNoResetIsLookedInto(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own  string // of those that were reset
		most int
	}{
		"nor do they themselves": {`"username":"u"`, 3},
		"they themselves do":     {`"username":"u","last_password_changed":7`, 41},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newCatalogue(t, "flat", 40)
				api.spell = func(n int, listed bool) string {
					if listed || n == 0 {
						return `"username":"u"`
					}
					return c.own
				}
				client := newClient(t, api)
				for n := range 40 {
					credential, err := client.ReadCredential(t.Context(), testDomain, guid(n), n > 0)
					if err != nil || n > 0 && credential.TellsPasswordChange != strings.Contains(c.own, "changed") {
						t.Errorf("%d: got %+v, %v", n, credential, err)
					}
				}
				if api.lists+api.own > c.most {
					t.Errorf("%d lists, %d by themselves", api.lists, api.own)
				}
			})
		})
	}
}

func TestAListThatTellsLessIsNotReliedUpon(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bare, silent bool
		most         int
	}{
		"lists leave it out":        {true, false, 70},
		"it is not told anywhere":   {false, true, 5},
		"it is told by each of two": {false, false, 3},
	} {
		for _, parallel := range []int{1, 10} {
			t.Run(fmt.Sprintf("%s, %d at a time", name, parallel), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := newCatalogue(t, "flat", 60)
					api.bare, api.silent = c.bare, c.silent
					client := newClient(t, api)
					readAll(t, client, someOf(60, 60, 1), parallel)
					if api.lists+api.own > c.most {
						t.Errorf("%d lists, %d by themselves", api.lists, api.own)
					}
					for range 2 {
						credential, err := client.FindCredential(t.Context(), testDomain, guid(7))
						if err != nil || credential.TellsPasswordChange == c.silent {
							t.Errorf("got %+v, %v", credential, err)
						}
					}
				})
			})
		}
	}
}
