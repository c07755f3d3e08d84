package chain

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	sm "github.com/cometbft/cometbft/state"
	cmttypes "github.com/cometbft/cometbft/types"
)

const signerChain = "ayni_77-1"

// chainOf stands for the blocks of a network that a signer sees, and for the validators of the next one.
type chainOf struct {
	commits    map[int64]*cmttypes.Commit
	validators *cmttypes.ValidatorSet
}

func newChainOf(height int64) *chainOf {
	c := &chainOf{commits: map[int64]*cmttypes.Commit{}}
	for h := range height {
		c.commits[h+1] = &cmttypes.Commit{Height: h + 1}
	}
	return c
}

func (c *chainOf) Base() int64                                   { return 1 }
func (c *chainOf) Height() int64                                 { return int64(len(c.commits)) }
func (c *chainOf) LoadBlockCommit(height int64) *cmttypes.Commit { return c.commits[height] }
func (c *chainOf) LoadSeenCommit(height int64) *cmttypes.Commit  { return c.commits[height] }
func (c *chainOf) Load() (sm.State, error)                       { return sm.State{Validators: c.validators}, nil }

// next adds a block, with the precommit of those who sign it.
func (c *chainOf) next(tb testing.TB, by ...*signer) {
	tb.Helper()
	commit := &cmttypes.Commit{Height: c.Height() + 1}
	for _, s := range by {
		vote := vote(s, commit.Height, 0, cmtproto.PrecommitType, "block")
		if err := s.SignVote(signerChain, vote); err != nil {
			tb.Fatalf("sign height %d: %v", commit.Height, err)
		}
		commit.Signatures = append(commit.Signatures, cmttypes.CommitSig{
			BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: vote.ValidatorAddress, Signature: vote.Signature,
		})
	}
	c.commits[commit.Height] = commit
}

func vote(s *signer, height int64, round int32, kind cmtproto.SignedMsgType, block string) *cmtproto.Vote {
	return &cmtproto.Vote{
		Type: kind, Height: height, Round: round, Timestamp: time.Unix(1_700_000_000+height, 0), ValidatorAddress: s.keys[0].address(),
		BlockID: cmtproto.BlockID{Hash: bytes.Repeat([]byte(block)[:1], 32), PartSetHeader: cmtproto.PartSetHeader{Total: 1, Hash: make([]byte, 32)}},
	}
}

// startSigner opens the signer of a home as a node does.
func startSigner(tb testing.TB, home string, blocks *chainOf) *signer {
	tb.Helper()
	cfg := NodeConfig{Home: home}
	if err := cfg.makeFolders(); err != nil {
		tb.Fatal(err)
	}
	s, err := openSigner(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	s.blocks, s.states = blocks, blocks
	if _, err := s.GetPubKey(); err != nil {
		tb.Fatal(err)
	}
	s.opened(blocks)
	return s
}

// named is whether consensus is told of the key.
func named(tb testing.TB, s *signer) bool {
	tb.Helper()
	key, err := s.GetPubKey()
	if err != nil {
		tb.Fatal(err)
	}
	return bytes.Equal(key.Address(), s.keys[0].address())
}

func refuses(tb testing.TB, s *signer, why string) {
	tb.Helper()
	if named(tb, s) {
		tb.Fatal("consensus was told of the key")
	}
	height := s.blocks.Height() + 1
	err := s.SignVote(signerChain, vote(s, height, 0, cmtproto.PrevoteType, "other"))
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), why) {
		tb.Fatalf("a vote: %v, want %q", err, why)
	}
	if err := s.SignProposal(signerChain, &cmtproto.Proposal{Type: cmtproto.ProposalType, Height: height}); !errors.Is(err, ErrHeld) {
		tb.Fatalf("a proposal: %v", err)
	}
}

func copyHome(tb testing.TB, from string) string {
	tb.Helper()
	to := filepath.Join(tb.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		tb.Fatal(err)
	}
	return to
}

// cloned makes a copy pass for the original, as one of a whole virtual machine does.
func cloned(tb testing.TB, home string) {
	tb.Helper()
	if err := filesOf(NodeConfig{Home: home}).dropAnchor(); err != nil {
		tb.Fatal(err)
	}
}

