package grad

import (
	"fmt"
	"math"

	"ayni.example/tensor"
)

// Config says how parameters are updated. All fields count as given; start from DefaultConfig.
type Config struct {
	Beta1, Beta2 float64 // decay of the moments
	Eps          float64 // beside the root of the second moment
	Decay        float64 // weight decay of matrices other than the embedding; 0 for none
	MaxNorm      float64 // bound on the global norm of the mean gradient; +Inf for none
	MicroTokens  int     // tokens computed together, for speed and memory only
}

// DefaultConfig is the usual choice for small language models.
func DefaultConfig() Config {
	return Config{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, MaxNorm: 1, MicroTokens: 1024}
}

// Validate reports the first value that cannot be trained with.
func (c Config) Validate() error {
	switch {
	case !(c.Beta1 >= 0 && c.Beta1 < 1 && c.Beta2 >= 0 && c.Beta2 < 1):
		return fmt.Errorf("trainer: betas %v and %v are out of range (0 to below 1)", c.Beta1, c.Beta2)
	case !(c.Eps > 0 && c.Eps < 1):
		return fmt.Errorf("trainer: eps %v is out of range (above 0, below 1)", c.Eps)
	case !(c.Decay >= 0 && c.Decay <= 10):
		return fmt.Errorf("trainer: decay %v is out of range (0 to 10)", c.Decay)
	case !(c.MaxNorm > 0):
		return fmt.Errorf("trainer: the bound on the norm is %v, want more than 0", c.MaxNorm)
	case c.MicroTokens < 1 || c.MicroTokens > 1<<20:
		return fmt.Errorf("trainer: %d tokens together, want 1 to %d", c.MicroTokens, 1<<20)
	}
	return nil
}

// Trainer updates a model. It is not safe for concurrent use; the pool only speeds it up.
type Trainer struct {
	model  *Model
	lora   *adapters // of the model when the trainer was made
	params []*Param  // trainable
	pool   *tensor.Pool
	cfg    Config
	state  State
	back   back

	loss    float64 // summed since the last Apply
	targets int
}

// State is what a checkpoint needs besides the parameters' Data. It is valid between Apply and the
// next Accumulate.
type State struct {
	Step   uint64      // updates made
	First  [][]float32 // first moments of the trainable parameters, in the order of Params
	Second [][]float32
}

// NewTrainer prepares buffers for a model; adapters must have been added before.
func NewTrainer(m *Model, pool *tensor.Pool, cfg Config) (*Trainer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	t := &Trainer{model: m, lora: m.lora, params: m.trainable(), pool: pool, cfg: cfg}
	layers := make([]saved, m.shape.Layers)
	t.back = back{
		pass: &pass{m: m, pool: pool, layers: layers}, g: newGradients(m), alone: tensor.NewPool(1),
	}
	for _, g := range t.back.g.list {
		t.state.First = append(t.state.First, make([]float32, len(g)))
		t.state.Second = append(t.state.Second, make([]float32, len(g)))
	}
	return t, nil
}

// Accumulate adds the gradients of some sequences and returns the summed loss, in nats, of all
// sequences since the last Apply. A sequence of n tokens predicts its last n-1. After an error the
// sums are those of the sequences before.
func (t *Trainer) Accumulate(sequences [][]int32) (float64, error) {
	if t.model.lora != t.lora {
		return t.loss, fmt.Errorf("accumulate: adapters were added or merged since the trainer was made; make a new one")
	}
	for i, s := range sequences {
		if err := t.model.shape.check(s); err != nil {
			return t.loss, fmt.Errorf("accumulate: sequence %d: %w", i, err)
		}
	}
	for _, group := range t.groups(sequences) {
		if err := t.back.set(group); err != nil {
			return t.loss, fmt.Errorf("accumulate: %w", err)
		}
		t.back.forward()
		t.loss = t.back.run(t.loss)
		t.targets += len(t.back.targets)
	}
	if t.loss-t.loss != 0 {
		return t.loss, fmt.Errorf("accumulate: %w", ErrNotFinite)
	}
	return t.loss, nil
}

