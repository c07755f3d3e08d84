package llama

// ByHand is a request of a Batch whose steps a test takes itself, so that nothing depends on who runs when.
type ByHand struct {
	b *Batch
	j *job
}

// ByHand submits a request that no caller waits for.
func (b *Batch) ByHand(prompt []int32, opt Options) (*ByHand, error) {
	g, err := b.m.prepare(prompt, opt)
	if err != nil {
		return nil, err
	}
	j := newJob(prompt, g.capacity(len(prompt)))
	j.gen, j.key = g, b.m.rootKey(opt.Scope)
	return &ByHand{b, j}, b.submit(j)
}

// Step computes one step of all requests.
func (b *Batch) Step() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drive()
}

// Take takes the tokens that wait, and says whether more will follow.
func (h *ByHand) Take() (tokens int, more bool, err error) {
	h.b.mu.Lock()
	defer h.b.mu.Unlock()
	tokens, h.j.events = len(h.j.events), nil
	return tokens, !h.j.done, h.j.err
}
