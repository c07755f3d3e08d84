package llama

import "context"

// State is one sequence: its key-value cache, position and scratch memory. It is not safe
// for concurrent use.
type State struct {
	m        *Model
	capacity int // bound on tokens
	seq      sequence
	pass     *pass
}

// StateBytes is the memory that NewState takes for a capacity in tokens.
func (m *Model) StateBytes(capacity int) uint64 {
	return m.pageBytes(capacity) + m.passBytes(min(m.chunk, capacity), capacity)
}

// pageBytes is the memory of the cache of a number of tokens.
func (m *Model) pageBytes(tokens int) uint64 {
	return 4 * uint64(pagesFor(tokens)) * uint64(m.shape.pageSize())
}

// NewState starts a sequence of at most capacity tokens.
func (m *Model) NewState(capacity int) (*State, error) {
	return m.newState(capacity, m.chunk)
}

// newState is NewState with another number of tokens that are computed together.
func (m *Model) newState(capacity, chunk int) (*State, error) {
	if capacity < 1 || capacity > m.ContextLength {
		return nil, &ContextError{Tokens: capacity, Limit: m.ContextLength}
	}
	chunk = min(chunk, capacity)
	if need := m.pageBytes(capacity) + m.passBytes(chunk, capacity); m.maxState > 0 && need > m.maxState {
		return nil, &MemoryError{Need: need, Limit: m.maxState}
	}
	return &State{m: m, capacity: capacity, pass: m.newPass(chunk)}, nil
}

// Pos is the number of tokens in the sequence.
func (s *State) Pos() int { return s.seq.pos }

// Prefill appends tokens and returns the logits after the last one. The slice is valid until
// the next call. After an error the state must not be used again.
func (s *State) Prefill(ctx context.Context, tokens []int32) ([]float32, error) {
	var logits []float32
	err := s.run(ctx, tokens, len(tokens)-1, func(int, int) error {
		logits = s.pass.project(0, 1)
		return nil
	})
	return logits, err
}

// Decode appends one token and returns the logits after it, as Prefill does.
func (s *State) Decode(ctx context.Context, id int32) ([]float32, error) {
	return s.Prefill(ctx, []int32{id})
}

// run appends tokens chunk by chunk. Those from the given index on are wanted: after a chunk that has some, take is
// called with the index of the first and their number, which are the first rows of the pass.
func (s *State) run(ctx context.Context, tokens []int32, from int, take func(at, n int) error) error {
	if err := s.m.check(tokens); err != nil {
		return err
	}
	if s.seq.pos+len(tokens) > s.capacity {
		return &ContextError{Tokens: s.seq.pos + len(tokens), Limit: s.capacity}
	}
	for at := 0; at < len(tokens); at += s.pass.limit {
		chunk := tokens[at:min(at+s.pass.limit, len(tokens))]
		want := min(len(chunk), max(0, at+len(chunk)-from))
		if err := s.pass.run(ctx, []span{{seq: &s.seq, tokens: chunk, want: want}}); err != nil {
			return err
		}
		if want == 0 {
			continue
		}
		if err := take(at+len(chunk)-want, want); err != nil {
			return err
		}
	}
	return nil
}

// check refuses tokens that the model does not have.
func (m *Model) check(tokens []int32) error {
	if len(tokens) == 0 {
		return ErrEmptyPrompt
	}
	for _, id := range tokens {
		if id < 0 || int(id) >= m.shape.vocab {
			return &TokenError{ID: id, Vocab: m.shape.vocab}
		}
	}
	return nil
}
