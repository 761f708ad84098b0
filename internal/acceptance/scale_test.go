package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// crowd are the resources of many credentials of one domain, all of which change
// with one trigger.
func (s service) crowd(guids []string, trigger string, arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_credential_password" "crowd" {
  for_each          = toset(["%s"])
  domain            = "example.com"
  credential_guid   = each.value
  rotation_triggers = { version = %q }
  %s
}
`, strings.Join(guids, `", "`), trigger, strings.Join(arguments, "\n  "))
}

// populate gives the domain as many credentials, and tells the GUIDs of some of
// them, which are anywhere among the others.
func (s service) populate(all, some int) (guids []string) {
	for n := range all - 1 { // the service has one already
		c := s.AddCredential("example.com", fmt.Sprintf("user%d", n))
		if (n+1)*some/(all-1) > n*some/(all-1) {
			guids = append(guids, c.GUID)
		}
	}
	return guids
}

// cost is how many requests, and how many lists among them, came since the
// journal was cleared. None of them may have changed anything.
func (s service) cost(t *testing.T) (all, lists int) {
	t.Helper()
	if n := s.resets(); n > 0 {
		t.Errorf("%d resets", n)
	}
	return len(s.Journal()), s.Count(simulator.KindList)
}

func TestARefreshOfManyCostsARequestAHundred(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(400, 40)
	w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1"))
	w.apply()
	for _, shape := range []simulator.ListShape{simulator.ShapeFlat, simulator.ShapePaginated, simulator.ShapePaginator} {
		s.SetOptions(func(o *simulator.Options) { o.ListShape = shape })
		s.ClearJournal()
		w.planIsEmpty()
		if all, lists := s.cost(t); all > 6 {
			t.Errorf("%s: %d requests, %d of them lists", shape, all, lists)
		}
	}
	one := fmt.Sprintf("-target=smtp_credential_password.crowd[%q]", guids[7])
	for name, c := range map[string]struct {
		arguments []string
		most      int
	}{
		// Nobody knows then how many are still to come, and what is to be read next.
		"one at a time": {[]string{"-parallelism=1"}, 12},
		"one alone":     {[]string{one}, 1},
		"not at all":    {[]string{"-refresh=false"}, 0},
	} {
		s.ClearJournal()
		w.must(append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, c.arguments...)...)
		if all, lists := s.cost(t); all > c.most {
			t.Errorf("%s: %d requests, %d of them lists", name, all, lists)
		}
	}

	// What a list lacks, because it is gone, is asked for by itself; what fails is
	// not gone.
	s.RemoveCredential("example.com", guids[3])
	s.ClearJournal()
	gone := w.must("plan", "-no-color", "-input=false")
	gone.shows(t, "SMTP credential is gone", guids[3], "1 to add, 0 to change, 0 to destroy")
	if all, lists := s.cost(t); all > 7 {
		t.Errorf("one is gone: %d requests, %d of them lists", all, lists)
	}
	w.write("main.tf", s.providerBlock()+s.crowd(append(guids[:3:3], guids[4:]...), "1"))
	s.ClearJournal()
	for range 20 {
		s.Inject(simulator.FaultServerError(simulator.KindList, false))
	}
	w.planIsEmpty()
	if all, lists := s.cost(t); all > 50 || lists > 6 {
		t.Errorf("lists fail: %d requests, %d of them lists", all, lists)
	}
}

func TestFewAmongManyAreNotListed(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{ListShape: simulator.ShapePaginated})
	guids := s.populate(2000, 4)
	w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1"))
	w.apply()
	for range 2 {
		s.ClearJournal()
		w.planIsEmpty()
		if all, lists := s.cost(t); all > 8 {
			t.Errorf("%d requests, %d of them lists", all, lists)
		}
	}
}

// TestManyAreImportedAtTheCostOfAList, although an import reads each one twice.
// What is adopted is read by itself: it may be this very apply that changed it.
func TestManyAreImportedAtTheCostOfAList(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	guids := s.populate(20, 20)
	passwords := map[string]string{}
	for _, guid := range guids {
		passwords[guid] = s.LivePassword("example.com", guid)
	}
	variables, err := json.Marshal(map[string]any{"passwords": passwords})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1")+fmt.Sprintf(`
