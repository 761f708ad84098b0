package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// kill ends something in the middle of an apply.
type kill struct {
	name   string
	target target
	signal syscall.Signal
	// after is how many resets have been asked for by then, and later how long
	// it waits from there.
	after int
	later time.Duration
}

type target int

const (
	theProvider target = iota
	theCLI
	theGroup
)

// kills is all that is done to an apply.
func kills() []kill {
	return []kill{
		{name: "SIGKILL to the provider", target: theProvider, signal: syscall.SIGKILL},
		{name: "SIGKILL to the CLI", target: theCLI, signal: syscall.SIGKILL},
		{name: "SIGKILL to the group", target: theGroup, signal: syscall.SIGKILL},
		{name: "SIGTERM to the group", target: theGroup, signal: syscall.SIGTERM},
		{name: "SIGINT to the group", target: theGroup, signal: syscall.SIGINT},
	}
}

// shareOfKills is how many rounds are to be killed in. In some of them the apply
// is over before its moment comes, which leaves about a third.
const shareOfKills = 0.5

// chooseKill is nil where the dice leave a round of so many rotations alone.
func chooseKill(dice *rand.Rand, rotations int) *kill {
	if dice.Float64() >= shareOfKills || rotations == 0 {
		return nil
	}
	all := kills()
	k := all[dice.IntN(len(all))]
	k.after = 1 + dice.IntN(rotations)
	if dice.IntN(2) == 0 {
		k.later = between(dice, 0, 6*time.Second)
	}
	return &k
}

// run waits for the moment and sends the signal, unless ctx ends before: the
// command is over then.
func (k *kill) run(ctx context.Context, server *simulator.Server, command int, providers string) (done bool, err error) {
	arrived := func(entries []simulator.Entry) bool {
		resets := 0
		for _, e := range entries {
			if e.Kind == simulator.KindReset {
				resets++
			}
		}
		return resets >= k.after
	}
	if server.WaitFor(ctx, arrived) != nil || !pass(ctx, k.later) {
		return false, nil //nolint:nilerr // It says that the command is over, or the server.
	}
	switch k.target {
	case theProvider:
		var provider int
		if provider, err = lastProvider(providers); err == nil {
			err = signalProcess(provider, k.signal)
		}
	case theCLI:
		err = signalProcess(command, k.signal)
	case theGroup:
		err = testenv.SignalGroup(command, k.signal)
	}
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
		return false, nil
	}
	return err == nil, err
}

// pass lets time pass, and tells whether it did.
func pass(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func signalProcess(id int, signal syscall.Signal) error {
	process, err := os.FindProcess(id)
	if err != nil {
		return err
	}
	return process.Signal(signal)
}

// lastProvider is the process that was the last to be started as the provider:
// the one that applies. The ones before it were asked for schemas and plans.
func lastProvider(list string) (int, error) {
	raw, err := os.ReadFile(list) //nolint:gosec // G304: a file of our own.
	if err != nil {
		return 0, err
	}
	lines := strings.Fields(string(raw))
	if len(lines) == 0 {
		return 0, errors.New("no provider was started")
	}
	return strconv.Atoi(lines[len(lines)-1])
}
