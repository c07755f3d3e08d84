package llama

import (
	"slices"

	"ayni.example/tensor"
)

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
	tokens   []int32 // whole text so far, pending ones included
	pending  []int32 // tokens that are not in the cache yet: of the prompt, or the one chosen last

	key    prefixKey // of its last full page
	full   int       // pages that have a key
	cached int       // prompt tokens whose pages were found

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
	tokens := slices.Clone(prompt)
	return &job{prompt: true, tokens: tokens, pending: tokens, capacity: capacity, wake: make(chan struct{}, 1)}
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

// portion is how many pending tokens a step takes when it may take most. Pieces of a long prompt end with a page, so that
// its next page is looked up.
func (j *job) portion(most int) int {
	if most >= len(j.pending) {
		return len(j.pending)
	}
	if rest := (j.seq.pos + most) % pageTokens; rest < most {
		most -= rest
	}
	return most
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
	j.tokens = append(j.tokens, j.chosen.ID)
	j.pending = j.tokens[len(j.tokens)-1:]
}

// adopt takes pages of the prompt that are known already, and says how many tokens they hold. At least one token is left to run: the answer needs its logits.
func (j *job) adopt(known *prefixes) (tokens int) {
	if j.gen == nil || j.seq.pos%pageTokens != 0 {
		return 0
	}
	found := 0
	for ; len(j.pending) > pageTokens; found++ {
		key := j.key.next(j.pending[:pageTokens])
		p := known.find(key)
		if p == nil {
			break
		}
		j.seq.pages = append(j.seq.pages, p)
		j.seq.pos += pageTokens
		j.pending, j.key = j.pending[pageTokens:], key
	}
	if found > 0 {
		known.touch(j.key)
		j.full, j.cached = j.full+found, j.cached+found*pageTokens
	}
	return found * pageTokens
}

// publish gives the pages that are full now to others.
func (j *job) publish(known *prefixes) {
	if j.gen == nil || j.err != nil {
		return
	}
	for ; (j.full+1)*pageTokens <= j.seq.pos; j.full++ {
		parent := j.key
		j.key = parent.next(j.tokens[j.full*pageTokens : (j.full+1)*pageTokens])
		known.put(j.key, parent, j.seq.pages[j.full])
	}
}
