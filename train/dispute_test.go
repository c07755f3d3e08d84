package train_test

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"ayni.example/tensor/trace"
	"ayni.example/train"
	"ayni.example/train/checkpoint"
)

// exact is a recipe that can be disputed.
var exact = strings.NewReplacer("heads: 4, kv_heads: 2", "heads: 2, kv_heads: 1, head_size: 32", "steps: 24", "steps: 7").Replace(tiny)

// committed runs a recipe and takes down the roots that it tells.
func committed(tb testing.TB, cfg train.Config, segment int) map[int][sha256.Size]byte {
	tb.Helper()
	roots := map[int][sha256.Size]byte{}
	cfg.Segment = segment
	cfg.Committed = func(step int, root [sha256.Size]byte, state *checkpoint.State) error {
		if state.Step != uint64(step) {
			tb.Errorf("step %d has the state of step %d", step, state.Step)
		}
		if was, ok := roots[step]; ok && was != root {
			tb.Errorf("step %d has two roots", step)
		}
		roots[step] = root
		return nil
	}
	run(tb, tb.Context(), cfg)
	return roots
}

// The trace of each step of the plan ends in the state that the run commits to, from the initial state of the job on.
func TestJob(t *testing.T) {
	dir := t.TempDir()
	recipe := write(t, dir, exact)
	roots := committed(t, train.Config{Recipe: recipe, Dir: dir + "/out"}, 3)
	if got := slices.Sorted(maps.Keys(roots)); !slices.Equal(got, []int{3, 6, 7}) {
		t.Fatalf("committed after steps %v", got)
	}
	job, plan, err := train.Job(train.Config{Recipe: recipe}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := trace.DecodeJob(job.Encode()); err != nil || again != job {
		t.Fatalf("the job is encoded as %+v: %v", again, err)
	}
	state := plan.Initial()
	if state.Root() != job.Initial || plan.Root() != job.Plan || job.Steps != 7 || job.Segment != 3 {
		t.Fatalf("job %+v", job)
	}
	for step := range job.Steps {
		rec, err := plan.Step(step, state)
		if err != nil {
			t.Fatal(err)
		}
		state = rec.After()
		if want, ok := roots[int(step)+1]; ok && state.Root() != want {
			t.Fatalf("after step %d the trace has the root %x, the run %x", step+1, state.Root(), want)
		}
	}
}

// A run that was stopped, and one that could not tell, go on and tell the same roots.
func TestCommittedAgain(t *testing.T) {
	dir := t.TempDir()
	recipe := write(t, dir, exact)
	want := committed(t, train.Config{Recipe: recipe, Dir: dir + "/whole"}, 2)

	broken := errors.New("no ledger")
	_, err := train.Run(t.Context(), train.Config{
		Recipe: recipe, Dir: dir + "/parts", Segment: 2,
		Committed: func(step int, root [sha256.Size]byte, _ *checkpoint.State) error {
			if root != want[step] {
				t.Errorf("step %d: another root", step)
			}
			if step == 4 {
				return broken
			}
			return nil
		},
	})
	if !errors.Is(err, broken) {
		t.Fatalf("the run ended with %v", err)
	}
	rest := committed(t, train.Config{Recipe: recipe, Dir: dir + "/parts", Start: train.Resume}, 2)
	for _, step := range []int{4, 6, 7} {
		if rest[step] != want[step] {
			t.Errorf("step %d: root %x, want %x", step, rest[step], want[step])
		}
	}
	if len(rest) != 3 {
		t.Errorf("%d roots were told", len(rest))
	}
}

// A decoded checkpoint has the root of the live state.
func TestStateRoot(t *testing.T) {
	dir := t.TempDir()
	recipe := write(t, dir, exact)
	_, err := train.Run(t.Context(), train.Config{
		Recipe: recipe, Dir: dir + "/out", Segment: 7,
		Committed: func(_ int, root [sha256.Size]byte, state *checkpoint.State) error {
			if train.StateRoot(state) != root {
				t.Error("another root")
			}
			state.Tensors[2].Second[0]++
			if train.StateRoot(state) == root {
				t.Error("a moment is not in the root")
			}
			state.Tensors[2].Second[0]--
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What cannot be disputed is refused by its name.
func TestNotDisputable(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"length", "length: 32", "length: 48", "length is 48"},
		{"head size", "head_size: 32", "head_size: 16", "head size is 16"},
		{"tokens", "batch: {windows: 4, length: 32, micro: 2}", "batch: {windows: 200, length: 32, micro: 2}", "6400 tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := strings.Replace(exact, c.old, c.new, 1)
			if body == exact {
				t.Fatal("the recipe is the same")
			}
			recipe := write(t, t.TempDir(), body)
			_, _, err := train.Job(train.Config{Recipe: recipe}, 4)
			if !errors.Is(err, trace.ErrShape) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("refused with %v", err)
			}
		})
	}
	recipe := write(t, t.TempDir(), exact)
	if _, _, err := train.Job(train.Config{Recipe: recipe}, 257); !errors.Is(err, trace.ErrJob) {
		t.Errorf("segments of 257 steps: %v", err)
	}
}
