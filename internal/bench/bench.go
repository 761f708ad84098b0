package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

// bench is where everything is measured: a CLI, and three providers that are
// built and installed in the same way.
type bench struct {
	settings
	log        io.Writer
	repository string
	dir        string
	testenv    *testenv.Env
	rusage     string
	// ours is measured, idle has our schema and does nothing, reference is
	// hashicorp/time.
	ours, idle, reference *candidate
}

// open builds and installs everything, in dir.
func open(ctx context.Context, s settings, repository, dir string, log io.Writer) (b *bench, err error) {
	b = &bench{settings: s, log: log, repository: repository, dir: dir, rusage: filepath.Join(dir, "rusage")}
	if b.testenv, err = testenv.Open(ctx, repository, dir); err != nil {
		return nil, err
	}
	b.say("%s. Building the providers.", b.testenv.CLIVersion)
	ours, idle := filepath.Join(dir, "smtp"), filepath.Join(dir, "idle")
	for binary, folder := range map[string]string{ours: ".", idle: "./internal/bench/idle", b.rusage: "./internal/bench/rusage"} {
		if err := b.testenv.Build(ctx, folder, binary, s.release...); err != nil {
			return nil, err
		}
	}
	static, version, err := b.testenv.TimeProvider(ctx)
	if err != nil {
		return nil, err
	}
	b.ours = &candidate{name: "smtp", source: "kirimemail/smtp", version: testenv.Version, binary: ours, resource: oursResource}
	b.idle = &candidate{name: "idle", source: "kirimemail/smtp", version: testenv.Version, binary: idle, resource: oursResource}
	b.reference = &candidate{name: "time_static", source: "hashicorp/time", version: version, binary: static, resource: timeResource}
	for _, e := range b.candidates() {
		if err := b.install(ctx, e); err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return b, os.Mkdir(b.temporary(), 0o700)
}

func (b *bench) candidates() []*candidate { return []*candidate{b.ours, b.idle, b.reference} }

// temporary is for the sockets of providers, and whatever else they leave.
func (b *bench) temporary() string { return filepath.Join(b.dir, "tmp") }

func (b *bench) say(format string, arguments ...any) { fmt.Fprintf(b.log, format+"\n", arguments...) }

// results are all that was measured.
type results struct {
	machine   machine
	plans     []planResult
	starts    []startResult
	rotations *rotationResult // nil where it was left out
	gobench   []string
}

// measure measures one thing after the other, so that none disturbs another.
func (b *bench) measure(ctx context.Context) (r *results, err error) {
	r = &results{machine: thisMachine(b.testenv.CLIVersion)}
	if r.starts, err = b.measureStarts(ctx); err != nil {
		return nil, fmt.Errorf("starts: %w", err)
	}
	for _, count := range b.counts {
		plan, err := b.measurePlans(ctx, count)
		if err != nil {
			return nil, fmt.Errorf("plans of %d: %w", count, err)
		}
		r.plans = append(r.plans, plan)
	}
	if b.rotations > 0 {
		if r.rotations, err = b.measureRotations(ctx); err != nil {
			return nil, fmt.Errorf("rotations: %w", err)
		}
	}
	if b.gobench {
		if r.gobench, err = b.goBenchmarks(ctx); err != nil {
			return nil, fmt.Errorf("the Go benchmarks: %w", err)
		}
	}
	return r, nil
}
