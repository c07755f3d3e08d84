package proof

import (
	"bytes"
	"errors"
	"testing"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/receipt"
)

// forgetful is a node that keeps 60 blocks, of a network where one of four validators is replaced every 20.
func forgetful(tb testing.TB) (*history, Trust) {
	tb.Helper()
	node := &history{tb: tb, latest: 10, keys: func(height int64) []cmted25519.PrivKey { return testKeys(int(height/20), 4) }}
	return node, Trust{Genesis: testGenesis(node.keys(1))}
}

func (h *history) grow(blocks int64) {
	h.latest += blocks
	h.oldest = h.latest - 60
}

// TestTrail follows a node that forgets: with the trail everything is provable from the genesis, without it nothing is.
func TestTrail(t *testing.T) {
	node, trust := forgetful(t)
	collector, err := NewCollector(node, trust)
	if err != nil {
		t.Fatal(err)
	}
	grown := 0
	for node.latest < 800 {
		more, err := collector.Advance(t.Context())
		if err != nil {
			t.Fatalf("at block %d: %v", node.latest, err)
		}
		if more {
			grown++
		}
		node.grow(7)
	}
	blocks, chainID, err := collector.blocks(t.Context(), node.latest)
	if err != nil {
		t.Fatal(err)
	}
	at, err := newPath(trust, chainID)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		decoded, err := block.decode()
		if err == nil {
			err = at.step(decoded)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	trail := collector.Trail()
	t.Logf("%d blocks lead to %d; the trail has %d after %d changes", len(blocks), node.latest, len(trail.Blocks), grown)
	if len(blocks) > MaxBlocks || len(trail.Blocks) > 3*grown {
		t.Errorf("%d blocks in the bundle, %d in the trail after %d changes", len(blocks), len(trail.Blocks), grown)
	}
	without, err := NewCollector(node, trust)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := without.blocks(t.Context(), node.latest); err == nil {
		t.Error("a way was found without the blocks that it needs")
	}
	raw, err := trail.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeTrail(raw, trust, testChainID)
	if err != nil {
		t.Fatal(err)
	}
	if err := without.SetTrail(again, testChainID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := without.blocks(t.Context(), node.latest); err != nil {
		t.Errorf("with the trail of another node: %v", err)
	}
}

// TestTrailStopsAtGap says that the way is lost to a node that was not followed while it forgot.
func TestTrailStopsAtGap(t *testing.T) {
	node, trust := forgetful(t)
	collector, err := NewCollector(node, trust)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collector.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	node.grow(500)
	if _, err := collector.Advance(t.Context()); err == nil {
		t.Error("followed over a gap where every validator changed")
	}
	if n := len(collector.Trail().Blocks); n != 1 {
		t.Errorf("the trail has %d blocks, not the first", n)
	}
}

func trailOf(tb testing.TB) ([]byte, Trust) {
	tb.Helper()
	node, trust := forgetful(tb)
	collector, err := NewCollector(node, trust)
	if err != nil {
		tb.Fatal(err)
	}
	for range 6 {
		if _, err := collector.Advance(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		node.grow(10)
	}
	raw, err := collector.Trail().Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return raw, trust
}

// TestTrailTampered refuses a trail whose parts were changed, left out or taken from elsewhere, each by name.
func TestTrailTampered(t *testing.T) {
	raw, trust := trailOf(t)
	signed := testBlock{height: 500, keys: testKeys(90, 4), signing: 4}.sign(t)
	strangers, err := newBlock(cmttypes.SignedHeader{Header: &signed.header, Commit: signed.commit}, signed.validators.Validators)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(*Trail)
		want   error
	}{
		{"header", func(t *Trail) { t.Blocks[1].Header[len(t.Blocks[1].Header)-1] ^= 1 }, receipt.ErrSignature},
		{"commit", func(t *Trail) { t.Blocks[1].Commit[len(t.Blocks[1].Commit)-1] ^= 1 }, receipt.ErrSignature},
		{"power", func(t *Trail) { t.Blocks[1].Validators[0].Power++ }, receipt.ErrUntrusted},
		{"no validators", func(t *Trail) { t.Blocks[1].Validators = nil }, receipt.ErrMalformed},
		{"order", func(t *Trail) { t.Blocks[0], t.Blocks[1] = t.Blocks[1], t.Blocks[0] }, receipt.ErrUntrusted},
		{"strangers go on", func(trail *Trail) { trail.Blocks = append(trail.Blocks, strangers) }, receipt.ErrUntrusted},
	} {
		t.Run(test.name, func(t *testing.T) {
			trail, err := DecodeTrail(raw, trust, testChainID)
			if err != nil {
				t.Fatal(err)
			}
			test.change(&trail)
			bad, err := trail.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := DecodeTrail(bad, trust, testChainID); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
	if _, err := DecodeTrail(raw, trust, "ayni_8-1"); !errors.Is(err, receipt.ErrNetwork) {
		t.Errorf("another network: %v", err)
	}
}

func FuzzTrail(f *testing.F) {
	raw, trust := trailOf(f)
	f.Add(raw)
	f.Add([]byte(`{"blocks":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		trail, err := DecodeTrail(raw, trust, testChainID)
		if err != nil {
			return
		}
		again, err := trail.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeTrail(bytes.Clone(again), trust, testChainID); err != nil {
			t.Fatalf("what was accepted is refused: %v", err)
		}
	})
}
