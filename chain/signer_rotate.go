package chain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cometbft/cometbft/privval"
	cmttypes "github.com/cometbft/cometbft/types"
)

// ErrNoHold is a home that signs, or may.
var ErrNoHold = errors.New("nothing keeps this home from signing")

// NextKey is the key that is to follow the node's, with which it proves that it has it; it is made at the first call. The node
// signs with it from the block on in which the council's change puts it into the set, and forgets the old one then.
func (n *Node) NextKey() (*Identity, error) {
	s := n.signer
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) == 1 {
		drawn := privval.GenFilePV(s.files.nextKey(), s.files.nextRecord())
		drawn.LastSignState.Save() // first: a key without a record is one whose record was lost
		drawn.Key.Save()
		if err := s.files.flush(); err != nil {
			return nil, fmt.Errorf("make the next validator key: %w", err)
		}
		s.keys = append(s.keys, held(drawn))
	}
	return &Identity{signer: s.keys[1].FilePV}, nil
}

// promote puts the next key in the first one's place, once the set has it and no longer the old one.
func (s *signer) promote(set *cmttypes.ValidatorSet) {
	if len(s.keys) == 1 || set == nil || !set.HasAddress(s.keys[1].address()) || set.HasAddress(s.keys[0].address()) {
		return
	}
	next := s.keys[1]
	err := s.files.write(s.files.promotion(), []byte(next.Key.Address.String()))
	if err == nil {
		err = s.files.finishPromotion()
	}
	if err != nil { // the next start ends it; until then the next key signs from where it lies
		s.log.Error("the old validator key is not put away", "error", err.Error())
		s.keys[0], s.keys = next, s.keys[:1]
		return
	}
	moved := held(privval.LoadFilePV(s.files.key(), s.files.record()))
	moved.start, moved.signed = next.start, next.signed
	s.keys = []*heldKey{moved}
	s.log.Info("the new validator key signs blocks from now on", "address", next.Key.Address.String())
}

// finishPromotion moves the next key and its record, if a mark says that it is time. A kill between two steps is no harm: each
// is done where it is not done yet.
func (f signerFiles) finishPromotion() error {
	if _, err := os.Stat(f.promotion()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for from, to := range map[string]string{f.nextKey(): f.key(), f.nextRecord(): f.record()} {
		if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put the new validator key into place: %w", err)
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	return f.remove(f.promotion())
}

// HeldHome tells why the key of a stopped home holds still, "" if it does not.
func HeldHome(home string) (string, error) {
	f := filesOf(NodeConfig{Home: home})
	if _, err := os.Stat(f.key()); err != nil {
		return "", fmt.Errorf("read validator key: %w", err)
	}
	h, err := f.settle()
	if err != nil || h == nil {
		return "", err
	}
	return h.Reason, nil
}

// ResumeSigning lets the key of a stopped home sign from the next start on, above everything that was seen. Whoever calls it
// answers for it that no other process signs with the key: if one does, the key is condemned for good.
func ResumeSigning(home string) error {
	f := filesOf(NodeConfig{Home: home})
	if _, err := os.Stat(f.key()); err != nil {
		return fmt.Errorf("read validator key: %w", err)
	}
	h, err := f.settle()
	if err != nil {
		return err
	}
	if h == nil {
		return ErrNoHold
	}
	if err := f.dropAnchor(); err != nil { // the hold lies beside it until the next start
		return err
	}
	h.Mode = holdResume
	return f.saveHold(*h)
}
