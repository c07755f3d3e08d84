package llama

import "ayni.example/tensor"

// maxAhead is how many tokens of an answer may wait for a caller that is slow to emit.
const maxAhead = 4

// job is one request of a Batch. The mutex of the Batch guards it, except what a step under way computes.
type job struct {
	gen      *generation // nil for an embedding
	sum      []float32   // embedding
	seq      sequence
	capacity int
	bytes    uint64
	prompt   bool    // some of the prompt is pending
	pending  []int32 // tokens that are not in the cache yet: of the prompt, or the one chosen last

	events []Token // for the caller
	done   bool    // nothing follows
	err    error

	stepping bool // a step computes it
	gone     bool // its caller has left
	asleep   bool // its caller waits for wake
	wake     chan struct{}

	chosen Token // by the step under way
	silent bool
}

func newJob(prompt []int32, capacity int) *job {
	return &job{prompt: true, pending: prompt, capacity: capacity, wake: make(chan struct{}, 1)}
}

func (j *job) ready() bool {
	return !j.done && !j.gone && len(j.pending) > 0 && len(j.events) < maxAhead
}

func (j *job) rouse() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// choose takes the logits after the last pending token.
func (j *job) choose(logits []float32) { j.chosen, j.silent, j.err = j.gen.next(logits) }

// embed adds the hidden states of the next n tokens, which are in the pass from a row on.
func (j *job) embed(p *pass, row, n int) {
	for i := range n {
		tensor.Add(j.sum, p.hidden(row+i))
	}
}

// advance ends a step that ran the first n pending tokens.
func (j *job) advance(n int) {
	j.stepping = false
	j.pending = j.pending[n:]
	if len(j.pending) > 0 && j.err == nil {
		return
	}
	if j.prompt = false; j.gen == nil || j.err != nil {
		j.done = true
		return
	}
	if !j.silent {
		j.events = append(j.events, j.chosen)
	}
	if j.gen.finish != "" {
		j.done = true
		return
	}
	j.pending = []int32{j.chosen.ID}
}
