package holding_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/artifact"
	"ayni.example/artifact/holding"
	x "ayni.example/x/artifact"
)

// ledger is one holder's part of it; a block comes when the test says so, and is over when the holder is done with it.
type ledger struct {
	mu         sync.Mutex
	pledges    []x.Pledge
	challenges []x.Challenge
	answers    []*x.MsgAnswer
	refuse     error
	blocks     chan int64
}

func (l *ledger) Pledges(context.Context, string) ([]x.Pledge, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pledges, nil
}

func (l *ledger) Challenges(context.Context, string) ([]x.Challenge, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.challenges, nil
}

func (l *ledger) Submit(_ context.Context, msgs ...sdk.Msg) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuse != nil {
		return l.refuse
	}
	l.answers = append(l.answers, msgs[0].(*x.MsgAnswer))
	return nil
}

func (l *ledger) Blocks(context.Context) <-chan int64 { return l.blocks }

// rig has a pledged blob and a holder that runs.
type rig struct {
	*ledger
	store *artifact.Store
	d     artifact.Digest
	now   time.Time
}

func newRig(tb testing.TB, size int) *rig {
	tb.Helper()
	store, err := artifact.New(artifact.Config{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	body := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size)}).Read(body)
	info, err := store.PutBytes(tb.Context(), body)
	if err != nil {
		tb.Fatal(err)
	}
	leaves, err := holding.Leaves(tb.Context(), store, info.Digest)
	if err != nil {
		tb.Fatal(err)
	}
	root, sum := x.Root(leaves), info.Digest.Sum()
	r := &rig{store: store, d: info.Digest, now: time.Unix(1_000_000, 0), ledger: &ledger{blocks: make(chan int64)}}
	r.pledges = []x.Pledge{{Holder: "me", Digest: sum[:], Size_: uint64(size), Root: root[:], Waiting: 1}}
	h, err := holding.New(holding.Config{
		Store: store, Dir: tb.TempDir(), Address: "me", Ledger: r.ledger, Now: r.clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.Run(context.Background()) // ends with the blocks
	}()
	tb.Cleanup(func() { close(r.blocks); <-ended })
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// ask makes the holder look at challenges for some leaves.
func (r *rig) ask(leaves ...uint64) {
	r.mu.Lock()
	r.challenges = nil
	for _, leaf := range leaves {
		r.challenges = append(r.challenges, x.Challenge{Holder: "me", Digest: r.pledges[0].Digest, Leaf: leaf})
	}
	r.mu.Unlock()
	r.block()
}

// block is over when the holder waits for the next.
func (r *rig) block() {
	r.blocks <- 1
	r.blocks <- 2
	r.blocks <- 3
}

func (r *rig) answered() []*x.MsgAnswer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answers
}

// TestAnswers shows leaves that the ledger takes, of blobs of all shapes, once each.
func TestAnswers(t *testing.T) {
	for _, size := range []int{1, x.LeafSize, x.LeafSize + 1, 3*x.LeafSize - 1, 70*x.LeafSize + 5} {
		r := newRig(t, size)
		count := x.Leaves(uint64(size))
		r.ask(0, count-1, count/2)
		want := map[uint64]bool{0: true, count - 1: true, count / 2: true}
		got := r.answered()
		if len(got) < len(want) || len(got) > 3 {
			t.Errorf("%d bytes: %d answers to %d leaves", size, len(got), len(want))
		}
		for _, a := range got {
			if err := x.VerifyLeaf(r.pledges[0].Root, uint64(size), a.Leaf, a.Data, a.Path); err != nil || !want[a.Leaf] {
				t.Errorf("%d bytes, leaf %d: %v", size, a.Leaf, err)
			}
		}
	}
}

// TestPledgedStays has the blob pinned as long as it is pledged.
func TestPledgedStays(t *testing.T) {
	r := newRig(t, 100)
	r.block()
	if freed, err := r.store.CollectUnpinned(t.Context(), artifact.Age{}); err != nil || len(freed) != 0 {
		t.Fatalf("collected %v, %v", freed, err)
	}
	r.mu.Lock()
	r.pledges = nil
	r.now = time.Now().Add(2 * time.Hour)
	r.mu.Unlock()
	r.block()
	if freed, err := r.store.CollectUnpinned(t.Context(), artifact.Age{}); err != nil || len(freed) != 1 {
		t.Fatalf("after the pledge: collected %v, %v", freed, err)
	}
}

// TestTriesAgain sends an answer that was refused again, after a while and not for ever.
func TestTriesAgain(t *testing.T) {
	r := newRig(t, 100)
	r.refuse = errors.New("the ledger is away")
	r.ask(0)
	r.mu.Lock()
	r.refuse = nil
	r.mu.Unlock()
	if r.block(); len(r.answered()) != 0 {
		t.Error("tried again at once")
	}
	r.mu.Lock()
	r.now = r.now.Add(time.Minute)
	r.mu.Unlock()
	if r.block(); len(r.answered()) != 1 {
		t.Errorf("%d answers", len(r.answered()))
	}
	for range 20 {
		r.mu.Lock()
		r.now = r.now.Add(24 * time.Hour)
		r.mu.Unlock()
		r.block()
	}
	if n := len(r.answered()); n > 5 {
		t.Errorf("%d answers to one challenge", n)
	}
}

// TestDamaged sends nothing false: neither for lost nor for changed bytes.
func TestDamaged(t *testing.T) {
	r := newRig(t, 5*x.LeafSize)
	file, err := os.OpenFile(r.store.Path(r.d), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt([]byte("damage"), 2*x.LeafSize+7)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	r.ask(2)
	if n := len(r.answered()); n != 0 {
		t.Errorf("%d answers with a damaged leaf", n)
	}
	if err := os.Remove(r.store.Path(r.d)); err != nil {
		t.Fatal(err)
	}
	r.ask(1)
	if n := len(r.answered()); n != 0 {
		t.Errorf("%d answers without the blob", n)
	}
}
