package proof

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	rpcclient "github.com/cometbft/cometbft/rpc/client"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/receipt"
)

// ErrAbsent is a key that the state does not hold.
var ErrAbsent = errors.New("not in the ledger's state")

const (
	// pollInterval is between looks at the height.
	pollInterval = 50 * time.Millisecond
	// firstProvable is the least height whose state a node proves.
	firstProvable = 2
	// validatorPage is CometBFT's largest page.
	validatorPage = 100
	// detours bounds the light blocks fetched on the way from what is trusted.
	detours = 4 * MaxBlocks
)

// Key names an entry of the state.
type Key struct {
	Store  string
	Key    []byte
	Absent bool // that it is not there may be proved too; otherwise it is ErrAbsent
}

// Collector makes bundles from a node that need not be trusted: each bundle is verified before it is given out.
// It is safe for many goroutines.
type Collector struct {
	rpc   rpcclient.Client
	trust Trust
	mu    sync.Mutex
	trail []fetched // by height, followed
}

// NewCollector makes bundles that verify from trust.
func NewCollector(rpc rpcclient.Client, trust Trust) (*Collector, error) {
	if (trust.Genesis == nil) == (trust.Checkpoint == nil) {
		return nil, ErrNoTrust
	}
	return &Collector{rpc: rpc, trust: trust}, nil
}

// Collect proves keys in the latest state that a block commits to, at height or later; it waits for that block until ctx ends.
func (c *Collector) Collect(ctx context.Context, height int64, keys ...Key) (Bundle, error) {
	latest, err := c.await(ctx, max(height, firstProvable)+1)
	if err != nil {
		return Bundle{}, err
	}
	bundle := Bundle{Version: version}
	for _, key := range keys {
		entry, err := c.entry(ctx, latest-1, key)
		if err != nil {
			return Bundle{}, err
		}
		bundle.Entries = append(bundle.Entries, entry)
	}
	if bundle.Blocks, bundle.ChainID, err = c.blocks(ctx, latest); err != nil {
		return Bundle{}, err
	}
	if _, err := bundle.Verify(c.trust); err != nil {
		return Bundle{}, fmt.Errorf("the node's proof does not hold: %w", err)
	}
	return bundle, nil
}

// Latest is the newest block, as a checkpoint for others to trust.
func (c *Collector) Latest(ctx context.Context) (Checkpoint, error) {
	commit, err := c.rpc.Commit(ctx, nil)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ask for the latest block: %w", err)
	}
	return Checkpoint{Height: commit.Height, Hash: commit.Hash()}, nil
}

// await returns the latest height once it has reached least.
func (c *Collector) await(ctx context.Context, least int64) (int64, error) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		status, err := c.rpc.Status(ctx)
		if err != nil {
			return 0, fmt.Errorf("ask for the height: %w", err)
		}
		if status.SyncInfo.LatestBlockHeight >= least {
			return status.SyncInfo.LatestBlockHeight, nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("wait for block %d: %w", least, ctx.Err())
		case <-ticker.C:
		}
	}
}

func (c *Collector) entry(ctx context.Context, height int64, key Key) (Entry, error) {
	result, err := c.rpc.ABCIQueryWithOptions(ctx, "/store/"+key.Store+"/key", key.Key,
		rpcclient.ABCIQueryOptions{Height: height, Prove: true})
	if err != nil {
		return Entry{}, fmt.Errorf("ask for %s/%x: %w", key.Store, key.Key, err)
	}
	response := result.Response
	if response.Code != 0 {
		return Entry{}, fmt.Errorf("ask for %s/%x at height %d: %s", key.Store, key.Key, height, response.Log)
	}
	if len(response.Value) == 0 && !key.Absent {
		return Entry{}, fmt.Errorf("%w: %s/%x at height %d", ErrAbsent, key.Store, key.Key, height)
	}
	if response.ProofOps == nil || len(response.ProofOps.Ops) != 2 {
		return Entry{}, fmt.Errorf("%w: proof of %s/%x has not two levels", receipt.ErrProof, key.Store, key.Key)
	}
	value := response.Value
	if len(value) == 0 {
		value = nil
	}
	return Entry{
		Store: key.Store, Key: key.Key, Value: value,
		Tree: response.ProofOps.Ops[0].Data, Root: response.ProofOps.Ops[1].Data,
	}, nil
}

