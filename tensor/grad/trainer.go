package grad

import (
	"fmt"
	"math"

	"ayni.example/tensor"
)

// Config says how parameters are updated. The zero value of a field takes that of DefaultConfig.
type Config struct {
	Beta1, Beta2 float32 // decay of the moments
	Eps          float32 // beside the root of the second moment
	Decay        float32 // weight decay, on matrices other than the embedding
	MaxNorm      float32 // bound on the global norm of the mean gradient; +Inf for none
	MicroTokens  int     // tokens computed together, for speed and memory only
}

// DefaultConfig is the usual choice for small language models.
func DefaultConfig() Config {
	return Config{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8, Decay: 0.1, MaxNorm: 1, MicroTokens: 1024}
}

// Trainer updates a model. It is not safe for concurrent use; the pool only speeds it up.
type Trainer struct {
	model *Model
	pool  *tensor.Pool
	cfg   Config
	state State

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
	t := &Trainer{model: m, pool: pool, cfg: cfg}
	return t, nil
}

// Accumulate adds the gradients of some sequences and returns the summed loss, in nats, of all
// sequences since the last Apply. A sequence of n tokens predicts its last n-1.
func (t *Trainer) Accumulate(sequences [][]int32) (float64, error) {
	return 0, fmt.Errorf("accumulate: not there yet")
}

// Targets is the number of predicted tokens since the last Apply.
func (t *Trainer) Targets() int { return t.targets }

// Apply updates the trainable parameters with the mean gradient over all targets since the last
// Apply and returns its global norm before clipping. A gradient that is not finite is an error
// and changes nothing.
func (t *Trainer) Apply(rate float32) (float32, error) {
	return 0, fmt.Errorf("apply: not there yet")
}

// State returns the live moments: copy or write them before the next Apply.
func (t *Trainer) State() State { return t.state }

// SetState continues from a checkpoint; the model's Data must be set too.
func (t *Trainer) SetState(s State) error { return fmt.Errorf("set state: not there yet") }

// inverseRoot is 1/sqrt(n), rounded twice.
func inverseRoot(n int) float64 { return 1 / math.Sqrt(float64(n)) }
