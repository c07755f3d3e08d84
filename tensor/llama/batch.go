package llama

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrBusy says that as many requests wait as may.
var ErrBusy = errors.New("too many requests are waiting")

// BatchConfig bounds what a Batch does at once. Zero fields take the defaults in brackets.
type BatchConfig struct {
	Sequences int    // requests computed together [8]
	Queue     int    // requests that wait for a place [64]
	Rows      int    // prompt tokens of all requests in one step [the model's chunk]
	MaxBytes  uint64 // key-value caches of the requests computed together; ends answers that have no MaxTokens [no bound]
	Prefix    uint64 // bytes of caches kept for prompts that begin as earlier texts did [none]
}

// maxSequences bounds the requests that are computed together.
const maxSequences = 1024

func (c *BatchConfig) fill(m *Model) error {
	if c.Sequences == 0 {
		c.Sequences = 8
	}
	if c.Queue == 0 {
		c.Queue = 64
	}
	if c.Rows == 0 {
		c.Rows = m.chunk
	}
	if c.Sequences < 0 || c.Sequences > maxSequences || c.Queue < 0 || c.Rows < 0 || c.Rows > maxChunk {
		return fmt.Errorf("batch: sequences %d, queue %d or rows %d is out of range", c.Sequences, c.Queue, c.Rows)
	}
	return nil
}

// BatchStats is what a Batch does now and did since it was made.
type BatchStats struct {
	Waiting, Running int
	Steps            uint64
	Prompt, Cached   uint64 // prompt tokens that were run, and that were found in kept caches
	Chosen           uint64 // tokens that were chosen
	Kept             int    // tokens in kept caches
}

// Batch computes requests on one model together, step by step: in each step every answer grows by a token, and prompts
// advance by a bounded number of tokens, so that a long prompt does not hold up others. Requests join and leave between
// steps. The bits of an answer are those of Model.Generate alone.
//
// It has no goroutine of its own: of the callers that wait for a token, one computes the next step for all.
type Batch struct {
	m    *Model
	cfg  BatchConfig
	pass *pass

	mu       sync.Mutex
	queue    []*job // in order of arrival
	running  []*job
	reserved uint64 // bytes of caches that running jobs may fill
	driving  bool   // a step is being computed
	turn     int    // whose prompt is first in the next step
	known    *prefixes
	stats    BatchStats
}

// NewBatch takes the memory of a step; caches come with requests.
func (m *Model) NewBatch(cfg BatchConfig) (*Batch, error) {
	if err := cfg.fill(m); err != nil {
		return nil, err
	}
	pages := min(cfg.Prefix/m.pageBytes(1), 1<<20)
	return &Batch{m: m, cfg: cfg, pass: m.newPass(cfg.Rows + cfg.Sequences), known: newPrefixes(int(pages))}, nil
}

// Stats is a snapshot.
func (b *Batch) Stats() BatchStats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Waiting, s.Running, s.Kept = len(b.queue), len(b.running), b.known.order.Len()*pageTokens
	return s
}

// Generate is Model.Generate together with other requests. Steps do not wait for an emit that takes long, but an
// answer is at most a few tokens ahead of it.
func (b *Batch) Generate(ctx context.Context, prompt []int32, opt Options, emit func(Token) error) (Result, error) {
	out := answer{result: Result{PromptTokens: len(prompt)}, emit: emit}
	g, err := b.m.prepare(prompt, opt)
	if err != nil {
		return out.result, fmt.Errorf("generate: %w", err)
	}
	b.fit(g, len(prompt))
	j := newJob(prompt, g.capacity(len(prompt)))
	j.gen, j.key = g, b.m.rootKey(opt.Scope)
	if err := b.submit(j); err != nil {
		return out.result, fmt.Errorf("generate: %w", err)
	}
	defer b.leave(j)
	err = b.follow(ctx, j, &out)
	out.result.CachedTokens = b.cached(j)
	if err != nil {
		return out.end(FinishCancelled), fmt.Errorf("generate: %w", err)
	}
	return out.end(g.finish), nil
}

// fit ends an answer whose length nobody has bounded where the memory of caches does: a long context must not take it all.
func (b *Batch) fit(g *generation, prompt int) {
	if most := b.cfg.MaxBytes / b.m.pageBytes(1); g.opt.MaxTokens == 0 && b.cfg.MaxBytes > 0 && most < 1<<24 {
		g.limit = min(g.limit, max(1, int(most)*pageTokens-prompt+1))
	}
}

