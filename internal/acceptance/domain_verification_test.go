package acceptance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const verificationAddress = "smtp_domain_verification.this"

var allHold = simulator.Records{DKIM: true, SPF: true, MX: true}

// verificationBlock waits for the service's domain.
func verificationBlock(arguments ...string) string {
	return fmt.Sprintf(`
resource "smtp_domain_verification" "this" {
  domain = "Example.com."
  %s
}
`, strings.Join(arguments, "\n  "))
}

// awaitVerify waits until the API has been asked so many times, and has answered.
func (s service) awaitVerify(ctx context.Context, times int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.WaitFor(ctx, func(entries []simulator.Entry) bool {
		n := 0
		for _, entry := range entries {
			if entry.Kind == simulator.KindVerifyDomain && entry.Status != 0 {
				n++
			}
		}
		return n >= times
	})
}

// plansUnknown tells whether a plan on the screen leaves an attribute open.
func (s screen) plansUnknown(attribute string) bool {
	return strings.Contains(flatten(s.text), " "+attribute+" = (known after apply)")
}

// TestDomainVerification has a wait from its beginning to the domain's end.
func TestDomainVerification(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetRecords("example.com", simulator.Records{DKIM: true})
	w := newWorkspace(t, s, s.providerBlock()+verificationBlock())
	step := func(action string, verifies int) {
		t.Helper()
		s.ClearJournal()
		waited := make(chan error, 1)
		go func() { // the last look finds the records
			err := s.awaitVerify(t.Context(), verifies-1)
			s.SetRecords("example.com", allHold)
			waited <- err
		}()
		shown := w.apply()
		if err := <-waited; err != nil {
			t.Error(err)
		}
		shown.plans(t, action, verificationAddress)
		for _, record := range []string{"dkim", "spf", "mx"} {
			if unknown := shown.plansUnknown(record); unknown != (verifies > 0) {
				t.Errorf("%s is unknown in the plan: %t", record, unknown)
			}
		}
		if shown.plansUnknown("id") {
			t.Error("the id is unknown in the plan")
		}
		if n := s.Count(simulator.KindVerifyDomain); n != verifies {
			t.Errorf("asked to verify %d times, want %d: %s", n, verifies, s.kinds())
		}
		stored := w.values(verificationAddress)
		if stored["id"] != "example.com" || stored["dkim"] != true || stored["spf"] != true || stored["mx"] != true {
			t.Errorf("stored %v", stored)
		}
	}
	step("create", 2)
	w.write("main.tf", s.providerBlock()+verificationBlock(`timeouts = { create = "20m" }`))
	step("update", 0)
	s.SetRecords("example.com", simulator.Records{DKIM: true, MX: true})
	s.SetRecords("example.com", allHold) // which nobody has looked at yet
	step("update", 1)

	w.must("state", "rm", verificationAddress)
	w.must("import", "-no-color", verificationAddress, "EXAMPLE.com.")
	w.apply() // which takes up the timeouts and the spelling
	if n := s.Count(simulator.KindVerifyDomain); n != 1 {
		t.Errorf("an import asked to verify: %s", s.kinds())
	}

	s.RemoveDomain("example.com")
	says := []string{"Could not read the domain verification", `404, "Domain not found"`, "terraform state rm"}
	w.fails(says, "apply", "-auto-approve", "-no-color")
	s.AddDomain("example.com")
	s.SetRecords("example.com", allHold)
	w.planIsEmpty()
	s.ClearJournal()
	w.must("destroy", "-auto-approve", "-no-color")
	if n := len(s.kinds()) - s.Count(simulator.KindGetDomain); n != 0 || len(w.resources()) != 0 {
		t.Errorf("a destruction asked for %s, and left %v", s.kinds(), w.resources())
	}
}

// TestADomainThatIsNotVerified has waits that end without what they are for.
func TestADomainThatIsNotVerified(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	s.SetRecords("example.com", simulator.Records{SPF: true})
	soon := func(arguments string) string { return s.providerBlock() + verificationBlock(arguments) }
	w := newWorkspace(t, s, soon(`timeouts = { create = "1s" }`))
	apply := []string{"apply", "-auto-approve", "-no-color", "-input=false"}
	w.fails([]string{
		"The domain is not verified yet", "Domain example.com: the API does not find its DNS records for DKIM, MX.",
		"its time ran out", "dns_records", "dashboard",
	}, apply...)
	if len(w.resources()) != 0 {
		t.Errorf("stored: %v", w.resources())
	}
	s.ClearJournal()
	s.Inject(simulator.FaultEnvelope(simulator.KindVerifyDomain, 401, "Unauthorized", false))
	w.fails([]string{"Could not create the domain verification", "401", "KIRIMEMAIL_TOKEN"}, apply...)
	if n := s.Count(simulator.KindVerifyDomain); n != 1 {
		t.Errorf("asked %d times", n)
	}

	// A wait that an update makes leaves the state as it was.
	s.SetRecords("example.com", allHold)
	w.write("main.tf", soon(`timeouts = { update = "1s" }`))
	w.apply()
	s.SetRecords("example.com", simulator.Records{DKIM: true, MX: true})
	w.fails([]string{
		"The domain is not verified yet", "DNS records for SPF.", "The next apply waits again.",
	}, apply...)
	if got := w.values(verificationAddress); got == nil || got["spf"] != nil {
		t.Errorf("stored %v", got)
	}
	s.SetRecords("example.com", allHold)
	w.apply()
	w.planIsEmpty()
}

// TestADomainOfWhichNothingIsSaid has an API that leaves is_verified out.
func TestADomainOfWhichNothingIsSaid(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{Rewrite: func(_ simulator.Kind, body []byte) []byte {
		return []byte(strings.ReplaceAll(string(body), `"is_verified"`, `"was_verified"`))
	}})
	s.SetRecords("example.com", allHold)
	w := newWorkspace(t, s, s.providerBlock()+verificationBlock())
	w.must("import", "-no-color", verificationAddress, "example.com")
	w.apply()
	w.planIsEmpty()
	if n := s.Count(simulator.KindVerifyDomain); n != 1 {
		t.Errorf("asked to verify %d times", n)
	}
}

func TestBadArgumentsOfADomainVerification(t *testing.T) {
	t.Parallel()
	checkBadArguments(t, "smtp_domain_verification", map[string]string{"domain": `"example.com"`}, nil)
}
