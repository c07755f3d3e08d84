package proof

import (
	"context"
	"errors"
	"fmt"
	"testing"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	coretypes "github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/receipt"
)

// history is a node of a network whose validators change; it answers for light blocks alone.
type history struct {
	rpcclient.Client
	tb     testing.TB
	keys   func(height int64) []cmted25519.PrivKey
	latest int64
	oldest int64 // what came before is forgotten
	asked  int
}

func (h *history) block(height *int64) (lightBlock, error) {
	h.asked++
	if height == nil || *height < max(1, h.oldest) || *height > h.latest {
		return lightBlock{}, fmt.Errorf("no block %v", height)
	}
	keys := h.keys(*height)
	return testBlock{height: *height, keys: keys, next: h.keys(*height + 1), signing: len(keys)}.sign(h.tb), nil
}

// Status answers with the latest height.
func (h *history) Status(context.Context) (*coretypes.ResultStatus, error) {
	return &coretypes.ResultStatus{SyncInfo: coretypes.SyncInfo{LatestBlockHeight: h.latest}}, nil
}

// Commit answers with a header and its signatures.
func (h *history) Commit(_ context.Context, height *int64) (*coretypes.ResultCommit, error) {
	block, err := h.block(height)
	if err != nil {
		return nil, err
	}
	return coretypes.NewResultCommit(&block.header, block.commit, true), nil
}

// Validators answers with the whole set on one page.
func (h *history) Validators(_ context.Context, height *int64, _, _ *int) (*coretypes.ResultValidators, error) {
	block, err := h.block(height)
	if err != nil {
		return nil, err
	}
	list := block.validators.Validators
	return &coretypes.ResultValidators{BlockHeight: *height, Validators: list, Count: len(list), Total: len(list)}, nil
}

var _ rpcclient.Client = (*history)(nil)

// TestCollectAcrossValidators finds a way where no validator of the beginning is left at the end.
func TestCollectAcrossValidators(t *testing.T) {
	for _, test := range []struct {
		name  string
		every int64 // blocks after which one of four validators is replaced
		want  error
	}{
		{"never", 1 << 40, nil},
		{"slowly", 50, nil},
		{"quickly", 8, nil},
		{"in each block", 1, receipt.ErrUntrusted}, // more than the bound on detours
	} {
		t.Run(test.name, func(t *testing.T) {
			node := &history{tb: t, latest: 1000, keys: func(height int64) []cmted25519.PrivKey {
				return testKeys(int(height/test.every), 4)
			}}
			trust := Trust{Genesis: testGenesis(node.keys(1))}
			collector, err := NewCollector(node, trust)
			if err != nil {
				t.Fatal(err)
			}
			blocks, chainID, err := collector.blocks(t.Context(), 400)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			t.Logf("%d blocks, %d questions", len(blocks), node.asked)
			if err != nil {
				return
			}
			at, err := newPath(trust, chainID)
			if err != nil {
				t.Fatal(err)
			}
			for _, block := range blocks {
				decoded, err := block.decode()
				if err != nil {
					t.Fatal(err)
				}
				if err := at.step(decoded); err != nil {
					t.Fatal(err)
				}
			}
			if at.height() != 400 {
				t.Fatalf("the way ends at %d", at.height())
			}
		})
	}
}

// TestValidatorPages joins the pages of a large set and refuses one beyond the bound.
func TestValidatorPages(t *testing.T) {
	for n, want := range map[int]error{MaxValidators: nil, MaxValidators + 1: receipt.ErrMalformed} {
		collector := &Collector{rpc: &pages{total: n}}
		list, err := collector.validators(t.Context(), 5)
		if !errors.Is(err, want) || (want == nil && len(list) != n) {
			t.Errorf("%d validators: got %d, error %v, want %v", n, len(list), err, want)
		}
	}
}

// pages is a node with total validators.
type pages struct {
	rpcclient.Client
	total int
}

// Validators answers a page at a time.
func (p *pages) Validators(_ context.Context, _ *int64, page, size *int) (*coretypes.ResultValidators, error) {
	n := min(*size, p.total-(*page-1)**size)
	return &coretypes.ResultValidators{Validators: make([]*cmttypes.Validator, max(0, n)), Total: p.total}, nil
}
