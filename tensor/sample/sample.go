package sample

import (
	"errors"
	"fmt"
	"slices"

	"ayni.example/tensor"
)

// ErrNotFinite says that the model produced NaN or infinity: broken weights, not bad input.
var ErrNotFinite = errors.New("logits are not finite (the weights of this model are damaged)")

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
	cand      []candidate
}

type candidate struct {
	id int32
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

// Next chooses the token that follows and takes it into the history. It may change logits.
func (s *Sampler) Next(logits []float32) (int32, error) {
	if !tensor.Finite(logits) {
		return 0, ErrNotFinite
	}
	s.penalise(logits)
	var id int32
	if s.cfg.Temperature == 0 {
		id = argmax(logits)
	} else {
		id = s.draw(logits)
	}
	s.Accept(id)
	return id, nil
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

func argmax(x []float32) int32 {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return int32(best)
}

func (s *Sampler) draw(logits []float32) int32 {
	s.cand = s.cand[:0]
	for i, v := range logits {
		s.cand = append(s.cand, candidate{int32(i), v / s.cfg.Temperature})
	}
	cand := filter(s.cand, s.cfg)
	noise := NewNoise(s.cfg.Seed, s.position)
	// Most tokens cannot reach the score of the likeliest, whatever their noise: bound before
	// the logarithms. The result is that of computing every score.
	top := cand[0]
	for _, c := range cand {
		if c.z > top.z {
			top = c
		}
	}
	floor := float64(top.z) + noise.At(top.id)
	best, most := top.id, floor
	for _, c := range cand {
		if float64(c.z)+noise.bound(c.id) < floor {
			continue
		}
		score := float64(c.z) + noise.At(c.id)
		if score > most || (score == most && c.id < best) {
			best, most = c.id, score
		}
	}
	return best
}
