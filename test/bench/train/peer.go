package main

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ayni.example/test/bench/python"
)

//go:embed peer.py
var peerSource string

// peer trains with PyTorch.
type peer struct{ *python.Process }

// errNoPeer means that no python here has PyTorch.
var errNoPeer = errors.New("no python3 with torch and numpy (Debian has python3-torch)")

func startPeer() (*peer, error) {
	p, err := python.Start(peerSource)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPeer, err)
	}
	return &peer{p}, nil
}

// begin loads a run.
func (p *peer) begin(folder, variant string) error {
	_, err := p.Ask("begin %s %s", folder, variant)
	return err
}

// curve trains and returns the loss of each step.
func (p *peer) curve(steps int) ([]float64, error) {
	text, err := p.Ask("curve %d", steps)
	if err != nil {
		return nil, err
	}
	losses := make([]float64, 0, steps)
	for f := range strings.FieldsSeq(text) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, fmt.Errorf("the peer's loss %q: %w", f, err)
		}
		losses = append(losses, v)
	}
	return losses, nil
}

// step trains and returns the processor time.
func (p *peer) step(n int) (float64, error) { return p.Number("step %d", n) }
