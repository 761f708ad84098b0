package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// stage is where the demo plays: a CLI, the simulated service, and a folder for
// all that is written.
type stage struct {
	out        io.Writer
	dir        string
	build      builder
	installed  string // a CLI configuration by which init finds a provider, if none is to be built
	env        *testenv.Env
	server     *simulator.Server
	credential simulator.Credential
}

// builder is testenv.New, or gives what is built already.
type builder func(ctx context.Context, repository, dir string) (*testenv.Env, error)

const firstRelease, secondRelease = "1", "2"

// play goes through the acts. Each one checks what it shows: a demo that
// goes on after something went wrong would be a lie.
func (s *stage) play(ctx context.Context) error {
	if _, err := s.cli(ctx, firstRelease, "init"); err != nil {
		return err
	}
	s.heading("1. First apply: the server makes a password, the provider stores it")
	if _, err := s.command(ctx, firstRelease, "apply", "-auto-approve"); err != nil {
		return err
	}
	first, err := s.password(ctx)
	if err != nil {
		return err
	}
	s.say("Stored: login = %s, password = (sensitive).", s.credential.Login)
	if err := s.expect(ctx, "it", first, true); err != nil {
		return err
	}

	s.heading("2. The trigger changes: the plan says that the password rotates, and why")
	plan, err := s.command(ctx, secondRelease, "plan", "-out=plan")
	if err != nil {
		return err
	}
	if !rotates.MatchString(plan) {
		return errors.New("the plan does not show a rotation")
	}
	s.say("The plan rotates the password, because of the trigger named release.")
	s.say("Nothing has happened yet.")
	if err := s.expect(ctx, "the stored password", first, true); err != nil {
		return err
	}

	s.heading("3. The plan is applied")
	if _, err := s.command(ctx, "", "apply", "plan"); err != nil {
		return err
	}
	second, err := s.password(ctx)
	if err != nil {
		return err
	}
	if second == first {
		return errors.New("the stored password has not changed")
	}
	s.say("Stored: password = (sensitive), another one.")
	if err := s.expect(ctx, "the old password", first, false); err != nil {
		return err
	}
	if err := s.expect(ctx, "the new password", second, true); err != nil {
		return err
	}

	s.heading("4. A second plan is empty")
	if _, err := s.command(ctx, secondRelease, "plan", "-detailed-exitcode"); err != nil {
		return err
	}

	s.heading("5. Destroying forgets the password and leaves the credential alone")
	if _, err := s.command(ctx, secondRelease, "destroy", "-auto-approve"); err != nil {
		return err
	}
	if err := s.expect(ctx, "the last password", second, true); err != nil {
		return err
	}
	resets := s.server.Count(simulator.KindReset)
	s.say("In all, the API was asked for %d resets: one to create, one to rotate.", resets)
	if resets != 2 {
		return fmt.Errorf("%d resets were asked for, not 2", resets)
	}
	if violations := s.server.Violations(); len(violations) > 0 {
		return fmt.Errorf("a correct client never sends these requests: %s", violations)
	}
	return nil
}

// command shows a command and what it printed. No release is given where a
// saved plan has it.
func (s *stage) command(ctx context.Context, release string, arguments ...string) (screen string, err error) {
	variable := ""
	if release != "" {
		variable = "TF_VAR_release=" + release + " "
	}
	name := "terraform"
	if s.env.Tofu {
		name = "tofu"
	}
	s.say("$ %s%s %s", variable, name, strings.Join(arguments, " "))
	screen, err = s.cli(ctx, release, arguments...)
	if err != nil {
		return "", err
	}
	shown := outcome
	if arguments[0] == "plan" {
		shown = proposal
	}
	for _, part := range shown.FindAllString(screen, -1) {
		for line := range strings.Lines(resourceID.ReplaceAllString(part, "")) {
			if line = strings.TrimRight(line, "\n"); line != "" {
				s.say("  | %s", line)
			}
		}
	}
	return screen, nil
}

// cli runs the CLI. An interrupt is passed on, and waited for: the CLI ends in
// its own way, and nothing is taken away beneath it.
func (s *stage) cli(ctx context.Context, release string, arguments ...string) (string, error) {
	arguments = append(arguments, "-no-color")
	command := exec.CommandContext(ctx, s.env.CLI, arguments...)
	testenv.Interruptible(command)
	command.WaitDelay = time.Minute
	command.Dir = s.work()
	command.Env = append(
		s.env.Environment(s.env.MirrorConfig),
		"TF_IN_AUTOMATION=1", "TF_INPUT=0",
		"KIRIMEMAIL_BASE_URL="+s.server.URL(),
		"KIRIMEMAIL_USERNAME="+s.server.Username(), "KIRIMEMAIL_TOKEN="+s.server.Token(),
		"TF_VAR_domain="+s.credential.Domain, "TF_VAR_credential_guid="+s.credential.GUID,
	)
	if release != "" {
		command.Env = append(command.Env, "TF_VAR_release="+release)
	}
	var screen bytes.Buffer
	command.Stdout, command.Stderr = &screen, &screen
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", arguments[0], err, screen.String())
	}
	return screen.String(), nil
}

// password takes the stored password out of the state, for this program alone.
func (s *stage) password(ctx context.Context) (string, error) {
	return s.cli(ctx, secondRelease, "output", "-raw", "password")
}

// expect asks the mail server itself and shows what it says.
func (s *stage) expect(ctx context.Context, what, password string, taken bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := s.server.Login(ctx, s.credential.Login, password)
	switch {
	case err == nil && taken:
		s.say("The mail server takes %s (235).", what)
		return nil
	case errors.Is(err, simulator.ErrRefused) && !taken:
		s.say("The mail server refuses %s (535).", what)
		return nil
	case err == nil:
		return fmt.Errorf("the mail server still takes %s", what)
	default:
		return fmt.Errorf("the mail server does not take %s: %w", what, err)
	}
}

// rotates is how a plan shows that a password is rotated, and why.
var rotates = regexp.MustCompile(`(?s)~ password +=.*~ rotation_reason += .*"rotation_triggers: release"`)

// What a CLI prints is shown as far as it is about the password; a warning always is.
var (
	// proposal matches what a plan shows: the resources, without the outputs.
	proposal = regexp.MustCompile(`(?s)\n  # .*\nPlan: [^\n]*|[^\n]*(?:No changes\.|Warning:)[^\n]*`)
	// outcome matches what an apply and a destroy show, without the plan that they
	// make first.
	outcome = regexp.MustCompile(`(?m)^(?:Plan:|.*: \w+ complete after|\w+ complete!|.*Warning:).*$`)
	// resourceID comes after each resource that is done, and makes lines long.
	resourceID = regexp.MustCompile(`(?m) \[id=[^]]*\]$`)
)

func (s *stage) heading(text string) { s.say("\n%s", text) }

func (s *stage) say(format string, arguments ...any) { fmt.Fprintf(s.out, format+"\n", arguments...) }
