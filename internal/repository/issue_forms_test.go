package repository

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type issueForm struct {
	Name, Description string
	Labels            []string
	Body              []formField
}

type formField struct {
	Type, ID   string
	Attributes struct {
		Label, Description, Placeholder, Value, Render string
		Options                                        []struct {
			Label    string
			Required bool
		}
	}
	Validations struct{ Required bool }
}

var fieldID = regexp.MustCompile(`^[\w-]+$`)

// examineForm lists why GitHub would not show a form, or would show less of it.
func examineForm(text string) []string {
	var form issueForm
	problems := decode(text, &form)
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Sprintf(format, arguments...)) }
	if len(form.Name) < 3 || len(form.Description) < 3 {
		report("no name or no description")
	}
	var ids []string
	for _, field := range form.Body {
		a := field.Attributes
		if field.Type == "markdown" {
			if a.Value == "" {
				report("a text without a value")
			}
			continue
		}
		if !slices.Contains([]string{"input", "textarea", "checkboxes"}, field.Type) {
			report("no type that is known here: %q", field.Type)
		}
		if !fieldID.MatchString(field.ID) || slices.Contains(ids, field.ID) {
			report("no id, or one that there is already: %q", field.ID)
		}
		ids = append(ids, field.ID)
		if a.Label == "" {
			report("%s has no label", field.ID)
		}
		if (field.Type == "checkboxes") != (len(a.Options) > 0) {
			report("%s has %d options", field.ID, len(a.Options))
		}
	}
	if len(ids) == 0 {
		report("nothing to fill in")
	}
	return problems
}

// examineBugForm looks too for what keeps secrets out.
func examineBugForm(text string) []string {
	problems := examineForm(text)
	var form issueForm
	_ = decode(text, &form)
	asked := slices.ContainsFunc(form.Body, func(field formField) bool {
		return field.Type == "checkboxes" && len(field.Attributes.Options) > 0 && field.Attributes.Options[0].Required
	})
	if !asked {
		problems = append(problems, "nobody has to say that there is no secret in it")
	}
	return problems
}

func TestIssueFormsAreShown(t *testing.T) {
	t.Parallel()
	for name, text := range filesBelow(t, ".github/ISSUE_TEMPLATE/*.yml") {
		if name == "config.yml" {
			continue
		}
		if problems := examineForm(text); len(problems) > 0 {
			t.Errorf("%s: %s", name, strings.Join(problems, "\n"))
		}
	}
	bug := filesBelow(t, ".github/ISSUE_TEMPLATE/bug.yml")["bug.yml"]
	checkMistakes(t, bug, examineBugForm, []mistake{
		{"name: Bug", "title: Bug", "no name"},
		{"body:", "fields:", "field fields not found"},
		{"type: input", "type: text", `known here: "text"`},
		{"    id: cli\n", "", "no id"},
		{"    id: cli\n", "    id: provider\n", "there is already"},
		{"      label: What was expected", "      description: x", "expected has no label"},
		{"      value: |", "      description: |", "without a value"},
		{"type: checkboxes", "type: textarea", "1 options"},
		{"          required: true", "          required: false", "no secret"},
	})
}

type issueConfig struct {
	Blank *bool                               `yaml:"blank_issues_enabled"`
	Links []struct{ Name, URL, About string } `yaml:"contact_links"`
}

// examineConfig looks for the way that leads to a private report.
func examineConfig(text string) []string {
	var config issueConfig
	problems := decode(text, &config)
	if config.Blank == nil || *config.Blank {
		problems = append(problems, "an issue can be made without a form")
	}
	private := false
	for _, link := range config.Links {
		if link.Name == "" || link.About == "" {
			problems = append(problems, "a link without a name or a text")
		}
		private = private || link.URL == reportURL
	}
	if !private {
		problems = append(problems, "no link to a private report")
	}
	return problems
}

const reportURL = "https://github.com/kirimemail/terraform-provider-smtp/security/advisories/new"

func TestSecretsAreReportedInPrivate(t *testing.T) {
	t.Parallel()
	config := filesBelow(t, ".github/ISSUE_TEMPLATE/config.yml")["config.yml"]
	checkMistakes(t, config, examineConfig, []mistake{
		{"enabled: false", "enabled: true", "without a form"},
		{"blank_issues_enabled: false\n", "", "without a form"},
		{"about:", "text:", "field text not found"},
		{"advisories/new", "policy", "no link to a private report"},
	})
	if policy := filesBelow(t, "SECURITY.md")["SECURITY.md"]; !strings.Contains(policy, "("+reportURL+")") {
		t.Error("SECURITY.md does not say where to report")
	}
}
