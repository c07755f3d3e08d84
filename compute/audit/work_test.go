package audit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/artifact"
	"ayni.example/compute/audit"
	"ayni.example/referee"
	"ayni.example/tensor/trace"
	"ayni.example/train"
	"ayni.example/train/checkpoint"
	"ayni.example/train/recipe"
	"ayni.example/x/compute"
	rules "ayni.example/x/referee"
)

const tiny = `
name: test/audited
mode: pretrain
seed: 3
model: {layers: 1, width: 32, heads: 1, kv_heads: 1, head_size: 32, inner: 32, context: 32}
tokenizer: {vocabulary: 300}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 1, length: 32}
budget: {steps: 7}
evaluate: {every: 8, windows: 1}
checkpoint: {every: 5}
export: {types: [F32]}
`

const segment = 3

// ledger is the order of a training with what was committed.
type ledger struct {
	order    compute.Order
	segments []compute.Segment
}

func (l *ledger) Lease(_ context.Context, id []byte) (compute.Lease, error) {
	return compute.Lease{ID: id, Order: l.order.ID}, nil
}

func (l *ledger) Order(context.Context, []byte) (compute.Order, compute.Book, error) {
	return l.order, compute.Book{}, nil
}

func (l *ledger) Segments(context.Context, []byte) ([]compute.Segment, error) { return l.segments, nil }

// trained runs the recipe to its end, and tells what a provider commits to on the way.
func trained(t *testing.T, shop *artifact.Store) (*ledger, trace.Job) {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "text"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		text := strings.Repeat(fmt.Sprintf("the cat sat on mat %d while rain fell on every roof in town ", i), 40)
		if err := os.WriteFile(filepath.Join(dir, "text", fmt.Sprintf("%d.txt", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(tiny), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	job, _, err := train.Job(train.Config{Recipe: r, Dir: dir}, segment)
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	if err := train.Pack(train.Config{Recipe: r, Dir: dir}, []byte(tiny), &pack); err != nil {
		t.Fatal(err)
	}
	l := &ledger{order: compute.Order{ID: make([]byte, compute.OrderIDSize), Spec: compute.Spec{Training: &compute.Training{
		Job: job.Encode(), Recipe: put(t, shop, pack.Bytes()), Steps: job.Steps, Segment: segment,
	}}}}
	_, err = train.Run(t.Context(), train.Config{
		Recipe: r, Dir: filepath.Join(dir, "run"), Threads: 1, Segment: segment,
		Committed: func(_ int, root [32]byte, state *checkpoint.State) error {
			var raw bytes.Buffer
			if err := checkpoint.Encode(&raw, state); err != nil {
				return err
			}
			l.segments = append(l.segments, compute.Segment{Index: uint64(len(l.segments)), Root: root[:], State: put(t, shop, raw.Bytes())})
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, job
}

func put(t *testing.T, store *artifact.Store, content []byte) []byte {
	t.Helper()
	info, err := store.Put(t.Context(), bytes.NewReader(content), "")
	if err != nil {
		t.Fatal(err)
	}
	sum := info.Digest.Sum()
	return sum[:]
}

func newStore(t *testing.T) *artifact.Store {
	t.Helper()
	store, err := artifact.New(artifact.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func claim(l *ledger, job trace.Job, i int) rules.Claim {
	c := rules.Claim{
		Kind: compute.KindSegment, Name: binary.BigEndian.AppendUint64(make([]byte, compute.LeaseIDSize), uint64(i)),
		From: uint64(i) * segment, To: min(uint64(i+1)*segment, job.Steps), Before: job.Initial[:], After: l.segments[i].Root,
	}
	if i > 0 {
		c.Before = l.segments[i-1].Root
	}
	return c
}

// TestBookIsTheTraining: an auditor with an empty disk comes to the roots that the provider committed to, segment by segment.
func TestBookIsTheTraining(t *testing.T) {
	shop := newStore(t)
	l, job := trained(t, shop)
	if len(l.segments) != 3 {
		t.Fatalf("%d segments of %d steps", len(l.segments), job.Steps)
	}
	here := newStore(t)
	w, err := audit.New(audit.Config{
		Ledger: l, Dir: t.TempDir(), Store: here, Threads: 1, Logger: slog.New(slog.DiscardHandler),
		Fetch: func(ctx context.Context, d artifact.Digest, _ int64) error {
			f, err := shop.Open(d)
			if err != nil {
				return fmt.Errorf("nobody has %s", d)
			}
			_, err = here.Put(ctx, f, d)
			return errors.Join(err, f.Close())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.segments {
		c := claim(l, job, i)
		if i == 2 { // as a segment that stands alone
			l.order.Progress = compute.Progress{Segments: 2, Root: l.segments[1].Root, State: l.segments[1].State}
			l.segments = l.segments[2:]
		}
		book, err := w.Book(t.Context(), c, job)
		if err != nil {
			t.Fatal(err)
		}
		for step := c.From; step < c.To; step++ {
			if _, err := book.Trace(step); err != nil {
				t.Fatal(err)
			}
		}
		root, err := book.StateRoot(c.To)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(root[:], c.After) {
			t.Fatalf("segment %d ends in %x, the provider committed to %x", i, root, c.After)
		}
		if again, err := book.StateRoot(c.From); err != nil || !bytes.Equal(again[:], c.Before) {
			t.Fatalf("segment %d begins with %x: %v", i, again, err)
		}
	}
}

// TestStateIsMissing: a state that nobody hands over, or that is another one, is named as such; another recipe is an error.
func TestStateIsMissing(t *testing.T) {
	shop := newStore(t)
	l, job := trained(t, shop)
	away := false
	here := newStore(t)
	w, err := audit.New(audit.Config{
		Ledger: l, Dir: t.TempDir(), Store: here, Threads: 1, Logger: slog.New(slog.DiscardHandler),
		Fetch: func(ctx context.Context, d artifact.Digest, _ int64) error {
			f, err := shop.Open(d)
			if err != nil || away {
				return fmt.Errorf("nobody has %s", d)
			}
			_, err = here.Put(ctx, f, d)
			return errors.Join(err, f.Close())
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Book(t.Context(), claim(l, job, 0), job); err != nil {
		t.Fatal(err)
	}
	away = true
	if _, err := w.Book(t.Context(), claim(l, job, 1), job); !errors.Is(err, referee.ErrState) {
		t.Errorf("a state that nobody has: %v", err)
	}
	away = false
	l.segments[0].State = l.segments[1].State
	if _, err := w.Book(t.Context(), claim(l, job, 1), job); !errors.Is(err, referee.ErrState) {
		t.Errorf("another state: %v", err)
	}
	c := claim(l, job, 1)
	c.Before = make([]byte, 32)
	if _, err := w.Book(t.Context(), c, job); !errors.Is(err, referee.ErrState) {
		t.Errorf("a root that nobody committed to: %v", err)
	}
	c.Kind = "other/kind"
	if _, err := w.Book(t.Context(), c, job); err == nil || errors.Is(err, referee.ErrState) {
		t.Errorf("a claim of another kind: %v", err)
	}
}