// TestRestartSigns: homes that were only stopped sign at once, so that all validators of a network may be started together.
func TestRestartSigns(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	s := startSigner(t, home, blocks)
	for range 5 {
		blocks.next(t, s)
	}
	again := startSigner(t, home, blocks)
	if !named(t, again) {
		t.Fatalf("held: %s", again.hold.Reason)
	}
	blocks.next(t, again)
	if err := again.SignVote(signerChain, vote(again, 6, 0, cmtproto.PrecommitType, "other")); err == nil {
		t.Fatal("height 6 was signed twice")
	}
	if err := again.SignVote(signerChain, vote(again, 3, 0, cmtproto.PrecommitType, "other")); err == nil {
		t.Fatal("height 3 was signed after height 6")
	}
	repeated := vote(again, 6, 0, cmtproto.PrecommitType, "block")
	repeated.Timestamp = repeated.Timestamp.Add(time.Second)
	if err := again.SignVote(signerChain, repeated); err != nil {
		t.Fatalf("the same vote at a later time: %v", err)
	}
}

// TestCopyListens: a copy never signs while the original does, and takes over above all that was seen once it is gone.
func TestCopyListens(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	original := startSigner(t, home, blocks)
	for range 3 {
		blocks.next(t, original)
	}
	second := startSigner(t, copyHome(t, home), blocks)
	for range 3 * quietBlocks {
		blocks.next(t, original)
		refuses(t, second, "copy")
	}
	if !named(t, original) {
		t.Fatal("the original was disturbed")
	}
	for i := range quietBlocks {
		refuses(t, second, "copy")
		if i == quietBlocks/2 {
			blocks.next(t, original) // not dead yet: all over again
		}
		blocks.next(t)
	}
	for i := 0; !named(t, second); i++ {
		if i > quietBlocks {
			t.Fatalf("still held after enough blocks: %+v", second.hold)
		}
		blocks.next(t)
	}
	seen := blocks.Height()
	for h := seen - 1; h <= seen+skippedHeights; h++ {
		if err := second.SignVote(signerChain, vote(second, h, 9, cmtproto.PrecommitType, "other")); err == nil {
			t.Fatalf("height %d was signed, with %d blocks seen", h, seen)
		}
	}
	for range skippedHeights {
		blocks.next(t)
	}
	blocks.next(t, second)
	if again := startSigner(t, filepath.Dir(filepath.Dir(second.files.data)), blocks); !named(t, again) {
		t.Fatalf("the new home of the key is held after a restart: %s", again.hold.Reason)
	}
}

// TestFetchedBlocksAreNotListening: old blocks that come while a node catches up say nothing of who signs now.
func TestFetchedBlocksAreNotListening(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	blocks.next(t, startSigner(t, home, blocks))
	second := startSigner(t, copyHome(t, home), blocks)
	for range 5 * quietBlocks {
		blocks.next(t)
	}
	refuses(t, second, "copy")
}

