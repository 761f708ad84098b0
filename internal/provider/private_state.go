package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// unfinishedKey holds the record of a reset whose outcome is not known.
const unfinishedKey = "unfinished_rotation"

// privateReader and privateWriter are the framework's private state, which has
// no exported type.
type (
	privateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateWriter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// unfinishedRecord names the password that was stored when the outcome of a
// reset was lost. It counts for that password alone: whatever replaces the
// password settles it, also where nobody removes the record.
type unfinishedRecord struct {
	PasswordVersion int64 `json:"password_version"`
}

func isUnfinished(ctx context.Context, private privateReader, version int64, diags *diag.Diagnostics) bool {
	raw, more := private.GetKey(ctx, unfinishedKey)
	diags.Append(more...)
	var record unfinishedRecord
	return len(raw) > 0 && json.Unmarshal(raw, &record) == nil && record.PasswordVersion == version
}

func markUnfinished(ctx context.Context, private privateWriter, version int64) diag.Diagnostics {
	raw, err := json.Marshal(unfinishedRecord{PasswordVersion: version})
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unwritable private state", err.Error())}
	}
	return private.SetKey(ctx, unfinishedKey, raw)
}

func clearUnfinished(ctx context.Context, private privateWriter) diag.Diagnostics {
	return private.SetKey(ctx, unfinishedKey, nil)
}
