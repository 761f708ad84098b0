package acceptance

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

// TestACreatedDomainIsMadeOnce has faults that leave it open whether the domain was made, or
// deleted.
func TestACreatedDomainIsMadeOnce(t *testing.T) {
	t.Parallel()
	faults := map[string]simulator.Fault{
		"lost after acting":  simulator.FaultLost("", true),
		"lost before acting": simulator.FaultLost("", false),
		"502 after acting":   simulator.FaultStatus("", 502, true),
		"504 after acting":   simulator.FaultStatus("", 504, true),
		"500 after acting":   simulator.FaultServerError("", true),
		"a page":             simulator.FaultBody("", 201, "<html></html>", true),
		"cut":                simulator.FaultCut(""),
		"limited":            simulator.FaultRateLimit("", "1"),
	}
	s := startService(t, simulator.Options{})
	var domains []string
	for name, fault := range faults {
		domains = append(domains, domainOf(name))
		// Domains are made one after another, and each one meets the next fault.
		fault.Kind = simulator.KindCreateDomain
		s.Inject(fault)
		if fault.Act == simulator.ActNever {
			s.Inject(simulator.Fault{Kind: fault.Kind}) // for its repeat
		}
	}
	w := newWorkspace(t, s, s.providerBlock()+fmt.Sprintf(`
resource "smtp_domain" "of" {
  for_each            = toset(jsondecode(%q))
  domain              = each.value
  deletion_protection = false
}
`, toJSON(t, domains)))
	w.apply("-parallelism=1")
	s.checkAllMet(t)
	stored := w.resources()
	for _, one := range stored {
		if one.values["id"] != one.values["domain"] || one.values["dkim_key_length"] != 2048.0 {
			t.Errorf("stored %v", one.values)
		}
	}
	if n := len(s.Domains()); len(stored) != len(faults) || n != 1+len(faults) {
		t.Errorf("%d domains are stored, and %d are there", len(stored), n)
	}
	w.planIsEmpty()

	for name, fault := range faults {
		fault.Kind, fault.Domain = simulator.KindDeleteDomain, domainOf(name)
		s.Inject(fault)
	}
	shown := w.fails(nil, "destroy", "-auto-approve", "-no-color")
	s.checkAllMet(t)
	for name := range faults {
		told := strings.Contains(flatten(shown.text), "Domain "+domainOf(name)+": ")
		// These are not repeated, and the next one finds out.
		if told != (name == "504 after acting" || name == "a page") {
			t.Errorf("%s: an error is told: %t", name, told)
		}
	}
	if n := strings.Count(shown.text, "Error: Could not delete the domain"); n != 2 {
		t.Errorf("%d errors:\n%s", n, shown.text)
	}
	w.destroy()
	if n := len(s.Domains()); n != 1 || len(w.resources()) > 0 {
		t.Errorf("%d domains are left, and in the state %v", n, w.resources())
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
		w.fails([]string{text, "It was made, but is not complete."}, "apply", "-auto-approve", "-no-color")
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
	w.planIsEmpty()
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
	w.planIsEmpty()
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
