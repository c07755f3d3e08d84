package training_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/training"
	"ayni.example/train"
	"ayni.example/train/recipe"
	"ayni.example/x/compute"
)

const tiny = `
name: test/leased
mode: pretrain
seed: 3
model: {layers: 1, width: 64, heads: 2, kv_heads: 1, head_size: 32, inner: 96, context: 64}
tokenizer: {vocabulary: 300}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 2, length: 32}
budget: {steps: 22}
evaluate: {every: 8, windows: 4}
checkpoint: {every: 5}
export: {types: [F32]}
`

const segmentSteps = 4

// order is a packed recipe with its job, and what the same recipe gives on the tenant's machine.
type order struct {
	spec  compute.Spec
	pack  []byte
	local *train.Result
	steps uint64
}

func write(t *testing.T, dir, body string) *recipe.Recipe {
	t.Helper()
	text := filepath.Join(dir, "text")
	if err := os.MkdirAll(text, 0o700); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields("the cat sat on a mat and saw the dog run after its own tail while rain fell on every roof in town")
	for i := range 8 {
		var b strings.Builder
		for j := range 300 {
			b.WriteString(words[(i*7+j*j+j*i)%len(words)] + " ")
		}
		if err := os.WriteFile(filepath.Join(text, fmt.Sprintf("f%d.txt", i)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func placed(t *testing.T) order {
	t.Helper()
	dir := t.TempDir()
	r := write(t, dir, tiny)
	job, _, err := train.Job(train.Config{Recipe: r, Dir: dir}, segmentSteps)
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	if err := train.Pack(train.Config{Recipe: r, Dir: dir}, []byte(tiny), &pack); err != nil {
		t.Fatal(err)
	}
	local, err := train.Run(t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "local"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	digest := artifact.DigestOf(pack.Bytes()).Sum()
	return order{
		spec: compute.Spec{Unit: compute.UnitStep, Training: &compute.Training{
			Job: job.Encode(), Recipe: digest[:], Steps: uint64(r.Steps()), Segment: segmentSteps,
		}},
		pack: pack.Bytes(), local: local, steps: uint64(r.Steps()),
	}
}

// provider is a machine with its worker; others are the stores that it fetches from.
type provider struct {
	*training.Worker
	store *artifact.Store
	stop  context.CancelFunc
	ended chan struct{}
}

func machine(tb testing.TB, dir string, others ...*artifact.Store) *provider {
	tb.Helper()
	store, err := artifact.New(artifact.Config{Dir: filepath.Join(dir, "artifacts")})
	if err != nil {
		tb.Fatal(err)
	}
	p := &provider{store: store, ended: make(chan struct{})}
	p.Worker, err = training.New(training.Config{
		Dir: filepath.Join(dir, "training"), Store: store, Threads: 1, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Fetch: func(ctx context.Context, d artifact.Digest, _ int64) error {
			for _, from := range others {
				if f, err := from.Open(d); err == nil {
					_, err := store.Put(ctx, f, d)
					return err
				}
			}
			return fmt.Errorf("nobody has %s", d)
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(tb.Context())
	go func() {
		defer close(p.ended)
		if err := p.Run(ctx); err != nil {
			tb.Error(err)
		}
	}()
	tb.Cleanup(p.off)
	return p
}

func (p *provider) off() {
	p.stop()
	<-p.ended
}

// serve plays the ledger for a lease until it has as many segments: it takes each commitment and tells the worker.
func (p *provider) serve(t *testing.T, a lease.Assignment, until uint64) (last compute.MsgCommit) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); a.Lease.Next < until; {
		if err := p.Reconcile(t.Context(), []lease.Assignment{a}); err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Commits(a.ID()) {
			if m.Segment != a.Lease.Next {
				t.Fatalf("segment %d is committed, the ledger waits for %d", m.Segment, a.Lease.Next)
			}
			last = m
			a.Lease.Next++
		}
		status, _ := p.Status(a.ID())
		if status.Phase == lease.Failed || time.Now().After(deadline) {
			t.Fatalf("%d of %d segments: %+v", a.Lease.Next, until, status)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return last
}

func assignment(o order, number byte, stands compute.Progress) lease.Assignment {
	id := append(bytes.Repeat([]byte{7}, compute.OrderIDSize), 0, 0, 0, number)
	return lease.Assignment{
		Spec: o.spec, Progress: stands,
		Lease: compute.Lease{ID: id, Order: id[:compute.OrderIDSize], Begins: stands.Segments, Next: stands.Segments},
	}
}

// TestSurvivesAProvider: a machine is stopped, goes on, and dies; another one goes on from the last state that stands. The result is
// the one of the tenant's own machine.
func TestSurvivesAProvider(t *testing.T) {
	o := placed(t)
	tenant, err := artifact.New(artifact.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.PutBytes(t.Context(), o.pack); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	first := machine(t, dir, tenant)
	a := assignment(o, 1, compute.Progress{})
	first.serve(t, a, 1)
	first.off()
	again := machine(t, dir, tenant)
	a.Lease.Next = 1
	m := again.serve(t, a, 3)
	again.off()

	second := machine(t, t.TempDir(), tenant, again.store)
	a = assignment(o, 2, compute.Progress{Segments: 3, Root: m.Root, State: m.State})
	last := second.serve(t, a, o.spec.Training.Segments())
	state, err := training.ReadState(second.store, artifact.Digest(fmt.Sprintf("%s%x", artifact.Prefix, last.State)))
	if err != nil {
		t.Fatal(err)
	}
	if root := state.Root(); fmt.Sprintf("sha256:%x", root) != o.local.Digest || state.Step != o.steps {
		t.Errorf("leased: %x at step %d, on the tenant's machine %s at %d", root, state.Step, o.local.Digest, o.steps)
	}
	if root := train.StateRoot(state); !bytes.Equal(root[:], last.Root) {
		t.Error("the root that is committed is not the state's")
	}
	// The provider names the files that the tenant's own machine exports.
	var want [][]byte
	for _, f := range o.local.Files {
		if f.Kind == "model" {
			sum := artifact.Digest(f.Digest).Sum()
			want = append(want, sum[:])
		}
	}
	if len(m.Results) != 0 || len(want) == 0 || !slices.EqualFunc(last.Results, want, bytes.Equal) {
		t.Errorf("results %x, the tenant's are %x; with an earlier segment %x", last.Results, want, m.Results)
	}
	if _, err := second.store.Stat(artifact.Digest(fmt.Sprintf("%s%x", artifact.Prefix, m.State))); err != nil {
		t.Error(err)
	}
}

// TestGivenUp: what the order names must be what is there.
func TestGivenUp(t *testing.T) {
	o := placed(t)
	tenant, err := artifact.New(artifact.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) []byte {
		info, err := tenant.PutBytes(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		sum := info.Digest.Sum()
		return sum[:]
	}
	put(o.pack)
	otherRate := bytes.Replace(o.pack, []byte("rate: 5e-3"), []byte("rate: 6e-3"), 1)
	for name, change := range map[string]func(*lease.Assignment){
		"no pack":                 func(a *lease.Assignment) { a.Spec.Training.Recipe = bytes.Repeat([]byte{1}, 32) },
		"a pack that is none":     func(a *lease.Assignment) { a.Spec.Training.Recipe = put([]byte("no archive")) },
		"another hyper-parameter": func(a *lease.Assignment) { a.Spec.Training.Recipe = put(otherRate) },
		"a state that is none": func(a *lease.Assignment) {
			a.Progress = compute.Progress{Segments: 1, Root: make([]byte, 32), State: put([]byte("x"))}
		},
		"a job that cannot be read": func(a *lease.Assignment) { a.Spec.Training.Job = []byte("job") },
	} {
		t.Run(name, func(t *testing.T) {
			p := machine(t, t.TempDir(), tenant)
			a := assignment(o, 1, compute.Progress{})
			copied := *o.spec.Training
			a.Spec.Training = &copied
			change(&a)
			if err := p.Reconcile(t.Context(), []lease.Assignment{a}); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
				status, known := p.Status(a.ID())
				if !known || time.Now().After(deadline) {
					t.Fatalf("%+v", status)
				}
				if status.Phase == lease.Failed {
					if status.Reason != compute.ReasonData || status.Ready {
						t.Errorf("%+v", status)
					}
					return
				}
			}
		})
	}
}

// TestLostState: where nobody has the state that stands, the training begins anew and comes to the same bits.
func TestLostState(t *testing.T) {
	o := placed(t)
	tenant, err := artifact.New(artifact.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.PutBytes(t.Context(), o.pack); err != nil {
		t.Fatal(err)
	}
	first := machine(t, t.TempDir(), tenant)
	m := first.serve(t, assignment(o, 1, compute.Progress{}), 2)
	first.off()
	second := machine(t, t.TempDir(), tenant)
	last := second.serve(t, assignment(o, 2, compute.Progress{Segments: 2, Root: m.Root, State: m.State}), o.spec.Training.Segments())
	state, err := training.ReadState(second.store, artifact.Digest(fmt.Sprintf("%s%x", artifact.Prefix, last.State)))
	if err != nil {
		t.Fatal(err)
	}
	if root := state.Root(); fmt.Sprintf("sha256:%x", root) != o.local.Digest {
		t.Errorf("%x, on the tenant's machine %s", root, o.local.Digest)
	}
	lost := artifact.Digest(fmt.Sprintf("%s%x", artifact.Prefix, m.State))
	if _, err := second.store.Stat(lost); err != nil { // so that an auditor finds it under the name that stands on the ledger
		t.Errorf("the state that was lost is not made again to the byte: %v", err)
	}
	if own, have := second.State(assignment(o, 2, compute.Progress{}).Lease.Order, 1, m.Root); !have || own != lost {
		t.Errorf("its own state is %s, %t", own, have)
	}
	if _, have := second.State(assignment(o, 2, compute.Progress{}).Lease.Order, 1, make([]byte, 32)); have {
		t.Error("a state with another root is told")
	}
}
