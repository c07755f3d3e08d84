package referee

import (
	"fmt"
	"sync"

	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
	"ayni.example/x/referee"
)

// Stepper makes all tensors of the step that follows a state, as train.Plan does.
type Stepper interface {
	Step(step uint64, before *record.State) (*record.Trace, error)
}

// Book is what this machine knows of a claim.
type Book interface {
	referee.Book
	// Open shows a tile of the state before the claim.
	Open(o trace.Operand) (trace.Opening, error)
}

// Computed is a book that is computed as it is asked for. It keeps the roots of all states and the last step's tensors alone, and
// begins again from the state before the claim where an earlier step is asked for.
type Computed struct {
	plan   Stepper
	before *record.State
	from   uint64

	mu    sync.Mutex
	roots []trace.Hash  // of the states from the claim's first step on
	last  *record.Trace // of step at; nil: none yet
	at    uint64
}

var _ Book = (*Computed)(nil)

// Compute begins a book at a step.
func Compute(plan Stepper, before *record.State, from uint64) *Computed {
	return &Computed{plan: plan, before: before, from: from, roots: []trace.Hash{before.Root()}}
}

// StateRoot is that of the state before a step.
func (b *Computed) StateRoot(step uint64) (trace.Hash, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if step < b.from {
		return trace.Hash{}, fmt.Errorf("state before step %d: the book begins at step %d", step, b.from)
	}
	if at := step - b.from; at < uint64(len(b.roots)) {
		return b.roots[at], nil
	}
	if err := b.reach(step - 1); err != nil {
		return trace.Hash{}, err
	}
	return b.roots[step-b.from], nil
}

// Trace is all of one step.
func (b *Computed) Trace(step uint64) (referee.Trace, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if step < b.from {
		return nil, fmt.Errorf("trace of step %d: the book begins at step %d", step, b.from)
	}
	if err := b.reach(step); err != nil {
		return nil, err
	}
	return b.last, nil
}

// Open shows a tile of the state before the claim.
func (b *Computed) Open(o trace.Operand) (trace.Opening, error) { return b.before.Open(o) }

// reach computes up to a step.
func (b *Computed) reach(step uint64) error {
	if b.last != nil && b.at > step {
		b.last = nil
	}
	for b.last == nil || b.at < step {
		next, before := b.from, b.before
		if b.last != nil {
			next, before = b.at+1, b.last.After()
		}
		made, err := b.plan.Step(next, before)
		if err != nil {
			return fmt.Errorf("compute step %d again: %w", next, err)
		}
		b.last, b.at = made, next
		if n := next + 1 - b.from; n == uint64(len(b.roots)) {
			b.roots = append(b.roots, made.After().Root())
		}
	}
	return nil
}
