package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// user does with the release what its users do.
type user struct {
	program     string // the CLI
	server      *simulator.Server
	credential  simulator.Credential
	environment []string
	version     string
	registry    string
	dir         string
	config      string // the CLI's own configuration
}

// The release of an application in which a password was stored, and the one
// that rotates it.
const firstRelease, secondRelease = "1", "2"

const source = "kirimemail/smtp"

// layOut lays out the mirror and the example. The mirror has the zip as it is:
// unpacked, the name within it would be ours and not that of the release.
func (u *user) layOut(example, zip string) (err error) {
	if err := makeFolders(u.work()); err != nil {
		return err
	}
	if u.config, err = testenv.PackedMirror(filepath.Join(u.dir, "mirror"), u.registry+"/"+source, zip); err != nil {
		return err
	}
	text, err := os.ReadFile(example)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(u.work(), "main.tf"), text, 0o600); err != nil {
		return err
	}
	// A release candidate is installed by those alone who name it.
	pinned := fmt.Sprintf("terraform {\n  required_providers {\n    smtp = {\n      source  = %q\n      version = %q\n    }\n  }\n}\n", source, u.version)
	return os.WriteFile(filepath.Join(u.work(), "version_override.tf"), []byte(pinned), 0o600)
}

// work is where the CLI runs.
func (u *user) work() string { return filepath.Join(u.dir, "work") }

// live goes through the life of a password.
func (u *user) live(ctx context.Context) error {
	if err := u.install(ctx); err != nil {
		return err
	}
	first, err := u.apply(ctx, firstRelease)
	if err != nil {
		return err
	}
	if err := u.expect(ctx, "the first password", first, true); err != nil {
		return err
	}
	second, err := u.apply(ctx, secondRelease)
	if err != nil {
		return err
	}
	if err := u.expect(ctx, "the old password", first, false); err != nil {
		return err
	}
	if err := u.expect(ctx, "the new password", second, true); err != nil {
		return err
	}
	// 2 is for a plan that is not empty.
	if _, err := u.cli(ctx, secondRelease, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	if _, err := u.cli(ctx, secondRelease, "destroy", "-auto-approve"); err != nil {
		return err
	}
	return checkJournal(u.server.Journal(), u.version)
}

// install runs init and sees what it chose.
func (u *user) install(ctx context.Context) error {
	if _, err := u.cli(ctx, firstRelease, "init"); err != nil {
		return err
	}
	raw, err := u.cli(ctx, "", "version", "-json")
	if err != nil {
		return err
	}
	var chosen struct {
		Providers map[string]string `json:"provider_selections"`
	}
	if err := json.Unmarshal([]byte(raw), &chosen); err != nil {
		return fmt.Errorf("version -json: %w", err)
	}
	if address := u.registry + "/" + source; chosen.Providers[address] != u.version {
		return fmt.Errorf("init has installed %v, not version %s of %s", chosen.Providers, u.version, address)
	}
	return nil
}

// apply applies, and takes the stored password out of the state.
func (u *user) apply(ctx context.Context, release string) (password string, err error) {
	if _, err := u.cli(ctx, release, "apply", "-auto-approve"); err != nil {
		return "", err
	}
	return u.cli(ctx, release, "output", "-raw", "password")
}

// expect asks the mail server itself.
func (u *user) expect(ctx context.Context, what, password string, taken bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := u.server.Login(ctx, u.credential.Login, password)
	switch {
	case taken && err != nil:
		return fmt.Errorf("the mail server does not take %s: %w", what, err)
	case !taken && err == nil:
		return fmt.Errorf("the mail server still takes %s", what)
	case !taken && !errors.Is(err, simulator.ErrRefused):
		return err
	default:
		return nil
	}
}

// cli runs the CLI.
func (u *user) cli(ctx context.Context, release string, arguments ...string) (string, error) {
	environment := with(u.environment, "TF_CLI_CONFIG_FILE="+u.config, "TF_IN_AUTOMATION=1", "TF_INPUT=0",
		"KIRIMEMAIL_BASE_URL="+u.server.URL(), "KIRIMEMAIL_USERNAME="+u.server.Username(), "KIRIMEMAIL_TOKEN="+u.server.Token(),
		"TF_VAR_domain="+u.credential.Domain, "TF_VAR_credential_guid="+u.credential.GUID)
	if release != "" {
		environment = append(environment, "TF_VAR_release="+release)
	}
	if arguments[0] != "version" {
		arguments = append(arguments, "-no-color")
	}
	return run(ctx, u.work(), environment, u.program, arguments...)
}

// checkJournal looks at what the service was asked for, and by whom.
func checkJournal(entries []simulator.Entry, version string) error {
	resets := 0
	for _, entry := range entries {
		if entry.Violation != "" {
			return fmt.Errorf("a request that a correct client never makes, %s %s: %s", entry.Method, entry.Path, entry.Violation)
		}
		if agent, want := entry.Header.Get("User-Agent"), project+"/"+version; agent != want && !strings.HasPrefix(agent, want+" ") {
			return fmt.Errorf("the API was asked by %q, not by %q: see main.version in .goreleaser.yml's ldflags", agent, want)
		}
		if entry.Kind == simulator.KindReset {
			resets++
		}
	}
	if resets != 2 {
		return fmt.Errorf("the API was asked for %d resets, not 2: one for the creation, one for the rotation", resets)
	}
	return nil
}
