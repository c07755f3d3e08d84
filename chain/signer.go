package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	cmtdb "github.com/cometbft/cometbft-db"
	cmtcrypto "github.com/cometbft/cometbft/crypto"
	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/internal/clock"
)

// ErrHeld is a validator that does not sign, since its key may be signing elsewhere.
var ErrHeld = errors.New("this machine does not sign blocks now")

const (
	// quietBlocks is how many blocks must come without a signature of the key before a copy may sign with it.
	quietBlocks = 10
	// skippedHeights are left out beyond the highest that was seen, for what another process signed and nobody has seen yet.
	skippedHeights = 2
	// lookBack bounds how many old blocks are searched for own signatures at a start.
	lookBack = 10_000
	// remembered is for how many heights the signatures of this process are kept.
	remembered = 100
)

// signer signs blocks with the keys of a home, and nothing twice. CometBFT's file signer, which it wraps, refuses what its record
// of the last signature forbids. That record says nothing in a home that was copied, restored or rolled back, while the key
// signs elsewhere. There this signer holds still and listens; see hold.
//
// For consensus a signer that holds still has a key that is in nobody's set, so that the node follows as any other.
type signer struct {
	files  signerFiles
	log    *slog.Logger
	now    clock.Clock
	nobody cmtcrypto.PubKey

	mu      sync.Mutex
	keys    []*heldKey // that of the home, then the one that is to follow it
	named   *heldKey   // the one that consensus was told of
	hold    *hold      // nil: it signs
	blocks  blockReader
	states  stateReader
	begun   bool  // the node is open
	live    bool  // consensus makes blocks
	checked int64 // height up to which blocks were searched for own signatures
	quiet   int   // blocks without one, while it holds still
}

// blockReader is CometBFT's store of blocks.
type blockReader interface {
	Base() int64
	Height() int64
	LoadBlockCommit(height int64) *cmttypes.Commit
	LoadSeenCommit(height int64) *cmttypes.Commit
}

// stateReader is CometBFT's store of what a block left behind.
type stateReader interface {
	Load() (sm.State, error)
}

var _ cmttypes.PrivValidator = (*signer)(nil)

// openSigner reads the keys of a home, or makes the first, and settles whether they may sign.
func openSigner(cfg NodeConfig) (*signer, error) {
	s := &signer{files: filesOf(cfg), log: cfg.Logger, now: cfg.Now, nobody: cmted25519.GenPrivKey().PubKey()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = clock.System
	}
	var err error
	if s.hold, err = s.files.settle(); err != nil {
		return nil, err
	}
	s.keys, err = s.files.load()
	return s, err
}

// GetPubKey names the key that signs the next block. Consensus asks after every block.
func (s *signer) GetPubKey() (cmtcrypto.PubKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.validators()
	s.promote(set)
	s.advance()
	s.named = s.keys[0]
	if s.hold == nil {
		return s.named.Key.PubKey, nil
	}
	if !s.begun && set != nil && set.Size() == 1 && set.HasAddress(s.named.address()) {
		return nil, s.held() // nobody else makes blocks, so that there is nothing to listen to
	}
	return s.nobody, nil
}

// SignVote implements PrivValidator. The record is on the disk before the signature leaves.
func (s *signer) SignVote(chainID string, vote *cmtproto.Vote) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	if s.hold != nil {
		return s.held()
	}
	for _, key := range s.keys {
		if !bytes.Equal(key.address(), vote.ValidatorAddress) {
			continue
		}
		s.shift(&vote.Timestamp)
		if err := key.SignVote(chainID, vote); err != nil {
			return err
		}
		return s.leave(key, vote.Height, &vote.Signature)
	}
	return fmt.Errorf("%w: no key of %X is here", ErrHeld, vote.ValidatorAddress)
}

// SignProposal implements PrivValidator.
func (s *signer) SignProposal(chainID string, proposal *cmtproto.Proposal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	if s.hold != nil {
		return s.held()
	}
	if err := s.named.SignProposal(chainID, proposal); err != nil {
		return err
	}
	return s.leave(s.named, proposal.Height, &proposal.Signature)
}

// leave lets a signature out once its record cannot be lost any more: CometBFT renames the record's file into place, and the
// name is only safe when the folder is.
func (s *signer) leave(key *heldKey, height int64, signature *[]byte) error {
	if err := s.files.flush(); err != nil {
		*signature = nil
		return err
	}
	key.remember(height, *signature)
	return nil
}

// held says why nothing is signed.
func (s *signer) held() error { return fmt.Errorf("%w: %s", ErrHeld, s.hold.Reason) }

// validators is the set of the next block, nil before there is any state.
func (s *signer) validators() *cmttypes.ValidatorSet {
	if s.states == nil {
		return nil
	}
	state, err := s.states.Load()
	if err != nil {
		s.log.Error("validators not read", "error", err.Error())
		return nil
	}
	return state.Validators
}

// watch judges votes until there are no more, or they came too fast and some were lost.
func (s *signer) watch(ctx context.Context, votes cmttypes.Subscription) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-votes.Canceled():
			return
		case message := <-votes.Out():
			if data, ok := message.Data().(cmttypes.EventDataVote); ok && data.Vote != nil {
				s.observe(data.Vote)
			}
		}
	}
}

// Signing tells whether a node signs blocks, and if not, why.
type Signing struct {
	Key    []byte // public, Ed25519
	Next   []byte // the key that is to follow, while a rotation is under way
	Held   string // why it does not sign; empty when it does
	Locked bool   // listening will not end it: a person must
	Quiet  int    // blocks heard without the key's signature, of Wanted
	Wanted int
}

// Signing tells whether this node's key may sign. Whether it has a seat is another question.
func (n *Node) Signing() Signing { return n.signer.status() }

func (s *signer) status() Signing {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := Signing{Key: s.keys[0].Key.PubKey.Bytes()}
	if len(s.keys) > 1 {
		answer.Next = s.keys[1].Key.PubKey.Bytes()
	}
	if s.hold != nil {
		answer.Held, answer.Locked, answer.Quiet, answer.Wanted = s.hold.Reason, s.hold.Mode == holdLocked, s.quiet, quietBlocks
	}
	return answer
}

// reads takes note of a database that the node opens, for the look at what is there before consensus asks for the key.
func (s *signer) reads(name string, db cmtdb.DB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "blockstore":
		s.blocks = store.NewBlockStore(db)
	case "state":
		s.states = sm.NewStore(db, sm.StoreOptions{})
	}
}

// opened tells that the node is made, and where its blocks come to lie.
func (s *signer) opened(blocks blockReader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks, s.begun = blocks, true
	if s.hold != nil {
		s.log.Warn("this machine does not sign blocks until it has listened", "reason", s.hold.Reason, "blocks", quietBlocks)
	}
}
