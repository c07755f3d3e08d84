package llama

import "context"

// share is the part of a job in a step: the first n of its pending tokens.
type share struct {
	j *job
	n int
}

// whole says whether the step runs all that is pending, so that a token is chosen after it.
func (s share) whole() bool { return s.n == len(s.j.pending) }

// minShare is how many tokens of a prompt a step takes at least, when it takes any and the budget allows.
const minShare = 16

// drive computes one step. It is called with the mutex held and gives it up while it computes.
func (b *Batch) drive() {
	b.driving = true
	shares := b.plan()
	defer func() {
		b.driving = false
		b.settle(shares)
	}()
	b.mu.Unlock()
	defer b.mu.Lock()
	b.compute(shares)
}

// plan gives each answer one token, and divides the budget of prompt tokens equally; who is first changes with every step.
// Embeddings are last, so that the wanted rows of all others are neighbours.
func (b *Batch) plan() []share {
	var shares, embeddings []share
	var prompts []*job
	for i := range b.running {
		j := b.running[(i+b.turn)%len(b.running)]
		switch {
		case !j.ready():
		case j.prompt:
			prompts = append(prompts, j)
		default:
			shares = append(shares, share{j, 1})
		}
	}
	b.turn++
	left := b.cfg.Rows
	for i, j := range prompts {
		b.stats.Cached += uint64(j.adopt(b.known))
		n := j.portion(min(left, max(minShare, left/(len(prompts)-i))))
		if left -= n; n == 0 {
			break
		}
		if j.gen == nil {
			embeddings = append(embeddings, share{j, n})
		} else {
			shares = append(shares, share{j, n})
		}
	}
	shares = append(shares, embeddings...)
	for _, s := range shares {
		s.j.stepping = true
	}
	return shares
}

// compute runs a step without the mutex: nothing else touches what it reads and writes.
func (b *Batch) compute(shares []share) {
	spans := make([]span, len(shares))
	var choosing []*job
	for i, s := range shares {
		spans[i] = span{seq: &s.j.seq, tokens: s.j.pending[:s.n]}
		switch {
		case s.j.gen == nil:
			spans[i].want = s.n
		case s.whole():
			spans[i].want = 1
			choosing = append(choosing, s.j)
		}
	}
	// A step ends by itself soon.
	if err := b.pass.run(context.Background(), spans); err != nil {
		for _, s := range shares {
			s.j.err = err
		}
		return
	}
	b.choose(choosing)
	row := len(choosing)
	for _, s := range shares {
		if s.j.gen == nil {
			s.j.embed(b.pass, row, s.n)
			row += s.n
		}
	}
}

// choose gives the logits of the first rows to their jobs, which sample side by side.
func (b *Batch) choose(jobs []*job) {
	vocab, most := b.m.shape.vocab, b.m.shape.logitRows()
	for row := 0; row < len(jobs); row += most {
		part := jobs[row:min(row+most, len(jobs))]
		logits := b.pass.project(row, len(part))
		b.m.pool.Run(len(part), 64*vocab, func(i int) { part[i].choose(logits[i*vocab : (i+1)*vocab]) })
	}
}

// settle ends a step: callers learn what was computed, and who is done makes room.
func (b *Batch) settle(shares []share) {
	b.stats.Steps++
	for _, s := range shares {
		if s.j.prompt {
			b.stats.Prompt += uint64(s.n)
		}
		if s.j.gen != nil && s.whole() {
			b.stats.Chosen++
		}
		s.j.publish(b.known)
		s.j.advance(s.n)
		if s.j.done || s.j.gone {
			b.remove(s.j)
		}
		if s.j.done || len(s.j.events) > 0 {
			s.j.rouse()
		}
	}
}
