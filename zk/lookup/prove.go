package lookup

import (
	"fmt"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
)

// Prover keeps the memory of one proof for the next one, which is most of the time of a small one. It serves one at a time.
type Prover struct{ memory field.Vec }

// Prove is Prover.Prove with memory of its own.
func Prove(s sumcheck.Sender, l *Layout, blocks []Block) (Claim, error) {
	return new(Prover).Prove(s, l, blocks)
}

// Prove sends the layers of the tree of the blocks, and returns what it claims of the leaves. It sends nothing if the sum
// is not zero.
func (p *Prover) Prove(s sumcheck.Sender, l *Layout, blocks []Block) (Claim, error) {
	if err := fit(l, blocks); err != nil {
		return Claim{}, err
	}
	t := p.newTree(l, blocks)
	if t.sums[0].Q == field.Zero() {
		return Claim{}, ErrPole
	}
	if t.sums[0].P != field.Zero() {
		return Claim{}, ErrSum
	}
	return t.send(s)
}

// send sends all layers.
func (t *tree) send(s sumcheck.Sender) (c Claim, err error) {
	for k := range t.Vars {
		var lambda field.E
		if k > 0 {
			lambda = s.Challenge()
		}
		point, last, err := t.layer(s, c, lambda)
		if err != nil {
			return Claim{}, fmt.Errorf("layer %d of %d: %w", k, t.Vars, err)
		}
		s.Send(layerTag, last.p0, last.p1, last.q0, last.q1)
		c = last.join(point, s.Challenge())
	}
	return c, nil
}

// fit says whether the blocks are those of the layout.
func fit(l *Layout, blocks []Block) error {
	if len(blocks) != len(l.Blocks) {
		return fmt.Errorf("%w: %d blocks, not %d", ErrLayout, len(blocks), len(l.Blocks))
	}
	for b, v := range l.Blocks {
		if len(blocks[b].Den) != blocksOf(v) || blocks[b].Num != nil && len(blocks[b].Num) != 1<<v {
			return fmt.Errorf("%w: block %d does not have 2^%d leaves", ErrLayout, b, v)
		}
	}
	return nil
}

// layer sends the rounds of the layer about which c claims: its nodes are 2^len(c.Point).
func (t *tree) layer(s sumcheck.Sender, c Claim, lambda field.E) (point []field.E, last pair, err error) {
	quad, err := sumcheck.NewQuadratic(c.Point, c.mix(lambda))
	if err != nil {
		return nil, pair{}, err
	}
	y, err := t.open(c.Point, lambda)
	if err != nil {
		return nil, pair{}, err
	}
	for k := range c.Point {
		d := len(c.Point) - 1 - k
		at0, lead := y.round(d)
		y.bind(d, quad.Round(s, at0, lead))
	}
	last = y.pairs[0]
	last.p1 = field.Sub(last.p1, field.Mul(lambda, last.q1))
	return quad.Point(), last, nil
}