// TestRecord: what can befall the record of signatures.
func TestRecord(t *testing.T) {
	for name, c := range map[string]struct {
		befall func(tb testing.TB, record string, early []byte)
		why    string
	}{
		"lost":  {func(tb testing.TB, record string, _ []byte) { tb.Helper(); must(tb, os.Remove(record)) }, "lost"},
		"empty": {func(tb testing.TB, record string, _ []byte) { tb.Helper(); must(tb, os.WriteFile(record, nil, 0o600)) }, "damaged"},
		"damaged": {func(tb testing.TB, record string, _ []byte) {
			tb.Helper()
			must(tb, os.WriteFile(record, []byte("{"), 0o600))
		}, "damaged"},
		"rolled back": {func(tb testing.TB, record string, early []byte) {
			tb.Helper()
			must(tb, os.WriteFile(record, early, 0o600))
		}, "rolled back"},
		"no anchor": {func(tb testing.TB, record string, _ []byte) {
			tb.Helper()
			must(tb, os.Remove(filepath.Join(filepath.Dir(record), anchorName)))
		}, "restored"},
	} {
		t.Run(name, func(t *testing.T) {
			home, blocks := t.TempDir(), newChainOf(0)
			s := startSigner(t, home, blocks)
			blocks.next(t, s)
			early, err := os.ReadFile(s.files.record())
			must(t, err)
			blocks.next(t, s)
			c.befall(t, s.files.record(), early)
			for range 2 { // a restart does not end it
				refuses(t, startSigner(t, home, blocks), c.why)
			}
			if why, err := HeldHome(home); err != nil || !strings.Contains(why, c.why) {
				t.Errorf("the stopped home says %q, %v", why, err)
			}
		})
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// TestCloneStops: a clone that no mark tells from its original finds its own key in the blocks.
func TestCloneStops(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	original := startSigner(t, home, blocks)
	blocks.next(t, original)
	clone := copyHome(t, home)
	cloned(t, clone)
	blocks.next(t, original)
	refuses(t, startSigner(t, clone, blocks), "rolled back")

	blind := copyHome(t, home) // taken and started between two blocks: nothing to see at first
	cloned(t, blind)
	second := startSigner(t, blind, blocks)
	if !named(t, second) {
		t.Fatal("this test wants the case that nothing shows")
	}
	heard := vote(original, 3, 0, cmtproto.PrevoteType, "block")
	must(t, original.SignVote(signerChain, heard))
	second.observe(voteOf(heard))
	refuses(t, second, "rolled back")
}

// TestTwoSigners: each of two processes that sign with one key stops for good when it hears the other.
func TestTwoSigners(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	first := startSigner(t, home, blocks)
	blocks.next(t, first)
	clone := copyHome(t, home)
	cloned(t, clone)
	second := startSigner(t, clone, blocks)
	a, b := vote(first, 2, 0, cmtproto.PrevoteType, "a"), vote(second, 2, 1, cmtproto.PrevoteType, "b")
	must(t, first.SignVote(signerChain, a))
	must(t, second.SignVote(signerChain, b))
	first.observe(voteOf(a)) // its own comes back: nothing happens
	if first.hold != nil {
		t.Fatalf("held by its own vote: %s", first.hold.Reason)
	}
	first.observe(voteOf(b))
	second.observe(voteOf(a))
	for range 3 * quietBlocks {
		blocks.next(t)
		refuses(t, first, "another process signs")
		refuses(t, second, "another process signs")
	}
	refuses(t, startSigner(t, home, blocks), "another process signs")
	must(t, ResumeSigning(home))
	if again := startSigner(t, home, blocks); !named(t, again) {
		t.Fatalf("held after a person's word: %s", again.hold.Reason)
	} else if err := again.SignVote(signerChain, vote(again, 2, 1, cmtproto.PrevoteType, "c")); err == nil {
		t.Fatal("what the other process had signed was signed again")
	}
	refuses(t, startSigner(t, clone, blocks), "another process signs")
}

func voteOf(v *cmtproto.Vote) *cmttypes.Vote {
	return &cmttypes.Vote{Type: v.Type, Height: v.Height, Round: v.Round, ValidatorAddress: v.ValidatorAddress, Signature: v.Signature}
}

// TestResume: a network that waits for a restored validator goes on at the very height, by a person's word, in that place alone.
func TestResume(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	s := startSigner(t, home, blocks)
	blocks.next(t, s)
	if err := ResumeSigning(home); !errors.Is(err, ErrNoHold) {
		t.Fatalf("a home that signs: %v", err)
	}
	restored := copyHome(t, home)
	blocks.next(t, s)
	refuses(t, startSigner(t, restored, blocks), "copy")
	must(t, ResumeSigning(restored))
	elsewhere := copyHome(t, restored)
	refuses(t, startSigner(t, elsewhere, blocks), "copy")
	again := startSigner(t, restored, blocks)
	if !named(t, again) {
		t.Fatalf("held: %+v", again.hold)
	}
	if err := again.SignVote(signerChain, vote(again, 2, 0, cmtproto.PrecommitType, "other")); err == nil {
		t.Fatal("height 2, which the original has signed, was signed again")
	}
	blocks.next(t, again)
}

// TestAloneSaysSo: a copied home whose network has no other validator does not wait for blocks that nobody makes.
func TestAloneSaysSo(t *testing.T) {
	home, blocks := t.TempDir(), newChainOf(0)
	s := startSigner(t, home, blocks)
	blocks.next(t, s)
	blocks.validators = cmttypes.NewValidatorSet([]*cmttypes.Validator{cmttypes.NewValidator(s.keys[0].Key.PubKey, 1)})
	alone, err := openSigner(NodeConfig{Home: copyHome(t, home)})
	must(t, err)
	alone.blocks, alone.states = blocks, blocks
	if _, err := alone.GetPubKey(); !errors.Is(err, ErrHeld) {
		t.Fatalf("got %v", err)
	}
}

// rotated is a home in which a second key is about to follow the first.
func rotated(tb testing.TB) (home string, blocks *chainOf, first, next []byte) {
	tb.Helper()
	home, blocks = tb.TempDir(), newChainOf(0)
	s := startSigner(tb, home, blocks)
	blocks.next(tb, s)
	n := &Node{signer: s}
	identity, err := n.NextKey()
	must(tb, err)
	if again, err := n.NextKey(); err != nil || !bytes.Equal(again.Key(), identity.Key()) {
		tb.Fatalf("asked twice, there are two next keys: %v", err)
	}
	return home, blocks, s.keys[0].Key.PubKey.Bytes(), identity.Key()
}

func (c *chainOf) seat(s *signer, index int) {
	c.validators = cmttypes.NewValidatorSet([]*cmttypes.Validator{cmttypes.NewValidator(s.keys[index].Key.PubKey, 1)})
}

func TestRotation(t *testing.T) {
	home, blocks, first, next := rotated(t)
	s := startSigner(t, home, blocks)
	blocks.seat(s, 0)
	if !named(t, s) || !bytes.Equal(s.keys[0].Key.PubKey.Bytes(), first) {
		t.Fatal("the old key does not sign while it has the seat")
	}
	blocks.next(t, s)
	old := vote(s, 3, 0, cmtproto.PrevoteType, "block")
	blocks.seat(s, 1)
	key, err := s.GetPubKey()
	must(t, err)
	if !bytes.Equal(key.Bytes(), next) {
		t.Fatal("the new key does not sign once it has the seat")
	}
	if err := s.SignVote(signerChain, old); err == nil {
		t.Fatal("the old key signs after it has lost the seat")
	}
	blocks.next(t, s)
	again := startSigner(t, home, blocks)
	if !named(t, again) || len(again.keys) != 1 || !bytes.Equal(again.keys[0].Key.PubKey.Bytes(), next) {
		t.Fatalf("after a restart: %d keys", len(again.keys))
	}
	if err := again.SignVote(signerChain, vote(again, 3, 0, cmtproto.PrecommitType, "other")); err == nil {
		t.Fatal("height 3 was signed twice with the new key")
	}
	for name := range maps.All(map[string]string{again.files.nextKey(): "", again.files.nextRecord(): "", again.files.promotion(): ""}) {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left over: %v", name, err)
		}
	}
}

// TestRotationIsCut: the steps of a promotion, each of which may be the last before a kill.
func TestRotationIsCut(t *testing.T) {
	for steps := range 4 {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			home, blocks, _, next := rotated(t)
			f := filesOf(NodeConfig{Home: home})
			for i, step := range []func() error{
				func() error { return f.write(f.promotion(), []byte("x")) },
				func() error { return os.Rename(f.nextKey(), f.key()) },
				func() error { return os.Rename(f.nextRecord(), f.record()) },
			} {
				if i < steps {
					must(t, step())
				}
			}
			s := startSigner(t, home, blocks)
			blocks.seat(s, len(s.keys)-1)
			key, err := s.GetPubKey()
			must(t, err)
			if s.hold != nil || !bytes.Equal(key.Bytes(), next) || len(s.keys) != 1 {
				t.Fatalf("held %+v, key %x, want %x", s.hold, key.Bytes(), next)
			}
			blocks.next(t, s)
		})
	}
}
