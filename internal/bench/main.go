// Command bench measures the provider beside hashicorp/time: plans, the start, the binary's size and rotations, by a
// real CLI against the simulator. It runs the Go benchmarks too. `make bench` starts it, from the top of a checkout.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/kirimemail/terraform-provider-smtp/internal/simulator"
	"github.com/kirimemail/terraform-provider-smtp/internal/testenv"
)

func main() {
	counts := []int{1, 100, 1000, 3000}
	flag.Func("counts", "plan with these `NUMBERS` of resources (default 1,100,1000,3000)", func(s string) error {
		return json.Unmarshal([]byte("["+s+"]"), &counts)
	})
	rounds := flag.Int("rounds", 5, "make each plan `N` times")
	rotations := flag.Int("rotations", 300, "rotate `N` passwords under a rate limit; 0 leaves that out")
	gobench := flag.Bool("gobench", true, "run the Go benchmarks")
	write := flag.String("write", "", "write the tables to `FILE` too: BENCHMARKS.md")
	flag.Parse()
	if flag.NArg() > 0 || len(counts) == 0 || slices.Min(counts) < 1 || *rounds < 1 || *rotations < 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir := must(os.MkdirTemp("", "smtp-bench-"))
	defer os.RemoveAll(dir)
	b := bench{repository: ".", dir: dir, server: must(simulator.Start(simulator.Options{}))}
	defer b.server.Close()

	b.addCandidates(ctx)
	b.measureStarts(ctx)
	slices.Sort(counts)
	for _, count := range counts {
		b.measurePlans(ctx, count, *rounds)
	}
	if *rotations > 0 {
		b.measureRotations(ctx, *rotations)
	}
	if *gobench {
		b.runGoBenchmarks(ctx)
	}
	page := b.page(os.Args[1:])
	fmt.Print(page)
	if *write != "" {
		check(os.WriteFile(*write, []byte(page), 0o644)) //nolint:gosec // G306: for all to read.
	}
}

// check ends the program at an error, because then there is no result. What is deferred still cleans up.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

// bench is where everything is measured: a CLI, the simulator, and candidates that are built and installed alike.
type bench struct {
	repository, dir string
	env             *testenv.Env
	server          *simulator.Server
	candidates      []candidate

	goals, plans, starts, rotations table
	goBenchmarks                    []string
	each                            float64 // seconds for each resource in the plan before
}

// candidate is a provider that is measured. `init` was run in dir, and found it by the CLI configuration config.
type candidate struct{ name, binary, dir, config string }

// The candidates in their order. idle has our schema and does nothing; reference is hashicorp/time.
const ours, idle, reference = 0, 1, 2

// addCandidates builds the candidates as a release is built, and adds them.
func (b *bench) addCandidates(ctx context.Context) {
	b.env = must(testenv.Open(ctx, b.repository, b.dir))
	const here = "./internal/bench/"
	for name, folder := range map[string]string{"rusage": here + "rusage", "smtp": ".", "idle": here + "idle"} {
		check(b.env.Build(ctx, folder, filepath.Join(b.dir, name), "-trimpath", "-ldflags", "-s -w"))
	}
	binary, version, err := b.env.TimeProvider(ctx)
	check(err)
	b.add(ctx, "smtp", filepath.Join(b.dir, "smtp"), "kirimemail/smtp", testenv.Version)
	b.add(ctx, "idle", filepath.Join(b.dir, "idle"), "kirimemail/smtp", testenv.Version)
	b.add(ctx, "time_static", binary, "hashicorp/time", version)
}