// groups cuts a list of sequences into runs of about MicroTokens.
func (t *Trainer) groups(sequences [][]int32) [][][]int32 {
	var groups [][][]int32
	from, tokens := 0, 0
	for i, s := range sequences {
		if tokens > 0 && tokens+len(s)-1 > t.cfg.MicroTokens {
			groups = append(groups, sequences[from:i])
			from, tokens = i, 0
		}
		tokens += len(s) - 1
	}
	if tokens > 0 {
		groups = append(groups, sequences[from:])
	}
	return groups
}

// Targets is the number of predicted tokens since the last Apply.
func (t *Trainer) Targets() int { return t.targets }

// Loss is the summed loss of sequences, in nats; it changes nothing.
func (t *Trainer) Loss(sequences [][]int32) (float64, error) {
	p := &pass{m: t.model, pool: t.pool, layers: make([]saved, 1)}
	sum := 0.0
	for _, group := range t.groups(sequences) {
		if err := p.set(group); err != nil {
			return 0, fmt.Errorf("loss: %w", err)
		}
		p.forward()
		sum = p.crossEntropy(sum, nil, nil)
	}
	if sum-sum != 0 {
		return 0, fmt.Errorf("loss: %w", ErrNotFinite)
	}
	return sum, nil
}

// Apply updates the trainable parameters with the mean gradient over all targets since the last
// Apply and returns its global norm before clipping. A gradient that is not finite is an error
// and changes nothing but the sums, which start anew.
func (t *Trainer) Apply(rate float64) (float64, error) {
	if t.targets == 0 {
		return 0, fmt.Errorf("apply: nothing was accumulated")
	}
	if !(rate >= 0 && rate <= 1) {
		return 0, fmt.Errorf("apply: the rate %v is out of range (0 to 1)", rate)
	}
	norm := t.norm() / float64(t.targets)
	finite := norm-norm == 0
	if finite {
		t.update(rate, norm)
	}
	t.back.g.reset()
	t.loss, t.targets = 0, 0
	if !finite {
		return norm, fmt.Errorf("apply: %w", ErrNotFinite)
	}
	return norm, nil
}

// norm is the root of the squares of all gradients: a Dot for each row of a parameter, then a float64 sum
// in the order of Params.
func (t *Trainer) norm() float64 {
	g := t.back.g
	g.finish(t.model)
	sum := 0.0
	for i, p := range t.params {
		squares := make([]float32, p.Rows)
		t.pool.Run(p.Rows, p.Cols, func(r int) {
			x := row(g.list[i], r, p.Cols)
			squares[r] = tensor.Dot(x, x)
		})
		for _, v := range squares {
			sum += float64(v)
		}
	}
	return math.Sqrt(sum)
}

func (t *Trainer) update(rate, norm float64) {
	t.state.Step++
	step := tensor.AdamW{
		Rate: rate, Beta1: t.cfg.Beta1, Beta2: t.cfg.Beta2, Eps: t.cfg.Eps, Step: int(t.state.Step),
		Scale: float32(min(1, t.cfg.MaxNorm/norm) / float64(t.targets)),
	}
	const block = 1 << 13
	for i, p := range t.params {
		step.Decay = 0
		if p.Decay {
			step.Decay = t.cfg.Decay
		}
		g, m, v := t.back.g.list[i], t.state.First[i], t.state.Second[i]
		t.pool.Run((len(g)+block-1)/block, 8*block, func(b int) {
			lo, hi := b*block, min((b+1)*block, len(g))
			step.Apply(p.Data[lo:hi], g[lo:hi], m[lo:hi], v[lo:hi])
		})
	}
}

// State returns the live moments: copy or write them before the next Apply.
func (t *Trainer) State() State { return t.state }

// SetState continues from a checkpoint; the model's Data must be set too.
func (t *Trainer) SetState(s State) error {
	for i, m := range t.state.First {
		if i >= len(s.First) || i >= len(s.Second) || len(s.First[i]) != len(m) || len(s.Second[i]) != len(m) {
			return fmt.Errorf("set state: moments %d do not fit the model", i)
		}
	}
	if len(s.First) != len(t.state.First) || len(s.Second) != len(t.state.Second) || s.Step > math.MaxInt32 {
		return fmt.Errorf("set state: %d and %d moments at step %d do not fit the model", len(s.First), len(s.Second), s.Step)
	}
	for i := range s.First {
		copy(t.state.First[i], s.First[i])
		copy(t.state.Second[i], s.Second[i])
	}
	t.state.Step = s.Step
	return nil
}
