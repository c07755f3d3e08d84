package sample

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"ayni.example/tensor"
)

// ErrNotFinite says that the model produced NaN or infinity: broken weights, not bad input.
var ErrNotFinite = errors.New("logits are not finite (the weights of this model are damaged)")

// ErrNoToken says that no token of the model may follow.
var ErrNoToken = errors.New("no token of this model can follow (the grammar does not suit its vocabulary)")

// Window is how many of the last tokens, prompt included, RepeatPenalty looks at.
const Window = 64

// Config is a sampling recipe. The zero value is greedy.
type Config struct {
	Temperature float32 // 0 takes the largest logit
	TopK        int     // keep the k likeliest; 0 keeps all
	TopP        float32 // keep the likeliest whose probabilities reach p; 0 or 1 keeps all
	MinP        float32 // drop tokens less likely than MinP times the likeliest; 0 keeps all

	RepeatPenalty    float32 // divides positive and multiplies negative logits of recent tokens; 0 or 1 is off
	FrequencyPenalty float32 // subtracted for each time that a token was generated
	PresencePenalty  float32 // subtracted once for a token that was generated

	Seed uint64
}

// Validate names the first value that is out of range.
func (c Config) Validate() error {
	checks := []struct {
		name     string
		v        float32
		low, top float32
	}{
		{"temperature", c.Temperature, 0, 100},
		{"top_p", c.TopP, 0, 1},
		{"min_p", c.MinP, 0, 1},
		{"repeat_penalty", c.RepeatPenalty, 0, 100},
		{"frequency_penalty", c.FrequencyPenalty, -100, 100},
		{"presence_penalty", c.PresencePenalty, -100, 100},
	}
	for _, k := range checks {
		if !(k.v >= k.low && k.v <= k.top) { // also refuses NaN
			return fmt.Errorf("%s is %v, want %v to %v", k.name, k.v, k.low, k.top)
		}
	}
	if c.Temperature > 0 && c.Temperature < 1e-3 {
		return fmt.Errorf("temperature is %v, want 0 or at least 0.001", c.Temperature)
	}
	return nil
}

// Sampler chooses tokens for one sequence. It is not safe for concurrent use.
type Sampler struct {
	cfg       Config
	recent    []int32 // the last Window tokens
	generated map[int32]int
	position  uint64

	constraint Constraint
	cand, kept []candidate // scratch, as what follows
	found, ids []int32
	heap, tops []float32
	sums       []float64
}

type candidate struct {
	id int32   // token, or index in a row of those allowed
	z  float32 // logit / temperature
}

// New starts a sampler after a prompt.
func New(cfg Config, prompt []int32) (*Sampler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("sampling: %w", err)
	}
	s := &Sampler{cfg: cfg, generated: make(map[int32]int), position: uint64(len(prompt))}
	s.recent = append(s.recent, prompt[max(0, len(prompt)-Window):]...)
	return s, nil
}

// Constraint says which tokens may follow, as a grammar does.
type Constraint interface {
	// Allowed has bit id%64 of word id/64 for each token that may follow.
	Allowed() ([]uint64, error)
	// Accept takes the token that was chosen.
	Accept(id int32) error
}

// Constrain lets Next choose only what a constraint allows.
func (s *Sampler) Constrain(c Constraint) { s.constraint = c }

// Next chooses the token that follows and takes it into the history. It may change logits.
func (s *Sampler) Next(logits []float32) (int32, error) {
	if !tensor.Finite(logits) {
		return 0, ErrNotFinite
	}
	s.penalise(logits)
	ids, err := s.allowed(len(logits))
	if err != nil {
		return 0, err
	}
	if ids != nil {
		for i, id := range ids {
			logits[i] = logits[id] // ids ascend and id >= i
		}
		logits = logits[:len(ids)]
	}
	var id int32
	switch {
	case s.cfg.Temperature > 0:
		id = s.draw(logits, ids)
	case ids != nil:
		id = ids[argmax(logits)]
	default:
		id = argmax(logits)
	}
	if s.constraint != nil {
		if err := s.constraint.Accept(id); err != nil {
			return 0, fmt.Errorf("constraint: %w", err)
		}
	}
	s.Accept(id)
	return id, nil
}

// allowed lists the tokens that may follow, ascending; nil is all.
func (s *Sampler) allowed(vocab int) ([]int32, error) {
	if s.constraint == nil {
		return nil, nil
	}
	mask, err := s.constraint.Allowed()
	if err != nil {
		return nil, fmt.Errorf("constraint: %w", err)
	}
	s.ids = s.ids[:0]
	for i, word := range mask {
		for ; word != 0; word &= word - 1 {
			if id := 64*i + bits.TrailingZeros64(word); id < vocab {
				s.ids = append(s.ids, int32(id))
			}
		}
	}
	if len(s.ids) == 0 {
		return nil, ErrNoToken
	}
	return s.ids, nil
}

// Accept takes a token into the history as if Next had chosen it.
func (s *Sampler) Accept(id int32) {
	s.position++
	s.generated[id]++
	if len(s.recent) == Window {
		s.recent = append(s.recent[:0], s.recent[1:]...)
	}
	s.recent = append(s.recent, id)
}

func (s *Sampler) penalise(logits []float32) {
	if p := s.cfg.RepeatPenalty; p != 0 && p != 1 {
		for i, id := range s.recent {
			if int(id) >= len(logits) || id < 0 || slices.Contains(s.recent[:i], id) {
				continue
			}
			if logits[id] > 0 {
				logits[id] /= p
			} else {
				logits[id] = float32(logits[id] * p)
			}
		}
	}
	if s.cfg.FrequencyPenalty == 0 && s.cfg.PresencePenalty == 0 {
		return
	}
	for id, n := range s.generated { // each id is changed once, so the order does not matter
		if int(id) < len(logits) {
			logits[id] -= float32(float32(n)*s.cfg.FrequencyPenalty) + s.cfg.PresencePenalty
		}
	}
}

// argmax is the first of the largest.
func argmax(x []float32) int32 {
	most := tensor.Max(x)
	for i, v := range x {
		if v == most {
			return int32(i)
		}
	}
	return 0
}

// draw takes the largest sum of a filtered logit and its noise.
func (s *Sampler) draw(logits []float32, ids []int32) int32 {
	cand := s.filter(logits)
	if ids != nil {
		for i := range cand {
			cand[i].id = ids[cand[i].id]
		}
	}
	noise := NewNoise(s.cfg.Seed, s.position)
	// Most tokens cannot reach the score of the likeliest, whatever their noise: bound before hashing, and before the
	// logarithms. The result is that of computing every score.
	top := cand[0]
	for _, c := range cand {
		if c.z > top.z {
			top = c
		}
	}
	best, most := top.id, float64(top.z)+noise.At(top.id)
	for _, c := range cand {
		if float64(c.z)+mostNoise < most || float64(c.z)+noise.bound(c.id) < most {
			continue
		}
		score := float64(c.z) + noise.At(c.id)
		if score > most || (score == most && c.id < best) {
			best, most = c.id, score
		}
	}
	return best
}