// blocks finds a way from what is trusted to the block at target.
func (c *Collector) blocks(ctx context.Context, target int64) ([]Block, string, error) {
	goal, err := c.fetch(ctx, target)
	if err != nil {
		return nil, "", err
	}
	at, err := newPath(c.trust, goal.decoded.header.ChainID)
	if err != nil {
		return nil, "", err
	}
	way, err := c.way(ctx, at, goal)
	if err != nil {
		return nil, "", err
	}
	blocks := make([]Block, 0, len(way))
	for _, f := range way {
		blocks = append(blocks, f.block)
	}
	return blocks, at.chainID, nil
}

// way leads at to the goal, halving the distance wherever too many validators changed.
func (c *Collector) way(ctx context.Context, at *path, goal fetched) ([]fetched, error) {
	var way []fetched
	pending := []fetched{goal} // last one is next
	if c.trust.Checkpoint != nil && at.checkpoint != nil && at.checkpoint.Height != goal.decoded.header.Height {
		first, err := c.between(ctx, at.checkpoint.Height-1, at.checkpoint.Height, at.checkpoint.Height+1)
		if err != nil {
			return nil, err
		}
		pending = append(pending, first)
	}
	for range detours {
		next := pending[len(pending)-1]
		height := next.decoded.header.Height
		err := at.step(next.decoded)
		switch {
		case err == nil:
			way, pending = append(way, next), pending[:len(pending)-1]
			if len(pending) == 0 {
				return way, nil
			}
		case errors.Is(err, receipt.ErrUntrusted) && at.checkpoint == nil && height > at.height()+1:
			middle, err := c.between(ctx, at.height(), at.height()+(height-at.height())/2, height)
			if err != nil {
				return nil, err
			}
			pending = append(pending, middle)
		default:
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: no way to block %d in %d light blocks", receipt.ErrUntrusted, goal.decoded.header.Height, detours)
}

// between is a block near height, low and high excluded: of the trail, since the node may have forgotten the one at height.
func (c *Collector) between(ctx context.Context, low, height, high int64) (fetched, error) {
	if block, ok := c.remembered(low, height, high); ok {
		return block, nil
	}
	return c.fetch(ctx, height)
}

// height is the last one reached; zero at the genesis.
func (p *path) height() int64 {
	if p.header == nil {
		return 0
	}
	return p.header.Height
}

// fetched is a light block in both forms.
type fetched struct {
	block   Block
	decoded lightBlock
}

func (c *Collector) fetch(ctx context.Context, height int64) (fetched, error) {
	commit, err := c.rpc.Commit(ctx, &height)
	if err != nil {
		return fetched{}, fmt.Errorf("ask for block %d: %w", height, err)
	}
	validators, err := c.validators(ctx, height)
	if err != nil {
		return fetched{}, err
	}
	block, err := newBlock(commit.SignedHeader, validators)
	if err != nil {
		return fetched{}, err
	}
	decoded, err := block.decode()
	return fetched{block: block, decoded: decoded}, err
}

func (c *Collector) validators(ctx context.Context, height int64) ([]*cmttypes.Validator, error) {
	var all []*cmttypes.Validator
	size := validatorPage
	for page := 1; page <= MaxValidators/validatorPage; page++ {
		result, err := c.rpc.Validators(ctx, &height, &page, &size)
		if err != nil {
			return nil, fmt.Errorf("ask for the validators of block %d: %w", height, err)
		}
		if result.Total > MaxValidators {
			break
		}
		all = append(all, result.Validators...)
		if len(all) >= result.Total || len(result.Validators) == 0 {
			return all, nil
		}
	}
	return nil, fmt.Errorf("%w: block %d has over %d validators", receipt.ErrMalformed, height, MaxValidators)
}
