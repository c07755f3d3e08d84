package main

import (
	_ "embed"
	"fmt"

	"ayni.example/test/bench/python"
)

//go:embed peer.py
var peerSource string

// peer multiplies with numpy.
type peer struct{ *python.Process }

func startPeer() (*peer, error) {
	p, err := python.Start(peerSource)
	if err != nil {
		return nil, fmt.Errorf("start the peer (it needs numpy with OpenBLAS, as in Debian's python3-numpy and libopenblas0): %w", err)
	}
	return &peer{p}, nil
}

// begin prepares a shape and compares one element, so that both sides compute the same product.
func (p *peer) begin(s shape) error {
	bit := map[bool]int{true: 1}
	theirs, err := p.Number("begin %d %d %d %d %d", s.m, s.n, s.k, bit[s.transposedA], bit[s.transposedB])
	if err != nil {
		return err
	}
	own := newProduct(s)
	own.run(1)
	ours := float64(own.c.Data[s.m/2*s.n+s.n/2])
	if d := ours - theirs; d > 1e-3*theirs || -d > 1e-3*theirs {
		return fmt.Errorf("%s %d x %d x %d: ours is %g, theirs %g", s.name, s.m, s.n, s.k, ours, theirs)
	}
	return nil
}

func (p *peer) run(repeat int) (float64, error) { return p.Number("run %d", repeat) }