// follow emits the tokens of a job until its last.
func (b *Batch) follow(ctx context.Context, j *job, out *answer) error {
	for {
		t, more, err := b.wait(ctx, j)
		if err != nil || !more {
			return err
		}
		if err := out.add(t); err != nil {
			return err
		}
	}
}

func (b *Batch) cached(j *job) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return j.cached
}

// Embed is Model.Embed together with other requests.
func (b *Batch) Embed(ctx context.Context, tokens []int32) ([]float32, error) {
	if err := b.m.check(tokens); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	j := newJob(tokens, len(tokens))
	j.sum = make([]float32, b.m.shape.width)
	if err := b.submit(j); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	defer b.leave(j)
	if _, _, err := b.wait(ctx, j); err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	return finishEmbedding(j.sum)
}

// submit gives a job a place, or one in the queue.
func (b *Batch) submit(j *job) error {
	if j.capacity > b.m.ContextLength {
		return &ContextError{Tokens: j.capacity, Limit: b.m.ContextLength}
	}
	if need := b.m.StateBytes(j.capacity); b.m.maxState > 0 && need > b.m.maxState {
		return &MemoryError{Need: need, Limit: b.m.maxState}
	}
	if j.bytes = b.m.pageBytes(j.capacity); b.cfg.MaxBytes > 0 && j.bytes > b.cfg.MaxBytes {
		return &MemoryError{Need: j.bytes, Limit: b.cfg.MaxBytes}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, j)
	if b.admit(); len(b.queue) > b.cfg.Queue {
		b.queue = b.queue[:len(b.queue)-1]
		return ErrBusy
	}
	return nil
}

// admit starts jobs in order of arrival; nobody overtakes one that waits for memory.
func (b *Batch) admit() {
	for len(b.queue) > 0 && len(b.running) < b.cfg.Sequences {
		j := b.queue[0]
		if b.cfg.MaxBytes > 0 && b.reserved+j.bytes > b.cfg.MaxBytes {
			return
		}
		b.queue = slices.Delete(b.queue, 0, 1)
		b.running = append(b.running, j)
		b.reserved += j.bytes
	}
}

// wait gives the next token of a job; more is false after the last. A caller without one computes a step for everybody
// when no other does.
func (b *Batch) wait(ctx context.Context, j *job) (t Token, more bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil:
			return t, false, ctx.Err()
		case len(j.events) > 0:
			t, j.events = j.events[0], j.events[1:]
			b.delegate()
			return t, true, nil
		case j.done:
			return t, false, j.err
		case !b.driving && b.ready():
			b.drive() //nolint:contextcheck // a step is everybody's: the context of the caller that happens to compute it must not end it
		default:
			b.sleep(ctx, j)
		}
	}
}

func (b *Batch) sleep(ctx context.Context, j *job) {
	j.asleep = true
	b.mu.Unlock()
	select {
	case <-j.wake:
	case <-ctx.Done():
	}
	b.mu.Lock()
	j.asleep = false
}

// delegate wakes a caller to compute when there is work and nobody does it; callers that are awake come back by themselves.
func (b *Batch) delegate() {
	if b.driving || !b.ready() {
		return
	}
	for _, list := range [][]*job{b.running, b.queue} {
		for _, j := range list {
			if j.asleep {
				j.rouse()
				return
			}
		}
	}
}

// ready says whether a step has something to compute.
func (b *Batch) ready() bool { return slices.ContainsFunc(b.running, (*job).ready) }

// leave ends a job whose caller goes. One that is being computed ends after the step.
func (b *Batch) leave(j *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j.gone = true; !j.stepping {
		b.remove(j)
	}
	b.delegate()
}

// remove takes a job out and lets others in.
func (b *Batch) remove(j *job) {
	same := func(other *job) bool { return other == j }
	b.queue = slices.DeleteFunc(b.queue, same)
	if i := slices.Index(b.running, j); i >= 0 {
		b.running = slices.Delete(b.running, i, i+1)
		b.reserved -= j.bytes
		j.seq.pages = nil
	}
	b.admit()
}
