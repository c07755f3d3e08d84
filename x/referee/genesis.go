package referee

import (
	"ayni.example/tensor/trace"
	"ayni.example/x/credit"
)

// DefaultGenesis is the state of a new ledger: no claim.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the genesis without any state: each entry for itself, and that what belongs together is there.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	jobs, err := g.validateJobs()
	if err != nil {
		return err
	}
	claims := map[string]Claim{}
	for _, c := range g.Claims {
		if err := c.Validate(); err != nil {
			return err
		}
		if err := c.validateParties(); err != nil {
			return err
		}
		id := string(c.ID())
		if _, twice := claims[id]; twice {
			return ErrExists.Wrapf("claim %x", id)
		}
		uses, there := jobs[string(c.Job)]
		if !there || uses == 0 {
			return ErrInvalid.Wrapf("job of claim %x is not in use", id)
		}
		jobs[string(c.Job)], claims[id] = uses-1, c
	}
	disputes := map[string]bool{}
	for _, d := range g.Disputes {
		c, there := claims[string(d.Claim)]
		if !there || disputes[string(d.Claim)] || c.Defender == d.Challenger {
			return ErrInvalid.Wrapf("dispute of %s about claim %x", d.Challenger, d.Claim)
		}
		if err := d.validate(); err != nil {
			return err
		}
		disputes[string(d.Claim)] = true
	}
	for id, c := range claims {
		if len(c.Waiting) > 0 && !disputes[id] && !c.Undecided() {
			return ErrInvalid.Wrapf("claim %x has challengers who wait for no dispute and for no auditor", id)
		}
	}
	return g.validateAuditors()
}

func (g *GenesisState) validateJobs() (map[string]uint64, error) {
	jobs := map[string]uint64{}
	for _, j := range g.Jobs {
		job, err := trace.DecodeJob(j.Encoded)
		if err != nil {
			return nil, ErrJob.Wrap(err.Error())
		}
		digest := job.Digest()
		if jobs[string(digest[:])] > 0 || j.Uses == 0 {
			return nil, ErrInvalid.Wrapf("job %x stands twice or is not in use", digest)
		}
		jobs[string(digest[:])] = j.Uses
	}
	return jobs, nil
}

func (g *GenesisState) validateAuditors() error {
	seen := map[string]bool{}
	for _, a := range g.Auditors {
		if err := credit.CheckAmount("bond", a.Bond); err != nil {
			return err
		}
		if seen[a.Address] {
			return ErrExists.Wrapf("auditor %s", a.Address)
		}
		seen[a.Address] = true
	}
	if len(seen) > auditorsBound {
		return ErrFull.Wrapf("%d auditors, at most %d", len(seen), auditorsBound)
	}
	for _, c := range g.Claims {
		if c.Audit.Stage == AuditDrawn && !seen[c.Audit.Auditor] {
			return ErrInvalid.Wrapf("%s audits a claim and is no auditor", c.Audit.Auditor)
		}
	}
	return nil
}

// validateParties checks who waits and who asks.
func (c Claim) validateParties() error {
	if len(c.Waiting) > waitingBound+1 || len(c.Questions) > questionsBound+1 {
		return ErrBusy.Wrapf("%d challengers wait and %d questions are open", len(c.Waiting), len(c.Questions))
	}
	for i, q := range c.Questions {
		if err := credit.CheckAmount("fee", q.Fee); err != nil {
			return err
		}
		if c.Question(q.Tensor, q.Tile) != i {
			return ErrExists.Wrapf("question for tile %d of tensor %d", q.Tile, q.Tensor)
		}
	}
	for _, w := range c.Waiting {
		if err := credit.CheckAmount("bond", w.Bond); err != nil {
			return err
		}
		if w.Challenger == c.Defender {
			return ErrInvalid.Wrapf("%s waits to challenge itself", w.Challenger)
		}
	}
	return nil
}

// validate checks the dispute without any state.
func (d *Dispute) validate() error {
	if err := credit.CheckAmount("bond", d.Bond); err != nil {
		return err
	}
	switch {
	case d.Stage <= StageUnspecified || d.Stage > StageTile || d.Turn == 0 || len(d.Shown) > parts:
		return ErrInvalid.Wrapf("dispute at stage %d, turn %d, with %d parts", d.Stage, d.Turn, len(d.Shown))
	case d.From >= d.To || d.Stage >= StageTrace && d.To-d.From != 1:
		return ErrInvalid.Wrapf("dispute at %s about steps %d to %d", d.Stage, d.From, d.To)
	case d.Stage >= StageChunks && d.ChunkFrom >= d.ChunkTo:
		return ErrInvalid.Wrapf("dispute about chunks %d to %d", d.ChunkFrom, d.ChunkTo)
	}
	hashes := append([][]byte{d.Before, d.After}, d.Shown...)
	if d.Stage >= StageNodes {
		hashes = append(hashes, d.Trace, d.Node)
	}
	if d.Stage >= StageChunks {
		hashes = append(hashes, d.CarryAfter)
		if d.ChunkFrom > 0 {
			hashes = append(hashes, d.CarryBefore)
		}
	}
	for _, h := range hashes {
		if err := checkHash("what stands in a dispute", h); err != nil {
			return err
		}
	}
	return nil
}
