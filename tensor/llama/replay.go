package llama

import (
	"context"
	"errors"
	"fmt"
)

// Replayed is the outcome of a Replay.
type Replayed struct {
	Match int   // completion tokens that are what the model chooses, from the first
	Next  int32 // what the model chooses after them; NoToken when the context is full
}

// errDone ends a replay at the first choice that the completion does not have.
var errDone = errors.New("replay done")

// Replay recomputes every choice of a completion in one pass over prompt and completion.
// A completion that ended with an end token matches whole, and Next is that end token.
func (m *Model) Replay(ctx context.Context, prompt, completion []int32, opt Options) (Replayed, error) {
	r := Replayed{Next: NoToken}
	if len(prompt) == 0 {
		return r, fmt.Errorf("replay: %w", ErrEmptyPrompt)
	}
	chooser, err := m.chooser(prompt, opt)
	if err != nil {
		return r, fmt.Errorf("replay: %w", err)
	}
	all := append(append([]int32{}, prompt...), completion...)
	s, err := m.newState(len(all), max(m.chunk, scoreChunk))
	if err != nil {
		return r, fmt.Errorf("replay: %w", err)
	}
	err = s.logits(ctx, all, len(prompt)-1, func(i int, logits []float32) error {
		if i == m.ContextLength-1 {
			return nil
		}
		next, err := chooser.next(logits)
		if err != nil {
			return err
		}
		if i+1 == len(all) || all[i+1] != next {
			r.Next = next
			return errDone
		}
		r.Match++
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return r, fmt.Errorf("replay: %w", err)
	}
	return r, nil
}
