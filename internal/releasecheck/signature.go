package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// signer is a key that lives as long as the check, in a home of its own. The
// user's keys and settings are not looked at.
type signer struct {
	home        string
	fingerprint string
	base        []string
}

// makeKey makes one, where there is gpg: of RSA, because the registries take no
// signature by an elliptic curve.
func (c *check) makeKey(ctx context.Context) (string, error) {
	if !onPath("gpg") {
		return leftOut + " there is no gpg on the PATH, so that nothing is signed; install GnuPG to see that too", nil
	}
	s := &signer{home: filepath.Join(c.dir, "gnupg"), base: c.environment}
	if err := makeFolders(s.home); err != nil {
		return "", err
	}
	c.signer = s // for its agent to be ended
	status, err := s.gpg(ctx, "--batch", "--status-fd", "1", "--pinentry-mode", "loopback", "--passphrase", "",
		"--quick-generate-key", "Release check <check@release.invalid>", "rsa3072", "sign", "1d")
	if err != nil {
		return "", err
	}
	created := keyCreated.FindStringSubmatch(status)
	if created == nil {
		return "", fmt.Errorf("gpg did not say which key it made:\n%s", status)
	}
	s.fingerprint = created[1]
	return "a throwaway one, in a keyring of its own", nil
}

// What gpg says in its status lines.
var (
	keyCreated     = regexp.MustCompile(`(?m)^\[GNUPG:\] KEY_CREATED [A-Z] ([0-9A-F]{40})`)
	validSignature = regexp.MustCompile(`(?m)^\[GNUPG:\] VALIDSIG ([0-9A-F]{40}) `)
)

// checkSignature looks at the signature of the checksums.
func (c *check) checkSignature(ctx context.Context) (string, error) {
	if c.signer == nil {
		return leftOut + " without gpg", nil
	}
	sums := filepath.Join(dist(c.first), sumsName(c.commit.version))
	signature := filepath.Join(dist(c.first), signatureName(c.commit.version))
	raw, err := os.ReadFile(signature)
	if err != nil {
		return "", err
	}
	if err := checkBinary(raw); err != nil {
		return "", err
	}
	status, err := c.signer.gpg(ctx, "--batch", "--status-fd", "1", "--verify", signature, sums)
	if err != nil {
		return "", err
	}
	if by := validSignature.FindStringSubmatch(status); len(by) != 2 || by[1] != c.signer.fingerprint {
		return "", fmt.Errorf("it is not by the key in GPG_FINGERPRINT: see signs in .goreleaser.yml\n%s", status)
	}
	return "binary, of the checksums, by the key in GPG_FINGERPRINT", nil
}

// checkBinary looks whether a signature is a binary one: a packet of the tag
// that signatures have (RFC 9580, section 4.2).
func checkBinary(signature []byte) error {
	const newFormat, oldFormat, tag = 0xc0, 0x80, 2
	switch {
	case len(signature) == 0:
		return errors.New("it is empty")
	case strings.HasPrefix(string(signature), "-----BEGIN"):
		return errors.New("it is armored, and the registries take none that is: see --no-armor in .goreleaser.yml")
	case signature[0] == newFormat|tag, signature[0]&^0b11 == oldFormat|tag<<2:
		return nil
	default:
		return errors.New("it is no OpenPGP signature: see signs in .goreleaser.yml")
	}
}

// environment is what goreleaser and gpg need beside the usual.
func (s *signer) environment() []string {
	return []string{"GNUPGHOME=" + s.home, "GPG_FINGERPRINT=" + s.fingerprint}
}

func (s *signer) gpg(ctx context.Context, arguments ...string) (string, error) {
	return run(ctx, s.home, with(s.base, s.environment()...), "gpg", arguments...)
}

// close ends the agent that gpg leaves behind, also after an interrupt. Where it
// cannot be asked to, it ends by itself once its home is gone.
func (s *signer) close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	environment := with(s.base, s.environment()...)
	_, _ = run(ctx, s.home, environment, "gpgconf", "--kill", "all")
	_, _ = run(ctx, s.home, environment, "gpgconf", "--remove-socketdir")
}
