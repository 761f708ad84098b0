package mailcheck

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// TestTheTroubleshootingPageExplainsEachFailure has the failures that are known beforehand,
// replies, and the ends of a connection.
func TestTheTroubleshootingPageExplainsEachFailure(t *testing.T) {
	t.Parallel()
	s := &session{check: &check{}, conn: &boundedConn{}}
	failures := []*Error{
		errNotLoopback, errNoSTARTTLS, errInTheClear, errNotSMTP, errOldTLS, errNoCipher, errTooMuch,
		s.unexpected(reply{code: 421}), s.unexpected(reply{code: codeRefused}), s.unexpected(reply{code: 554}),
		s.failure(t.Context(), &tls.CertificateVerificationError{Err: errors.New("unknown authority")}),
		s.failure(t.Context(), net.ErrClosed),
	}
	var causes []string
	for _, failure := range failures {
		causes = append(causes, failure.Err.Error())
	}
	missing, err := testenv.Unexplained(causes...)
	if err != nil {
		t.Fatal(err)
	}
	for _, cause := range missing {
		t.Errorf("the page does not explain %q", cause)
	}
}
