package acceptance

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestACreatedDomainIsMadeOnce has faults that leave it open whether the domain was made.
func TestACreatedDomainIsMadeOnce(t *testing.T) {
	t.Parallel()
	const kind = simulator.KindCreateDomain
	for name, fault := range map[string]simulator.Fault{
		"lost after acting":  simulator.FaultLost(kind, true),
		"lost before acting": simulator.FaultLost(kind, false),
		"502 after acting":   simulator.FaultStatus(kind, 502, true),
		"504 after acting":   simulator.FaultStatus(kind, 504, true),
		"500 after acting":   simulator.FaultServerError(kind, true),
		"a page":             simulator.FaultBody(kind, 201, "<html></html>", true),
		"cut":                simulator.FaultCut(kind),
		"limited":            simulator.FaultRateLimit(kind, "1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startService(t, simulator.Options{})
			w := newWorkspace(t, s, s.providerBlock()+domainBlock("shop.example", unprotected))
			s.Inject(fault)
			w.apply()
			stored := w.values(domainAddress)
			if stored["id"] != "shop.example" || stored["dkim_key_length"] != 2048.0 {
				t.Errorf("stored %v", stored)
			}
			w.planIsEmpty()
			fault.Kind = simulator.KindDeleteDomain
			s.Inject(fault)
			if screen := w.run("destroy", "-auto-approve", "-no-color"); screen.code != 0 {
				// It is not repeated, and the next one finds out.
				screen.shows(t, "Could not delete the domain")
				w.must("destroy", "-auto-approve", "-no-color")
			}
			if _, left := s.Domain("shop.example"); left || w.values(domainAddress) != nil {
				t.Error("the domain is left")
			}
		})
	}
}

// TestADomainThatWasThereIsNotTaken has one that the account has already.
func TestADomainThatWasThereIsNotTaken(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+domainBlock("example.com"))
	taken := []string{"Could not create the domain", "already been taken", "Nothing was made", "import it"}
	w.fails(taken, "apply", "-auto-approve", "-no-color")
	s.Inject(simulator.FaultLost(simulator.KindCreateDomain, false))
	w.fails(taken[:2], "apply", "-auto-approve", "-no-color")
	if w.values(domainAddress) != nil {
		t.Error("it is in the state")
	}
}

// TestHalfMadeDomainIsReplaced has a domain that was made, and cannot be read, or tracked as
// configured.
func TestHalfMadeDomainIsReplaced(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+domainBlock("shop.example", "click_track = true"))
	half := func(text string) {
		t.Helper()
		s.ClearJournal()
		w.fails([]string{text, "It was made, and is not complete."}, "apply", "-auto-approve", "-no-color")
		if values := w.values(domainAddress); values["id"] != "shop.example" || values["deletion_protection"] != false {
			t.Errorf("stored %v", values)
		}
	}
	s.Inject(simulator.FaultEnvelope(simulator.KindGetDomain, 401, "Unauthorized", false))
	half("Unauthorized")
	s.checkChanges(t, "create-domain")
	s.Inject(simulator.FaultEnvelope(simulator.KindUpdateDomain, 422, "Not in your plan.", false))
	half("Not in your plan.")
	s.checkChanges(t, "delete-domain", "create-domain", "update-domain")
	s.SetOptions(func(o *simulator.Options) {
		o.Rewrite = func(_ simulator.Kind, body []byte) []byte {
			return []byte(strings.ReplaceAll(string(body), `"click_track":true`, `"click_track":false`))
		}
	})
	half("click_track was set to true, and the API has false")
	s.checkChanges(t, "delete-domain", "create-domain", "update-domain")
	s.SetOptions(func(o *simulator.Options) { o.Rewrite = nil })
	w.apply()
	s.checkChanges(t, "delete-domain", "create-domain", "update-domain")
	w.planIsEmpty()
}

// TestDomainOfAnAPIThatSaysLess has answers without what the API's description has, and with
// what only an SDK has.
func TestDomainOfAnAPIThatSaysLess(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{Rewrite: func(kind simulator.Kind, body []byte) []byte {
		var answer map[string]any
		if kind != simulator.KindGetDomain || json.Unmarshal(body, &answer) != nil {
			return body
		}
		data, _ := answer["data"].(map[string]any)
		if data == nil { // an error
			return body
		}
		answer["data"] = map[string]any{
			"domain": data["domain"], "dns_record": "v=DKIM1; p=unreadable", "mx_records": []string{"mx.kirim.email"},
		}
		rewritten, err := json.Marshal(answer)
		if err != nil {
			t.Error(err)
		}
		return rewritten
	}})
	w := newWorkspace(t, s, "")
	configuration := domainBlock("shop.example", "open_track = true", unprotected)
	w.step("create", domainAddress, configuration)
	values := w.values(domainAddress)
	records := values["dns_records"].(map[string]any)
	if dkim := records["dkim"].(map[string]any); dkim["name"] != nil || dkim["value"] != "v=DKIM1; p=unreadable" {
		t.Errorf("the DKIM record is %v", dkim)
	}
	if d, _ := s.Domain("shop.example"); !d.Open || values["open_track"] != true || values["click_track"] != nil {
		t.Errorf("stored %v, at the API %+v", values, d)
	}
	if values["dkim_key_length"] != 2048.0 || values["is_verified"] != nil || len(values["mx_records"].([]any)) != 1 {
		t.Errorf("stored %v", values)
	}

	// A key length that nobody knows replaces nothing.
	w.must("state", "rm", domainAddress)
	w.must("import", "-no-color", "-input=false", domainAddress, "shop.example")
	s.ClearJournal()
	w.step("update", domainAddress, domainBlock("shop.example", "dkim_key_length = 1024"))
	s.checkChanges(t)
}

// TestAnInterruptedDomainIsStored: it is read and tracked as configured all the same, so that
// the next apply has nothing to make anew.
func TestAnInterruptedDomainIsStored(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	w := newWorkspace(t, s, s.providerBlock()+domainBlock("shop.example", "open_track = true"))
	w.startBuiltProvider()
	s.Inject(simulator.FaultDelay(simulator.KindCreateDomain, 3*time.Second))
	apply := w.startCreateOf(simulator.KindCreateDomain)
	apply.signal(-apply.command.Process.Pid, syscall.SIGINT)
	if values := w.values(domainAddress); values["deletion_protection"] != true || values["open_track"] != true {
		t.Errorf("stored %v", values)
	}
	w.planIsEmpty()
	s.checkChanges(t, "create-domain", "update-domain")
}
