package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// unusable is for a setting that the client refuses, although each has been
// looked at before.
func unusable(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summaryConfiguration, paragraphs(sentence(err.Error()), nothingAsked,
		fmt.Sprintf("Check base_url (%s), username (%s) and token (%s) of the provider.", envBaseURL, envUsername, envToken)))
}

// unwritable is for notes that cannot be written down.
func unwritable(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic(summaryNotes, paragraphs(
		sentence(err.Error()), "The password itself is not touched by this.", reportIt))
}

// mistaken is for a resource that was configured with something else than
// providerData.
func mistaken() diag.Diagnostic {
	return diag.NewErrorDiagnostic(summaryDefect, paragraphs(
		"The resource was given something else than the provider's own settings.", nothingAsked, reportIt))
}
