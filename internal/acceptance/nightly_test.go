package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	yaml "github.com/oasdiff/yaml3"
	"github.com/robfig/cron/v3"
)

const nightlyFolder = "guides/rotate-on-a-schedule/nightly"

// workflow is what the nightly job may be made of.
type workflow struct {
	Name string
	On   struct {
		Schedule         []struct{ Cron, Timezone string }
		WorkflowDispatch any `yaml:"workflow_dispatch"`
	}
	Concurrency struct {
		Group  string
		Cancel *bool `yaml:"cancel-in-progress"`
	}
	Permissions map[string]string
	Jobs        map[string]struct {
		RunsOn   string `yaml:"runs-on"`
		Timeout  int    `yaml:"timeout-minutes"`
		Defaults struct {
			Run struct {
				Directory string `yaml:"working-directory"`
			}
		}
		Steps []workflowStep
	}
}

type workflowStep struct {
	Uses string
	With map[string]string
	Run  string
	Env  map[string]string
}

func readWorkflow(t *testing.T) (w workflow, text string) {
	t.Helper()
	text = exampleFiles(t)[filepath.Join(filepath.FromSlash(nightlyFolder), "rotate-passwords.yml")]
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&w); err != nil {
		t.Fatal(err)
	}
	if len(w.Jobs) != 1 || len(w.On.Schedule) != 1 {
		t.Fatalf("%d jobs, %d schedules", len(w.Jobs), len(w.On.Schedule))
	}
	return w, text
}

// pinned is an action of a commit, and what it is called.
var pinned = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

func TestNightlyWorkflowIsSafe(t *testing.T) {
	t.Parallel()
	w, text := readWorkflow(t)
	if w.Concurrency.Group == "" || w.Concurrency.Cancel == nil || *w.Concurrency.Cancel {
		t.Errorf("runs are not one after the other: %+v", w.Concurrency)
	}
	if len(w.Permissions) != 2 || w.Permissions["contents"] != "read" || w.Permissions["id-token"] != "write" {
		t.Errorf("it may %v", w.Permissions)
	}
	uses := 0
	for line := range strings.Lines(text) {
		if _, action, ok := strings.Cut(line, "uses: "); ok {
			uses++
			if !pinned.MatchString(strings.TrimSpace(action)) {
				t.Errorf("%q is not pinned", action)
			}
		}
	}
	if uses != 3 {
		t.Errorf("%d actions", uses)
	}
}

var (
	secret      = regexp.MustCompile(`^\$\{\{ secrets\.(\w+) \}\}$`)
	lockTimeout = regexp.MustCompile(`-lock-timeout=(\w+)`)
)

// TestNightlyJob runs what the workflow runs, each night at its time, with the
// state in a bucket.
func TestNightlyJob(t *testing.T) {
	t.Parallel()
	flow, _ := readWorkflow(t)
	for _, job := range flow.Jobs {
		bucket := startBucket(t) // One to look into, in the place of the one that is there.
		s, w, c := newExampleWorkspace(t, findExample(t, nightlyFolder))
		w.env = append(w.env, bucket.environment()...)
		w.inFolder(job.Defaults.Run.Directory)
		w.programs("terraform")

		zone, err := time.LoadLocation(flow.On.Schedule[0].Timezone)
		if err != nil {
			t.Fatal(err)
		}
		schedule, err := cron.ParseStandard(flow.On.Schedule[0].Cron)
		if err != nil {
			t.Fatal(err)
		}
		const nights = 3
		var stored map[string]any
		for night := range nights {
			start := schedule.Next(c.now().In(zone))
			c.advance(start.Sub(c.now()))
			if night > 0 {
				due, err := time.Parse(time.RFC3339, stored["next_rotation_at"].(string))
				if late := start.Sub(due); err != nil || late <= 0 || late > time.Hour {
					t.Errorf("the job starts at %s, the password is due at %s (%v)", start, due, err)
				}
			}
			waits := w.runSteps(job.Steps, map[string]string{"KIRIMEMAIL_USERNAME": s.Username(), "KIRIMEMAIL_TOKEN": s.Token()})
			stored = w.values(newsletterAddress)
			waits += 7 * time.Minute // the resource's default timeouts, to read and to update
			if limit := time.Duration(job.Timeout) * time.Minute; waits >= limit {
				t.Errorf("the job may take %s, but is given %s", waits, limit)
			}
			w.checkStored(newsletterAddress, []string{"created", "rotation_schedule"}[min(night, 1)])
			w.checkResets(night + 1)
			// By day, somebody applies too.
			c.advance(9 * time.Hour)
			w.apply().shows(t, "No changes.")
			w.checkResets(night + 1)
		}
		if taken, held := bucket.locked(); taken < 2*nights || held > 0 {
			t.Errorf("%d locks were taken, %d are held", taken, held)
		}
		bucket.lock()
		w.fails([]string{"Error acquiring the state lock", "somebody"}, "apply", "-no-color", "-auto-approve", "-input=false")
		w.checkResets(nights)
	}
}

// inFolder moves into a folder below, with all files.
func (w *workspace) inFolder(name string) {
	w.t.Helper()
	below := filepath.Join(w.t.TempDir(), filepath.FromSlash(name))
	if err := os.CopyFS(below, os.DirFS(w.dir)); err != nil {
		w.t.Fatal(err)
	}
	w.dir = below
}

// programs puts the CLI under test on the PATH, by another name.
func (w *workspace) programs(name string) {
	w.t.Helper()
	folder := w.t.TempDir()
	if err := os.Symlink(bench.CLI, filepath.Join(folder, name)); err != nil {
		w.t.Fatal(err)
	}
	w.env = append(w.env, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// runSteps runs the commands of a job with its secrets, and gives how long they
// wait for a lock.
func (w *workspace) runSteps(steps []workflowStep, secrets map[string]string) (waits time.Duration) {
	w.t.Helper()
	used := map[string]bool{}
	for _, step := range steps {
		if step.Run == "" {
			continue
		}
		command := exec.CommandContext(w.context(), "sh", "-e", "-c", step.Run)
		command.Dir, command.Env = w.dir, slices.Concat(w.env, []string{"TF_CLI_ARGS=-no-color"})
		for name, value := range step.Env {
			found := secret.FindStringSubmatch(value)
			if len(found) != 2 || secrets[found[1]] == "" {
				w.t.Fatalf("%s is no secret that there is: %s", name, value)
			}
			used[name] = true
			command.Env = append(command.Env, name+"="+secrets[found[1]])
		}
		out, err := command.CombinedOutput()
		w.screens.Write(out)
		if err != nil {
			w.t.Fatalf("%s: %v\n%s", step.Run, err, out)
		}
		if found := lockTimeout.FindStringSubmatch(step.Run); found != nil {
			waits += duration(w.t, found[1])
		}
	}
	if len(used) != len(secrets) {
		w.t.Errorf("the steps are given %v", used)
	}
	return waits
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
