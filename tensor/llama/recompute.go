package llama

import (
	"context"
	"errors"
	"fmt"
)

// Guess foretells how an answer goes on after the tokens chosen so far; nil is no idea.
type Guess func(chosen []int32) []int32

// Work is what a recomputation took.
type Work struct {
	Passes int // over the model
	Rows   int // tokens that were run, those that were foretold wrongly included
}

// What ends a pass before its last row: the answer is complete, or the choice is not the one that was foretold.
var (
	errDone   = errors.New("done")
	errMissed = errors.New("missed")
)

// Recompute is Generate for who expects an answer: tokens that were foretold are computed together, in one pass when the
// guess is right, which takes a part of the time. A wrong guess costs time and changes nothing: every token is chosen from
// the same bits as ever.
func (m *Model) Recompute(ctx context.Context, prompt []int32, opt Options, guess Guess, emit func(Token) error) (Result, Work, error) {
	out := answer{result: Result{PromptTokens: len(prompt)}, emit: emit}
	g, err := m.prepare(prompt, opt)
	if err != nil {
		return out.result, Work{}, fmt.Errorf("recompute: %w", err)
	}
	state, err := m.newState(g.capacity(len(prompt)), max(m.chunk, scoreChunk))
	if err != nil {
		return out.result, Work{}, fmt.Errorf("recompute: %w", err)
	}
	r := recomputation{g: g, state: state, guess: guess, out: &out, ahead: m.ContextLength}
	for pending := prompt; err == nil && g.finish == ""; {
		pending, err = r.pass(ctx, pending)
	}
	if err != nil {
		return out.end(FinishCancelled), r.work, fmt.Errorf("recompute: %w", err)
	}
	return out.end(g.finish), r.work, nil
}

type recomputation struct {
	g      *generation
	state  *State
	guess  Guess
	out    *answer
	chosen []int32
	ahead  int // tokens that are foretold at once at most
	work   Work
}

// leastAhead is how many tokens are foretold after a miss; what comes true doubles it.
const leastAhead = 16

// pass runs what is pending and what is foretold, up to the first choice that differs. That choice is pending then.
func (r *recomputation) pass(ctx context.Context, pending []int32) ([]int32, error) {
	base := r.state.seq.pos
	tokens := append([]int32{}, pending...)
	foretold := r.guess(r.chosen)
	room := min(r.state.capacity-base-len(pending), r.ahead)
	tokens = append(tokens, foretold[:max(0, min(len(foretold), room))]...)
	if r.g.m.check(tokens) != nil {
		tokens = tokens[:len(pending)] // a guess of tokens that the model does not have
	}
	var next []int32
	from, kept := len(pending)-1, 0
	err := r.state.logits(ctx, tokens, from, func(i int, logits []float32) error {
		t, silent, err := r.g.next(logits)
		if err == nil && !silent {
			err = r.out.add(t)
		}
		if err != nil {
			return err
		}
		if r.g.finish != "" {
			return errDone
		}
		r.chosen = append(r.chosen, t.ID)
		if i+1 < len(tokens) && tokens[i+1] == t.ID {
			return nil
		}
		next, kept, r.ahead = []int32{t.ID}, i+1, max(leastAhead, 2*(i-from))
		return errMissed
	})
	r.work.Passes++
	r.work.Rows += r.state.seq.pos - base
	if errors.Is(err, errMissed) {
		r.state.seq.pos = base + kept // what follows was foretold wrongly, and will be overwritten
		return next, nil
	}
	if errors.Is(err, errDone) {
		return nil, nil
	}
	return nil, err
}
