package llama

import (
	"context"

	"ayni.example/tensor"
)

// State is one sequence: its key-value cache, position and scratch memory. It is not safe
// for concurrent use.
type State struct {
	m        *Model
	capacity int // bound on tokens
	room     int // tokens that the cache holds now
	pos      int
	keys     [][]float32 // by layer, [position][kvWidth]
	values   [][]float32

	in                          tensor.Input
	x, h, q, att, gate, up, sum []float32
	sin, cos, scores, logits    []float32
}

// StateBytes is the memory that NewState takes for a capacity in tokens.
func (m *Model) StateBytes(capacity int) uint64 {
	s := &m.shape
	chunk := uint64(min(m.chunk, capacity))
	cache := 2 * uint64(s.layers) * uint64(capacity) * uint64(s.kvWidth())
	scratch := chunk * uint64(3*s.width+2*s.qWidth()+2*s.inner+s.rotary)
	quantised := 2 * chunk * uint64(max(s.width, s.qWidth(), s.inner))
	return 4 * (cache + scratch + quantised + uint64(s.heads)*uint64(capacity) + uint64(s.vocab))
}

// firstRoom is the cache, in tokens, that a state starts with; it doubles as it fills, so
// that a short answer to a request without a limit stays cheap.
const firstRoom = 128

// NewState starts a sequence of at most capacity tokens.
func (m *Model) NewState(capacity int) (*State, error) {
	if capacity < 1 || capacity > m.ContextLength {
		return nil, &ContextError{Tokens: capacity, Limit: m.ContextLength}
	}
	if need := m.StateBytes(capacity); m.maxState > 0 && need > m.maxState {
		return nil, &MemoryError{Need: need, Limit: m.maxState}
	}
	s, n := &m.shape, min(m.chunk, capacity)
	row := func(width int) []float32 { return make([]float32, n*width) }
	st := &State{
		m: m, capacity: capacity,
		x: row(s.width), h: row(s.width), sum: row(s.width),
		q: row(s.qWidth()), att: row(s.qWidth()),
		gate: row(s.inner), up: row(s.inner),
		sin: row(s.rotary / 2), cos: row(s.rotary / 2),
		logits: make([]float32, s.vocab),
		keys:   make([][]float32, s.layers),
		values: make([][]float32, s.layers),
	}
	return st, nil
}

// reserve makes room for a number of tokens, which is at most the capacity.
func (s *State) reserve(tokens int) {
	if tokens <= s.room {
		return
	}
	s.room = min(s.capacity, max(firstRoom, 2*s.room, tokens))
	size := s.room * s.m.shape.kvWidth()
	for i := range s.keys {
		keys, values := make([]float32, size), make([]float32, size)
		copy(keys, s.keys[i])
		copy(values, s.values[i])
		s.keys[i], s.values[i] = keys, values
	}
	s.scores = make([]float32, s.m.shape.heads*s.room)
}

// Pos is the number of tokens in the sequence.
func (s *State) Pos() int { return s.pos }

// Prefill appends tokens and returns the logits after the last one. The slice is valid until
// the next call. After an error the state must not be used again.
func (s *State) Prefill(ctx context.Context, tokens []int32) ([]float32, error) {
	err := s.run(ctx, tokens, nil)
	return s.logits, err
}

// Decode appends one token and returns the logits after it, as Prefill does.
func (s *State) Decode(ctx context.Context, id int32) ([]float32, error) {
	return s.Prefill(ctx, []int32{id})
}

// run appends tokens chunk by chunk. With each, it is called for every position with the
// final hidden state; otherwise only the last position's logits are computed.
func (s *State) run(ctx context.Context, tokens []int32, each func(i int, hidden []float32) error) error {
	if len(tokens) == 0 {
		return ErrEmptyPrompt
	}
	if s.pos+len(tokens) > s.capacity {
		return &ContextError{Tokens: s.pos + len(tokens), Limit: s.capacity}
	}
	for _, id := range tokens {
		if id < 0 || int(id) >= s.m.shape.vocab {
			return &TokenError{ID: id, Vocab: s.m.shape.vocab}
		}
	}
	width := s.m.shape.width
	for at := 0; at < len(tokens); at += s.m.chunk {
		chunk := tokens[at:min(at+s.m.chunk, len(tokens))]
		s.reserve(s.pos + len(chunk))
		if err := s.forward(ctx, chunk); err != nil {
			return err
		}
		if each == nil {
			continue
		}
		for i := range chunk {
			if err := each(at+i, s.hidden(i*width)); err != nil {
				return err
			}
		}
	}
	if each == nil {
		last := (len(tokens) - 1) % s.m.chunk
		s.project(s.hidden(last * width))
	}
	return nil
}

// hidden is the final normalised hidden state of the row that starts at an offset.
func (s *State) hidden(at int) []float32 {
	width := s.m.shape.width
	row := s.h[at : at+width]
	tensor.RMSNorm(row, s.x[at:at+width], s.m.norm, s.m.shape.eps)
	return row
}

// project computes the logits of a hidden state.
func (s *State) project(hidden []float32) {
	s.in.Set(hidden, 1, len(hidden))
	s.m.output.Mul(s.m.pool, s.logits, &s.in)
}
