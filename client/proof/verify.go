package proof

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	ics23 "github.com/cosmos/ics23/go"

	"ayni.example/receipt"
)

// ErrNoTrust is a verification that was given nothing to begin from.
var ErrNoTrust = errors.New("nothing to trust: give the network's genesis or a checkpoint")

// Trust is what the verifier holds to be true; exactly one of the two.
type Trust struct {
	Genesis    *cmttypes.GenesisDoc
	Checkpoint *Checkpoint
}

// Checkpoint is a block that the verifier knows from elsewhere to be the network's.
type Checkpoint struct {
	Height int64
	Hash   []byte // of the header
}

// Verified is what a bundle proves.
type Verified struct {
	ChainID string
	Height  int64     // of the state
	Time    time.Time // of the block that commits to it
	values  map[string][]byte
}

// Value is that of a key in a module's store, if the bundle proves it.
func (v Verified) Value(store string, key []byte) ([]byte, bool) {
	value, ok := v.values[entryName(store, key)]
	return value, ok && value != nil
}

// Absent tells whether the bundle proves that the state did not hold a key.
func (v Verified) Absent(store string, key []byte) bool {
	value, ok := v.values[entryName(store, key)]
	return ok && value == nil
}

// entryName joins store and key; a store's name holds no zero byte.
func entryName(store string, key []byte) string { return store + "\x00" + string(key) }

// Verify follows the blocks from what is trusted and checks each entry against the last block's state. All errors are of
// package receipt's list, except ErrNoTrust.
func (b Bundle) Verify(trust Trust) (Verified, error) {
	if err := b.check(); err != nil {
		return Verified{}, err
	}
	at, err := newPath(trust, b.ChainID)
	if err != nil {
		return Verified{}, err
	}
	for _, block := range b.Blocks {
		decoded, err := block.decode()
		if err != nil {
			return Verified{}, err
		}
		if err := at.step(decoded); err != nil {
			return Verified{}, err
		}
	}
	if at.checkpoint != nil {
		return Verified{}, fmt.Errorf("%w: the checkpoint's block %d is not among them", receipt.ErrUntrusted, at.checkpoint.Height)
	}
	out := Verified{
		ChainID: b.ChainID, Height: at.header.Height - 1, Time: at.header.Time, values: make(map[string][]byte, len(b.Entries)),
	}
	for _, entry := range b.Entries {
		if err := entry.verify(at.header.AppHash); err != nil {
			return Verified{}, err
		}
		name := entryName(entry.Store, entry.Key)
		if _, repeated := out.values[name]; repeated {
			return Verified{}, fmt.Errorf("%w: entry %s/%x is there twice", receipt.ErrMalformed, entry.Store, entry.Key)
		}
		out.values[name] = entry.Value
	}
	return out, nil
}

// path is how far trust has come.
type path struct {
	chainID    string
	validators *cmttypes.ValidatorSet // who is trusted to sign next; none before a checkpoint's block
	checkpoint *Checkpoint            // still to be met
	header     *cmttypes.Header       // last one reached
}

func newPath(trust Trust, chainID string) (*path, error) {
	if (trust.Genesis == nil) == (trust.Checkpoint == nil) {
		return nil, ErrNoTrust
	}
	if trust.Checkpoint != nil {
		return &path{chainID: chainID, checkpoint: trust.Checkpoint}, nil
	}
	if trust.Genesis.ChainID != chainID {
		return nil, fmt.Errorf("%w: %s, not %s", receipt.ErrNetwork, chainID, trust.Genesis.ChainID)
	}
	var list []Validator
	for _, v := range trust.Genesis.Validators {
		list = append(list, Validator{Key: v.PubKey.Bytes(), Power: v.Power})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: the genesis names no validators", receipt.ErrUntrusted)
	}
	set, err := validatorSet(list)
	if err != nil {
		return nil, err
	}
	return &path{chainID: chainID, validators: set}, nil
}

// step moves trust to a later block.
func (p *path) step(block lightBlock) error {
	header := &block.header
	if header.ChainID != p.chainID {
		return fmt.Errorf("%w: block %d is of %q, not %q", receipt.ErrNetwork, header.Height, header.ChainID, p.chainID)
	}
	if p.header != nil && (header.Height <= p.header.Height || !header.Time.After(p.header.Time)) {
		return fmt.Errorf("%w: block %d does not come after block %d", receipt.ErrUntrusted, header.Height, p.header.Height)
	}
	if err := block.verify(); err != nil {
		return err
	}
	if err := p.accept(block); err != nil {
		return err
	}
	p.validators, p.header = block.validators, header
	return nil
}

// accept asks whether those trusted so far stand behind the block: it is the checkpoint, or the next block with the validators
// that the last one announced, or a later block that more than a third of the trusted power signed.
func (p *path) accept(block lightBlock) error {
	height := block.header.Height
	switch {
	case p.checkpoint != nil:
		if height != p.checkpoint.Height || !bytes.Equal(block.header.Hash(), p.checkpoint.Hash) {
			return fmt.Errorf("%w: block %d is not the checkpoint", receipt.ErrUntrusted, height)
		}
		p.checkpoint = nil
	case p.header != nil && height == p.header.Height+1:
		if !bytes.Equal(block.header.ValidatorsHash, p.header.NextValidatorsHash) {
			return fmt.Errorf("%w: block %d has other validators than announced", receipt.ErrUntrusted, height)
		}
	case !overThird(p.validators, block.signed()):
		return fmt.Errorf("%w: too few of the trusted validators signed block %d", receipt.ErrUntrusted, height)
	}
	return nil
}

// overThird tells whether more than a third of the set's power signed, CometBFT's default trust level.
func overThird(set *cmttypes.ValidatorSet, signed map[string]bool) bool {
	var power int64
	for _, v := range set.Validators {
		if signed[string(v.PubKey.Bytes())] {
			power += v.VotingPower
		}
	}
	return power > set.TotalVotingPower()/3
}

// verify checks both levels: the key in the store's tree or not in it, and the tree's root in the state's root.
func (e Entry) verify(appHash []byte) error {
	tree, root := new(ics23.CommitmentProof), new(ics23.CommitmentProof)
	if err := canonical("proof of "+e.Store, e.Tree, tree); err != nil {
		return err
	}
	if err := canonical("root of "+e.Store, e.Root, root); err != nil {
		return err
	}
	absent := tree.GetNonexist()
	if e.Value != nil && tree.GetExist() == nil || e.Value == nil && (absent == nil || !bytes.Equal(absent.Key, e.Key)) || root.GetExist() == nil {
		return fmt.Errorf("%w: entry %s/%x is proved neither present nor absent", receipt.ErrProof, e.Store, e.Key)
	}
	storeRoot, err := tree.Calculate()
	if err != nil {
		return fmt.Errorf("%w: entry %s/%x: %w", receipt.ErrProof, e.Store, e.Key, err)
	}
	holds := ics23.VerifyMembership(ics23.IavlSpec, storeRoot, tree, e.Key, e.Value)
	if e.Value == nil {
		holds = ics23.VerifyNonMembership(ics23.IavlSpec, storeRoot, tree, e.Key)
	}
	if !holds || !ics23.VerifyMembership(ics23.TendermintSpec, appHash, root, []byte(e.Store), storeRoot) {
		return fmt.Errorf("%w: entry %s/%x", receipt.ErrProof, e.Store, e.Key)
	}
	return nil
}