import {
  for_each = toset(["%s"])
  to       = smtp_credential_password.crowd[each.value]
  id       = "example.com/${each.value}"
}
`, strings.Join(guids, `", "`)))
	w.apply()
	if all, lists := s.cost(t); all > 8 { // the plan, and the apply's own import
		t.Errorf("imported with %d requests, %d of them lists", all, lists)
	}
	w.write("main.tf", s.providerBlock()+`
variable "passwords" {
  type      = map(string)
  sensitive = true
}
`+s.crowd(guids, "1", "existing_password = var.passwords[each.value]"))
	w.write("terraform.tfvars.json", string(variables))
	s.ClearJournal()
	w.apply()
	if all, lists := s.cost(t); all > 28 || all-lists < len(guids) {
		t.Errorf("adopted with %d requests, %d of them lists", all, lists)
	}
	w.planIsEmpty()
	for guid, password := range passwords {
		if got, _ := w.values(fmt.Sprintf("smtp_credential_password.crowd[%q]", guid))["password"].(string); got != password {
			t.Fatalf("%s was not adopted", guid)
		}
		break // each costs a look at the whole state
	}
}

// TestManyRotateAtThePaceOfTheLimit: all of them, and the limit is met once a
// window at most. In the queue each waits for longer than its timeout.
func TestManyRotateAtThePaceOfTheLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit   simulator.RateLimit
		many    int
		timeout string
		waits   bool
	}{
		"short windows":             {simulator.RateLimit{Requests: 20, Window: 2 * time.Second}, 60, "5s", false},
		"long waits":                {simulator.RateLimit{Requests: 12, Window: 4 * time.Second}, 26, "6s", true},
		"long waits, told in a 429": {simulator.RateLimit{Requests: 12, Window: 4 * time.Second, ToldLate: true}, 26, "6s", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			guids := s.populate(200, c.many)
			timeouts := fmt.Sprintf("timeouts = { create = %q, update = %[1]q, read = %[1]q }", c.timeout)
			w := newWorkspace(t, s, s.providerBlock()+s.crowd(guids, "1", timeouts))
			w.apply()
			s.ClearJournal()
			s.SetOptions(func(o *simulator.Options) { o.RateLimit = c.limit })
			w.write("main.tf", s.providerBlock()+s.crowd(guids, "2", timeouts))
			log := filepath.Join(w.dir, "log")
			w.useBuiltProvider()
			w.env = append(w.env, "TF_LOG_PROVIDER=INFO", "TF_LOG_PATH="+log)
			w.apply().shows(t, fmt.Sprintf("0 added, %d changed, 0 destroyed", c.many))
			acted := 0
			for _, e := range s.Journal() {
				if e.Kind == simulator.KindReset && e.Acted {
					acted++
				}
			}
			if acted != c.many {
				t.Errorf("%d resets acted", acted)
			}
			// Until answers tell of it, as many may meet the limit as are under way.
			met := c.limit.ToldLate
			for i, window := range s.Windows() {
				most := 1
				if met && window.Refused > 0 {
					most, met = 10, false
				}
				if window.Refused > most {
					t.Errorf("window %d: %d served, %d refused", i, window.Served, window.Refused)
				}
			}
			said, err := os.ReadFile(log)
			told := strings.Count(string(said), "the API's rate limit is reached")
			if err != nil || told > 2 || (c.waits && told == 0) {
				t.Errorf("the log says %d times what is waited for, want once a process at most: %v\n%s", told, err, said)
			}
			s.SetOptions(func(o *simulator.Options) { o.RateLimit = simulator.RateLimit{} })
			w.planIsEmpty()
			for _, guid := range []string{guids[0], guids[c.many-1]} {
				address := fmt.Sprintf("smtp_credential_password.crowd[%q]", guid)
				if got, _ := w.values(address)["password"].(string); got != s.LivePassword("example.com", guid) {
					t.Error("a stored password is not the live one")
				}
			}
		})
	}
}