// add runs `init` for a candidate. A filesystem_mirror costs as much as a registry once the provider is there; other
// ways skip the checksum of the binary. In the package, rusage has the provider's place and the provider is beside it,
// so that the CLI computes the checksum of both.
func (b *bench) add(ctx context.Context, name, binary, source, version string) {
	mirror := filepath.Join(b.dir, "mirror-"+name)
	c := candidate{
		name: name, binary: binary, dir: filepath.Join(b.dir, "work-"+name),
		config: must(testenv.Mirror(mirror, source, version, filepath.Join(b.dir, "rusage"))),
	}
	for _, folder := range must(filepath.Glob(filepath.Join(mirror, "*", source, version, "*"))) {
		check(os.Symlink(binary, filepath.Join(folder, "provider")))
	}
	files := os.DirFS(filepath.Join(b.repository, "internal", "bench", "testdata", filepath.Base(source)))
	check(os.CopyFS(c.dir, files))
	b.cli(ctx, c, 1, "1", "init")
	b.candidates = append(b.candidates, c)
}

// sample is what one command has cost, by these metrics.
type sample [4]float64

const (
	wall        = iota // seconds
	cpu                // seconds of the CPU, of the CLI and all that it has started
	providerCPU        // seconds of the CPU, of all processes of the provider
	peak               // bytes of memory, of the largest process of the provider
)

