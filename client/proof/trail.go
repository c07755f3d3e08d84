package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"ayni.example/receipt"
)

// Bounds of a trail.
const (
	// TrailMaxBlocks is one light block for each change of the validators.
	TrailMaxBlocks = 4096
	TrailMaxBytes  = 64 << 20
)

// Trail is the light blocks that lead from what is trusted to the validators of today. A node that forgets its early blocks keeps
// it, or nothing could be proved from the genesis any more. Its text form is JSON without white space. It is no evidence by itself:
// whoever reads one follows it.
type Trail struct {
	Blocks []Block `json:"blocks"` // by height; the last ones were reached by following the ones before
}

// Encode gives the text form.
func (t Trail) Encode() ([]byte, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encode trail: %w", err)
	}
	return raw, nil
}

// DecodeTrail reads a trail from anywhere and follows it from what is trusted.
func DecodeTrail(raw []byte, trust Trust, chainID string) (Trail, error) {
	var t Trail
	if len(raw) > TrailMaxBytes {
		return t, fmt.Errorf("%w: trail of %d bytes exceeds %d", receipt.ErrMalformed, len(raw), TrailMaxBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return t, fmt.Errorf("%w: trail: %w", receipt.ErrMalformed, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return t, fmt.Errorf("%w: something follows the trail", receipt.ErrMalformed)
	}
	return t, t.follow(trust, chainID)
}

// follow walks the whole trail.
func (t Trail) follow(trust Trust, chainID string) error {
	if len(t.Blocks) > TrailMaxBlocks {
		return fmt.Errorf("%w: trail of %d blocks exceeds %d", receipt.ErrMalformed, len(t.Blocks), TrailMaxBlocks)
	}
	at, err := newPath(trust, chainID)
	if err != nil {
		return err
	}
	for i, block := range t.Blocks {
		if n := len(block.Validators); n == 0 || n > MaxValidators {
			return fmt.Errorf("%w: block %d has %d validators, not 1 to %d", receipt.ErrMalformed, i, n, MaxValidators)
		}
		decoded, err := block.decode()
		if err != nil {
			return err
		}
		if err := at.step(decoded); err != nil {
			return err
		}
	}
	return nil
}

// Trail is a copy of the trail that the collector goes by.
func (c *Collector) Trail() Trail {
	c.mu.Lock()
	defer c.mu.Unlock()
	blocks := make([]Block, 0, len(c.trail))
	for _, f := range c.trail {
		blocks = append(blocks, f.block)
	}
	return Trail{Blocks: blocks}
}

// SetTrail takes over a trail from before or from elsewhere, if it holds.
func (c *Collector) SetTrail(t Trail, chainID string) error {
	if err := t.follow(c.trust, chainID); err != nil {
		return err
	}
	list := make([]fetched, 0, len(t.Blocks))
	for _, block := range t.Blocks {
		decoded, err := block.decode()
		if err != nil {
			return err
		}
		list = append(list, fetched{block, decoded})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trail = list
	return nil
}

// Advance follows the node to its latest block and reports whether the trail grew, which it does when the validators are others
// than at its end. Called more often than the node forgets blocks, it never loses the way.
func (c *Collector) Advance(ctx context.Context) (bool, error) {
	latest, err := c.await(ctx, firstProvable)
	if err != nil {
		return false, err
	}
	goal, err := c.fetch(ctx, latest)
	if err != nil {
		return false, err
	}
	last, known := c.end()
	if known && (bytes.Equal(last.decoded.header.ValidatorsHash, goal.decoded.header.ValidatorsHash) || latest <= last.decoded.header.Height) {
		return false, nil
	}
	at, err := newPath(c.trust, goal.decoded.header.ChainID)
	if err != nil {
		return false, err
	}
	if known { // it was followed when it was added
		at.checkpoint, at.validators, at.header = nil, last.decoded.validators, &last.decoded.header
	}
	way, err := c.way(ctx, at, goal)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.trail)+len(way) > TrailMaxBlocks {
		return false, fmt.Errorf("%w: the validators changed more than %d times; trust a checkpoint", receipt.ErrUntrusted, TrailMaxBlocks)
	}
	c.trail = append(c.trail, way...)
	return true, nil
}

// end is the last block of the trail.
func (c *Collector) end() (fetched, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.trail) == 0 {
		return fetched{}, false
	}
	return c.trail[len(c.trail)-1], true
}

// remembered is the trail's block nearest to height among those between low and high, both excluded.
func (c *Collector) remembered(low, height, high int64) (fetched, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	between := slices.DeleteFunc(slices.Clone(c.trail), func(f fetched) bool {
		return f.decoded.header.Height <= low || f.decoded.header.Height >= high
	})
	if len(between) == 0 {
		return fetched{}, false
	}
	return slices.MinFunc(between, func(a, b fetched) int {
		return int(abs(a.decoded.header.Height-height) - abs(b.decoded.header.Height-height))
	}), true
}

func abs(n int64) int64 { return max(n, -n) }
