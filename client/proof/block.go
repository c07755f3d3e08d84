package proof

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/receipt"
)

// lightBlock is a Block as CometBFT's code knows it.
type lightBlock struct {
	header     cmttypes.Header
	commit     *cmttypes.Commit
	validators *cmttypes.ValidatorSet
}

// newBlock is the way from CometBFT's form.
func newBlock(signed cmttypes.SignedHeader, validators []*cmttypes.Validator) (Block, error) {
	header, err := signed.Header.ToProto().Marshal()
	if err != nil {
		return Block{}, fmt.Errorf("encode header: %w", err)
	}
	commit, err := signed.Commit.ToProto().Marshal()
	if err != nil {
		return Block{}, fmt.Errorf("encode commit: %w", err)
	}
	block := Block{Header: header, Commit: commit}
	for _, v := range validators {
		block.Validators = append(block.Validators, Validator{Key: v.PubKey.Bytes(), Power: v.VotingPower})
	}
	return block, nil
}

// decode is the way back; every part must be in its one encoding.
func (b Block) decode() (lightBlock, error) {
	var out lightBlock
	header := new(cmtproto.Header)
	if err := canonical("header", b.Header, header); err != nil {
		return out, err
	}
	parsed, err := cmttypes.HeaderFromProto(header)
	if err != nil {
		return out, fmt.Errorf("%w: header: %w", receipt.ErrMalformed, err)
	}
	commit := new(cmtproto.Commit)
	if err := canonical("commit", b.Commit, commit); err != nil {
		return out, err
	}
	if out.commit, err = cmttypes.CommitFromProto(commit); err != nil {
		return out, fmt.Errorf("%w: commit: %w", receipt.ErrMalformed, err)
	}
	if out.validators, err = validatorSet(b.Validators); err != nil {
		return out, err
	}
	out.header = parsed
	return out, nil
}

// verify checks the block by itself: its header names these validators, all signatures of the commit are right, and more than
// two thirds of the votes are for this header.
func (b lightBlock) verify() error {
	if err := (cmttypes.SignedHeader{Header: &b.header, Commit: b.commit}).ValidateBasic(b.header.ChainID); err != nil {
		return fmt.Errorf("%w: block %d: %w", receipt.ErrSignature, b.header.Height, err)
	}
	if !bytes.Equal(b.header.ValidatorsHash, b.validators.Hash()) {
		return fmt.Errorf("%w: block %d names other validators", receipt.ErrUntrusted, b.header.Height)
	}
	if err := b.validators.VerifyCommit(b.header.ChainID, b.commit.BlockID, b.header.Height, b.commit); err != nil {
		return fmt.Errorf("%w: block %d: %w", receipt.ErrSignature, b.header.Height, err)
	}
	return nil
}

// signed tells which keys voted for the block.
func (b lightBlock) signed() map[string]bool {
	keys := map[string]bool{}
	for i, signature := range b.commit.Signatures {
		if signature.BlockIDFlag == cmttypes.BlockIDFlagCommit {
			keys[string(b.validators.Validators[i].PubKey.Bytes())] = true
		}
	}
	return keys
}

// validatorSet keeps the given order, which the set's hash depends on, and refuses what CometBFT's own constructor panics at.
func validatorSet(list []Validator) (*cmttypes.ValidatorSet, error) {
	set, seen := &cmttypes.ValidatorSet{}, map[string]bool{}
	var total int64
	for _, v := range list {
		if len(v.Key) != ed25519.PublicKeySize || seen[string(v.Key)] {
			return nil, fmt.Errorf("%w: a validator's key is repeated or not an Ed25519 key", receipt.ErrMalformed)
		}
		if v.Power < 1 || v.Power > cmttypes.MaxTotalVotingPower-total {
			return nil, fmt.Errorf("%w: validators' power is out of range", receipt.ErrMalformed)
		}
		seen[string(v.Key)] = true
		total += v.Power
		set.Validators = append(set.Validators, cmttypes.NewValidator(cmted25519.PubKey(v.Key), v.Power))
	}
	return set, nil
}

// message is a generated protobuf type.
type message interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// canonical decodes raw and refuses it unless it encodes to the same bytes.
func canonical(what string, raw []byte, into message) error {
	if err := into.Unmarshal(raw); err != nil {
		return fmt.Errorf("%w: %s: %w", receipt.ErrMalformed, what, err)
	}
	again, err := into.Marshal()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", receipt.ErrMalformed, what, err)
	}
	if !bytes.Equal(raw, again) {
		return fmt.Errorf("%w: %s is not in its canonical encoding", receipt.ErrMalformed, what)
	}
	return nil
}