// cli runs the CLI for count resources with the trigger release. An interrupt is passed on once, and waited for.
func (b *bench) cli(ctx context.Context, c candidate, count int, release string, arguments ...string) (s sample) {
	usage := filepath.Join(b.dir, "usage")
	check(os.WriteFile(usage, nil, 0o600))
	//nolint:gosec // G204: the user's choice.
	command := exec.CommandContext(ctx, b.env.CLI, append(arguments, "-no-color")...)
	testenv.Interruptible(command)
	command.WaitDelay = time.Minute
	command.Dir = c.dir
	command.Env = append(b.env.Environment(c.config), "TF_IN_AUTOMATION=1", "TMPDIR="+b.dir, "BENCH_USAGE="+usage,
		fmt.Sprintf("TF_VAR_resources=%d", count), "TF_VAR_release="+release, "KIRIMEMAIL_BASE_URL="+b.server.URL(),
		"KIRIMEMAIL_USERNAME="+b.server.Username(), "KIRIMEMAIL_TOKEN="+b.server.Token())
	started := time.Now()
	screen, err := command.CombinedOutput()
	s[wall] = time.Since(started).Seconds()
	if err != nil {
		check(fmt.Errorf("%s %s: %w\n%.2000s", c.name, arguments[0], err, screen))
	}
	s[cpu] = (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds()
	running := 0
	for line := range strings.Lines(string(must(os.ReadFile(usage)))) { //nolint:gosec // G304: a place of our own.
		var change int
		var seconds, bytes float64
		must(fmt.Sscan(line, &change, &seconds, &bytes))
		running += change
		s[providerCPU] += seconds
		s[peak] = max(s[peak], bytes)
	}
	if running != 0 {
		check(fmt.Errorf("%s %s killed a provider before its end was noted", c.name, arguments[0]))
	}
	return s
}

// prepare makes the state of count resources, as an apply of release 1 does, and their credentials in the simulator.
// One resource is applied and the others are copies: a CLI copies the whole state for each resource that it applies,
// which takes many minutes for thousands. The copies' passwords are not the simulator's, which does not matter here.
func (b *bench) prepare(ctx context.Context, c candidate, count int) (state []byte) {
	guid := func(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }
	b.server.RemoveDomain("example.com")
	for i := range count {
		// Its name is its GUID, so that two states differ by that alone.
		must(b.server.AddCredentialWithGUID("example.com", guid(i), guid(i)))
		b.server.ResetExternally("example.com", guid(i))
	}
	file := filepath.Join(c.dir, "terraform.tfstate")
	check(os.RemoveAll(file))
	b.cli(ctx, c, 1, "1", "apply", "-auto-approve")
	state = must(os.ReadFile(file)) //nolint:gosec // G304: a place of our own.
	var parsed struct {
		Resources []struct{ Instances []json.RawMessage }
	}
	check(json.Unmarshal(state, &parsed))
	one := parsed.Resources[0].Instances[0]
	copies := make([][]byte, count)
	for i := range copies {
		copies[i] = bytes.ReplaceAll(one, []byte(guid(0)), []byte(guid(i)))
		copies[i] = bytes.Replace(copies[i], []byte(`"index_key": 0`), fmt.Appendf(nil, `"index_key": %d`, i), 1)
	}
	state = bytes.Replace(state, one, bytes.Join(copies, []byte(",")), 1)
	check(os.WriteFile(file, state, 0o600)) //nolint:gosec // G703: as before.
	return state
}

// measurePlans measures plans in which nothing has changed, by turns. Each round begins with another candidate, so that
// the machine's other work meets all of them alike.
func (b *bench) measurePlans(ctx context.Context, count, rounds int) {
	b.prepare(ctx, b.candidates[reference], count)
	state := b.prepare(ctx, b.candidates[ours], count)
	check(os.WriteFile(filepath.Join(b.candidates[idle].dir, "terraform.tfstate"), state, 0o600))
	var samples [3][]sample
	requests := 0
	for round := range rounds {
		for i := range b.candidates {
			turn := (round + i) % len(b.candidates)
			b.server.ClearJournal()
			s := b.cli(ctx, b.candidates[turn], count, "1", "plan", "-detailed-exitcode") // fails unless it is empty
			samples[turn] = append(samples[turn], s)
			if turn == ours {
				requests = max(requests, len(b.server.Journal()))
			}
			log.Printf("%d resources, round %d: %s, %s", count, round+1, b.candidates[turn].name, seconds(s[wall]))
		}
	}
	smtp, nothing, static := median(samples[ours]), median(samples[idle]), median(samples[reference])
	for i, m := range []sample{smtp, nothing, static} {
		b.plans.add(fmt.Sprint(count), b.candidates[i].name, spread(samples[i]), seconds(m[wall]/float64(count)),
			seconds(m[wall]), times(m[wall]/static[wall]), seconds(m[cpu]), times(m[cpu]/static[cpu]),
			seconds(m[providerCPU]), times(m[providerCPU]/static[providerCPU]),
			megabytes(m[peak]), times(m[peak]/static[peak]))
	}
	plan := fmt.Sprintf("plan of %d, ", count)
	b.goal(plan+"time, against time_static", 1.10, smtp[wall]/static[wall])
	b.goal(plan+"CPU of all, against time_static", 1.10, smtp[cpu]/static[cpu])
	b.goal(plan+"CPU of the provider, against time_static", 1.10, smtp[providerCPU]/static[providerCPU])
	b.goal(plan+"peak memory, against time_static", 1.10, smtp[peak]/static[peak])
	b.goal(plan+"time, against idle", 1.05, smtp[wall]/nothing[wall])
	b.goal(plan+"requests, against one for each 100 resources and 2", 1.00, float64(requests)/float64((count+99)/100+2))
	each := smtp[wall] / float64(count)
	if b.each > 0 {
		b.goal(plan+"time for each resource, against among fewer", 1.00, each/b.each)
	}
	b.each = each
}

// measureStarts measures the time from a start to go-plugin's handshake, without a CLI, and the size of the binaries.
func (b *bench) measureStarts(ctx context.Context) {
	var samples [3][]sample
	for range 25 {
		for i, c := range b.candidates {
			samples[i] = append(samples[i], sample{wall: b.start(ctx, c).Seconds()})
		}
	}
	size := func(candidate int) float64 { return float64(must(os.Stat(b.candidates[candidate].binary)).Size()) }
	static := median(samples[reference])
	for i, c := range b.candidates {
		m := median(samples[i])
		b.starts.add(c.name, spread(samples[i]), seconds(m[wall]), times(m[wall]/static[wall]),
			megabytes(size(i)), times(size(i)/size(reference)))
	}
	b.goal("start to handshake, against time_static", 1.10, median(samples[ours])[wall]/static[wall])
	b.goal("size of the binary, against time_static", 1.30, size(ours)/size(reference))
}

// start starts a provider as a CLI does, though without a certificate, which would cost all of them the same.
func (b *bench) start(ctx context.Context, c candidate) (took time.Duration) {
	ctx, kill := context.WithTimeout(ctx, time.Minute)
	provider := exec.CommandContext(ctx, c.binary) //nolint:gosec // G204: the benchmark's own build.
	provider.Env = append(b.env.Environment(b.env.EmptyConfig), "TMPDIR="+b.dir, "PLUGIN_PROTOCOL_VERSIONS=5,6",
		// What go-plugin asks for; terraform-plugin-go has it, and does not export it.
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	output := must(provider.StdoutPipe())
	started := time.Now()
	check(provider.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	took = time.Since(started)
	kill()
	_ = provider.Wait() // it was killed
	if !strings.Contains(line, "|grpc") {
		check(fmt.Errorf("%s said %q: %w", c.name, line, err))
	}
	return took
}

// measureRotations changes the trigger of all resources under a rate limit.
func (b *bench) measureRotations(ctx context.Context, count int) {
	b.prepare(ctx, b.candidates[ours], count)
	b.server.ClearJournal()
	log.Printf("%d rotations", count)
	limit := simulator.RateLimit{Requests: 60, Window: 10 * time.Second}
	b.server.SetOptions(func(o *simulator.Options) { o.RateLimit = limit })
	apply := b.cli(ctx, b.candidates[ours], count, "2", "apply", "-refresh=false", "-auto-approve")
	b.server.SetOptions(func(o *simulator.Options) { o.RateLimit = simulator.RateLimit{} })
	resets := b.server.Journal()
	b.cli(ctx, b.candidates[ours], count, "2", "plan", "-detailed-exitcode")

	floor := (time.Duration((count-1)/limit.Requests) * limit.Window).Seconds()
	took := resets[len(resets)-1].ActedAt.Sub(resets[0].Time).Seconds()
	b.rotations.add(fmt.Sprint(count), seconds(floor), seconds(took), times(took/floor), seconds(apply[wall]),
		fmt.Sprint(len(resets)))
	if floor > 0 {
		b.goal(fmt.Sprintf("%d rotations, against the floor", count), 1.10, took/floor)
	}
}

// runGoBenchmarks keeps the lines that hold a result.
func (b *bench) runGoBenchmarks(ctx context.Context) {
	log.Println("Go benchmarks")
	command := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./...")
	screen, err := command.CombinedOutput()
	if err != nil {
		check(fmt.Errorf("the Go benchmarks: %w\n%s", err, screen))
	}
	b.goBenchmarks = regexp.MustCompile(`(?m)^Benchmark.*ns/op.*\n`).FindAllString(string(screen), -1)
}

// reading tells how to read the page.
const reading = `All candidates are installed alike and take turns, so that other work on the machine disturbs all of them
alike. Compare ratios of one run, and not figures of two. A goal that is missed fails nothing. "idle" has the schema of
"smtp" and does nothing: "smtp" against "idle" is the cost of our code and its requests, "idle" against "time_static"
that of the schema. BenchmarkLatency compares 100 requests, 10 at once, with the least time that they can take.`

// profile is of one day, and was not taken by this program.
const profile = `From a CPU profile of the provider while Terraform 1.11.4 planned 3,000 resources in which nothing had
changed (2026-11-25; the shares overlap):

| Part | Share |
|---|---|
| PlanResourceChange, ReadResource, ValidateResourceConfig, UpgradeResourceState | 32 %, 23 %, 9 %, 6 % |
| trace logs that nothing read | 22 % |
| garbage collection | 21 % |
| the framework's copies of the schema's attributes, at each step of each path | 10 %, and 29 % of all bytes allocated |
| ours: all of Read, with a request for each resource | 5 % |
| ours: ModifyPlan; identity; the private state; timeouts | 0.4 to 0.5 % each |

Two things in internal/server came of it. For 1,000 resources, provider and CLI need 16.0 s of CPU without the trace
logs, instead of 23.8 s. The provider's peak memory is 35 MB without the contexts that the framework keeps, instead of
171 MB. Identity, validators and plan modifiers cost less than 2 % together, and stay. An unchanged plan could be
answered before the framework sees it, for another third of the provider's CPU. That would be a second place that
decides whether a password rotates, and is not done.

To take a profile, add runtime/pprof to main.go for the time being, and plan one number of resources:
BENCH='-counts 3000 -rounds 1 -rotations 0 -gobench=false'.`

// page is what was measured, as Markdown.
func (b *bench) page(arguments []string) string {
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo") // on Linux
	return fmt.Sprintf(`# Benchmarks

Measured and written by %s.

- %s
- %s/%s, %d cores; %s
- %s, %s

%s

## Goals

%s
## Plans in which nothing has changed

Medians. The CPU of all is that of the CLI and the provider; other work on the machine disturbs it less than the time.
The provider's CPU is that of all its processes, and the peak memory that of the largest. A small program that notes
these starts each provider, at the same price for all.

%s
## Start and size

Medians, without a CLI. The binaries are stripped.

%s
## Rotations under a rate limit

Under 60 requests in 10 s, by an apply that refreshes nothing. The floor is when the last window opens. Requests beyond
the rotations were refused with 429.

%s
## What a plan costs

%s

## Go benchmarks

%s`, "`make bench BENCH='"+strings.Join(arguments, " ")+"'`", time.Now().UTC().Format(time.DateOnly),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), regexp.MustCompile("model name.*").Find(cpuinfo),
		runtime.Version(), b.env.CLIVersion, reading,
		b.goals.under("Goal", "at most", "measured", "met"),
		b.plans.under("Resources", "provider", "from, to", "for each", "time", "× time_static",
			"CPU of all", "× time_static", "provider's CPU", "× time_static", "peak memory", "× time_static"),
		b.starts.under("Provider", "from, to", "start to handshake", "× time_static", "binary", "× time_static"),
		b.rotations.under("Rotations", "floor", "first reset to last answer", "×", "whole apply", "requests"),
		profile,
		"```\n"+strings.Join(b.goBenchmarks, "")+"```\n")
}

// goal compares as it prints.
func (b *bench) goal(what string, limit, measured float64) {
	b.goals.add(what, times(limit), times(measured), fmt.Sprint(math.Round(measured*100) <= math.Round(limit*100)))
}

func times(ratio float64) string { return fmt.Sprintf("%.2f ×", ratio) }

func megabytes(bytes float64) string { return fmt.Sprintf("%.1f MB", bytes/1e6) }

func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.1f ms", s*1000)
	}
	return fmt.Sprintf("%.2f s", s)
}

// spread is the least and the most of the time.
func spread(samples []sample) string {
	byTime := func(a, b sample) int { return cmp.Compare(a[wall], b[wall]) }
	return seconds(slices.MinFunc(samples, byTime)[wall]) + " to " + seconds(slices.MaxFunc(samples, byTime)[wall])
}

// median is that of each metric.
func median(samples []sample) (m sample) {
	for metric := range m {
		var values []float64
		for _, s := range samples {
			values = append(values, s[metric])
		}
		slices.Sort(values)
		m[metric] = (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	}
	return m
}

// table is the rows of one in Markdown.
type table [][]string

func (t *table) add(cells ...string) { *t = append(*t, cells) }

// under is the table under a header.
func (t table) under(header ...string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 0, ' ', tabwriter.AlignRight|tabwriter.Debug)
	rule := append([]string{":--"}, slices.Repeat([]string{"--:"}, len(header)-1)...)
	for _, row := range append(table{header, rule}, t...) {
		fmt.Fprintln(w, "\t "+strings.Join(row, " \t ")+" \t")
	}
	_ = w.Flush()
	return b.String()
}
