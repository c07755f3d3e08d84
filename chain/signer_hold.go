package chain

import (
	"bytes"
	"fmt"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

// The ways to hold still.
const (
	holdListen = "listen" // until enough blocks have come without the key's signature
	holdLocked = "locked" // until a person says that no other process signs
	holdResume = "resume" // a person has said so; the next start signs, above all that was seen
)

// hold keeps a key from signing. It lies in a file, so that a kill does not end it.
//
// It begins where the record of what was signed last cannot be trusted: the record is not the file that this home made, it is
// lost or damaged, or a block or vote of the network bears a signature of the key that the record does not know. While it
// lasts, nothing is signed. It ends by itself when quietBlocks blocks, made while consensus ran here, came without the key; what
// lies up to skippedHeights above all that was seen is never signed. Where this very process has signed and then sees
// a signature that is not its own, two processes sign with one key, and each of them stops until a person decides.
type hold struct {
	Mode   string   `json:"mode"`
	Reason string   `json:"reason"`
	Seen   position `json:"seen"` // highest signature of the key by another process
}

// position is a place in consensus for which a key signs once.
type position struct {
	Height int64 `json:"height"`
	Round  int32 `json:"round"`
	Step   int8  `json:"step"` // 1 proposal, 2 prevote, 3 precommit
}

const stepPrecommit = 3

// after tells whether p comes later than q.
func (p position) after(q position) bool {
	if p.Height != q.Height {
		return p.Height > q.Height
	}
	if p.Round != q.Round {
		return p.Round > q.Round
	}
	return p.Step > q.Step
}

// String is for the log.
func (p position) String() string {
	return fmt.Sprintf("height %d round %d step %d", p.Height, p.Round, p.Step)
}

// advance looks through the blocks that came since the last call. Consensus itself calls it after each of its blocks, so that all
// from the second call on are new ones; what came before may have been fetched.
func (s *signer) advance() {
	if s.blocks == nil || guardOff() {
		return
	}
	height := s.blocks.Height()
	for h := s.from(height); h <= height; h++ {
		commit := s.blocks.LoadBlockCommit(h)
		if h == height || commit == nil {
			commit = s.blocks.LoadSeenCommit(h)
		}
		if commit == nil {
			continue
		}
		if !s.search(commit) && s.live {
			s.quiet++
		}
	}
	s.checked, s.live = height, s.begun
	if s.hold == nil {
		return
	}
	if s.hold.Mode == holdResume || s.hold.Mode == holdListen && s.quiet >= quietBlocks {
		s.release(height)
	}
}

// from is the first height to search. What is not above the records of all keys tells nothing new.
func (s *signer) from(height int64) int64 {
	known := s.keys[0].start.Height
	for _, key := range s.keys {
		known = min(known, key.start.Height)
	}
	if s.hold != nil {
		known = 0
	}
	return max(s.checked+1, known+1, s.blocks.Base(), height-lookBack+1, 1)
}

// search looks for signatures of the home's keys that this process did not make.
func (s *signer) search(commit *cmttypes.Commit) (found bool) {
	for _, sig := range commit.Signatures {
		if sig.BlockIDFlag == cmttypes.BlockIDFlagAbsent {
			continue
		}
		at := position{commit.Height, commit.Round, stepPrecommit}
		found = s.judge(sig.ValidatorAddress, at, sig.Signature, "a block") || found
	}
	return found
}

// observe judges a vote that came by while consensus runs.
func (s *signer) observe(vote *cmttypes.Vote) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := position{vote.Height, vote.Round, stepPrecommit - 1}
	if vote.Type == cmtproto.PrecommitType {
		at.Step = stepPrecommit
	}
	s.judge(vote.ValidatorAddress, at, vote.Signature, "a vote")
}

// judge tells whether a signature is one of the home's keys and was made elsewhere, and acts on it. What lies up to the record
// with which this process began may be its predecessor's.
func (s *signer) judge(address []byte, at position, signature []byte, where string) (foreign bool) {
	for _, key := range s.keys {
		if !bytes.Equal(key.address(), address) || !at.after(key.start) || key.made(at.Height, signature) || guardOff() {
			continue
		}
		s.heard(key, at, where)
		return true
	}
	return false
}

// heard holds still since another process signs.
func (s *signer) heard(key *heldKey, at position, where string) {
	s.quiet = 0
	mode := holdListen
	reason := fmt.Sprintf("%s of %s bears this key's signature, and the record here ends at %s: this home was rolled back, or a copy of it signs",
		where, at, key.start)
	if len(key.signed) > 0 {
		mode = holdLocked
		reason = fmt.Sprintf("%s of %s bears a signature of this key that this process did not make: another process signs with the same key", where, at)
	}
	switch {
	case s.hold == nil:
		s.hold = &hold{Mode: mode, Reason: reason, Seen: at}
		s.log.Error("this machine stops signing blocks", "reason", reason)
	case at.after(s.hold.Seen):
		s.hold.Seen = at
	default:
		return
	}
	if err := s.files.saveHold(*s.hold); err != nil {
		s.log.Error("the hold on signing is not on disk, so that it ends with the process", "error", err.Error())
	}
}

// release lets the keys sign again, above everything that was seen.
func (s *signer) release(height int64) {
	floor := position{Height: max(height, s.hold.Seen.Height) + skippedHeights + 1}
	if s.hold.Mode == holdResume { // the network may be waiting for this very height
		floor = s.hold.Seen
	}
	if err := s.files.release(s.keys, floor); err != nil {
		s.log.Error("signing goes on being held", "error", err.Error())
		return
	}
	s.log.Warn("this machine signs blocks again", "held", s.hold.Reason, "after", floor.String())
	s.hold, s.quiet = nil, 0
}
