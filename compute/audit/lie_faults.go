//go:build faults

package audit

import (
	"context"
	"fmt"
	"os"

	"ayni.example/artifact"
	"ayni.example/compute/training"
	"ayni.example/referee"
	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
	"ayni.example/train"
	"ayni.example/x/compute"
	rules "ayni.example/x/referee"
)

// told has a machine that lies stand by what it committed: its book is true but for the state after the last step, which is the one
// that it sold. Package training says how it comes to lie.
func (w *Work) told(ctx context.Context, plan *train.Plan, order compute.Order, c rules.Claim, b referee.Book) (referee.Book, error) {
	if os.Getenv("AYNI_FAULT_TRAINER") == "" {
		return b, nil
	}
	digest, err := w.committed(ctx, order, segmentOf(c), c.After)
	if err != nil {
		return nil, err
	}
	state, err := training.ReadState(w.cfg.Store, artifact.Digest(fmt.Sprintf("%s%x", artifact.Prefix, digest)))
	if err != nil {
		return b, nil // it was withheld
	}
	after, err := plan.State(state)
	return &lyingBook{Book: b, program: plan.Program(), last: c.To - 1, after: after}, err
}

type lyingBook struct {
	referee.Book
	program *trace.Program
	last    uint64
	after   *record.State
}

// StateRoot is the one that was sold after the last step.
func (b *lyingBook) StateRoot(step uint64) (trace.Hash, error) {
	if step == b.last+1 {
		return b.after.Root(), nil
	}
	return b.Book.StateRoot(step)
}

// Trace is false in the last step.
func (b *lyingBook) Trace(step uint64) (rules.Trace, error) {
	made, err := b.Book.Trace(step)
	if err != nil || step != b.last {
		return made, err
	}
	return lyingTrace{made, b}, nil
}

type lyingTrace struct {
	rules.Trace
	book *lyingBook
}

// Children are those of the false state.
func (t lyingTrace) Children(n trace.Node) ([]trace.Hash, error) {
	if n.Source == trace.After {
		return t.book.after.Children(n)
	}
	return t.Trace.Children(n)
}

// Carries end in the false tile.
func (t lyingTrace) Carries(tensor, tile int, after []int) ([][]uint32, error) {
	out, err := t.Trace.Carries(tensor, tile, after)
	place := tensor - t.book.program.Intermediate()
	if err != nil || place < 0 || after[len(after)-1] != t.book.program.Chunks(tensor, tile) {
		return out, err
	}
	opening, err := t.book.after.Open(trace.Operand{Source: trace.After, Tensor: place, Tile: tile})
	out[len(out)-1] = opening.Words
	return out, err
}
