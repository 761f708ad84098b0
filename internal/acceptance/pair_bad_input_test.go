package acceptance

import (
	"maps"
	"strings"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
)

const otherUUID = "0a0b0c0d-8b86-4011-b42d-00c04fc964ff"

// TestBadArgumentsOfAPair has each refused before any request.
func TestBadArgumentsOfAPair(t *testing.T) {
	t.Parallel()
	guids := func(all ...string) string { return `["` + strings.Join(all, `", "`) + `"]` }
	checkBadArguments(t, pairType, map[string]string{
		"domain": `"example.com"`, "credential_guids": guids(uuid, otherUUID),
	}, map[string][]badValue{
		"credential_guids": {
			{value: guids(uuid, uuid), says: "two different"},
			{value: guids(uuid, strings.ToUpper(uuid)), says: "two different"},
			{value: guids(uuid), says: "two"},
			{value: guids(uuid, otherUUID, "1"+uuid[1:]), says: "two"},
			{value: `[]`, says: "two"},
			{value: guids(uuid, "42"), says: "numeric id"},
			{value: guids("mailer", otherUUID), says: "not a UUID"},
			{value: guids(uuid, otherUUID+`\n`), says: "trimspace()"},
			{value: guids(uuid, ""), says: "empty"},
			{value: `["` + uuid + `", null]`, says: "one is null"},
			{value: `"` + uuid + `"`, says: "list of string required", cli: true},
		},
		"login_check.username": {{value: `"mailer@example.com"`, says: "a login of its own"}},
		"revoke_previous_after": {
			{value: `""`, says: "h, m and s"},
			{value: `"2d"`, says: "(30 days)"},
			{value: `"-1h"`, says: "zero or negative"},
			{value: `"0s"`, says: "zero or negative"},
			{value: `"1ns"`, says: "shorter than a second"},
			{value: `48`, says: "h, m and s"},
			{value: big, says: "h, m and s"},
			{value: `["48h"]`, says: "string required", cli: true},
			// Of two arguments that do not go together.
			{value: "\"48h\"\n  rotation_period = \"48h\"", says: "rotation_period"},
			{value: "\"48h1s\"\n  rotation_period = \"48h\"", says: "rotation_period"},
		},
	})
}

// TestBadArgumentsOfAPairKnownOnlyAtApplyChangeNothing has pairs in use and pairs that are to
// be created, whose bad value is another resource's output.
func TestBadArgumentsOfAPairKnownOnlyAtApplyChangeNothing(t *testing.T) {
	t.Parallel()
	s := startService(t, simulator.Options{})
	late := map[string]variables{
		"days":     {"revoke_after": "2d"},
		"too long": {"revoke_after": "48h", "period": "48h"},
		"period":   {"period": "30d"},
	}
	own := map[string]variables{"equal, created": nil, "alone, created": nil}
	for name := range late {
		own[name], own[name+", created"] = nil, nil
	}
	p := newPairs(t, s, own)
	all := maps.Clone(p.own)
	maps.DeleteFunc(p.own, func(name string, _ variables) bool { return strings.Contains(name, ", created") })
	p.configure()
	p.create()
	stored := p.storedWithoutPrivate()

	for name, values := range maps.Clone(late) {
		late[name+", created"] = values
	}
	one := p.members["equal, created"][0].GUID
	late["equal, created"] = variables{"guids": []string{one, strings.ToUpper(one)}}
	late["alone, created"] = variables{"guids": []string{p.members["alone, created"][0].GUID}}
	p.own = all
	p.local("late", late)
	p.further += "resource \"terraform_data\" \"late\" {\n  input = local.late\n}\n"
	const output = "terraform_data.late.output[each.key]"
	p.expressions = map[string]string{
		"credential_guids":      "try(" + output + ".guids, each.value.guids)",
		"rotation_period":       "try(" + output + ".period, null)",
		"revoke_previous_after": "try(" + output + ".revoke_after, null)",
	}
	// Of those in use, the credentials stay known: or they were planned to be replaced.
	p.expressions["credential_guids"] = `strcontains(each.key, "created") ? ` + p.expressions["credential_guids"] +
		" : each.value.guids"
	p.configure()
	errors, shown := p.told("error", "apply", "-auto-approve")
	for name := range late {
		if len(errors[name]) != 1 || !strings.Contains(errors[name][0], "Invalid ") {
			t.Errorf("%s: errors %q", name, errors[name])
		}
	}
	if shown.code == 0 || len(errors) != len(late) {
		t.Errorf("errors about %d of %d:\n%s", len(errors), len(late), shown.text)
	}
	for name := range all {
		created := strings.Contains(name, ", created")
		if created != (p.values(p.address(name)) == nil) {
			t.Errorf("%s is stored: %t", name, created)
		}
		p.checkResets(name, map[bool][2]int{true: {0, 0}, false: {1, 0}}[created])
	}
	maps.DeleteFunc(p.own, func(name string, _ variables) bool { return strings.Contains(name, ", created") })
	p.expressions, p.further = nil, dependentsBlock
	p.configure()
	p.apply()
	if p.storedWithoutPrivate() != stored {
		t.Error("what was in use does not go on as it was")
	}
}
