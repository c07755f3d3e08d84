package referee_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/disputetest"
	"ayni.example/referee"
	"ayni.example/tensor/trace"
	rules "ayni.example/x/referee"
)

// TestComputedBook: computed as it is asked for, in any order, a book says what the whole training does.
func TestComputedBook(t *testing.T) {
	training := disputetest.New(t, disputetest.Tiny(), 6, 6, 9)
	want := training.Honest(t)
	book := referee.Compute(training, want.State(2), 2)
	for _, step := range []uint64{5, 3, 2, 4, 4} {
		made, err := book.Trace(step)
		if err != nil {
			t.Fatal(err)
		}
		truth, _ := want.Trace(step)
		if made.Root() != truth.Root() {
			t.Errorf("step %d has another trace", step)
		}
	}
	for _, step := range []uint64{6, 2, 5, 3} {
		got, err := book.StateRoot(step)
		if truth, _ := want.StateRoot(step); err != nil || got != truth {
			t.Errorf("state before step %d is %x: %v", step, got, err)
		}
	}
	if _, err := book.StateRoot(1); err == nil {
		t.Error("a state before the claim was told")
	}
	if _, err := book.Trace(1); err == nil {
		t.Error("a step before the claim was told")
	}
}

// ledger has one claim, and notes what is sent.
type ledger struct {
	training *disputetest.Training
	role     rules.Role
	claim    rules.Claim
	dispute  *rules.Dispute
	blocks   chan client.Block

	mu   sync.Mutex
	sent []sdk.Msg
}

func (l *ledger) Duties(_ context.Context, _ string, role rules.Role) ([]rules.QueryClaimResponse, error) {
	if role != l.role {
		return nil, nil
	}
	return []rules.QueryClaimResponse{{Claim: l.claim, Dispute: l.dispute}}, nil
}

func (l *ledger) Job(context.Context, []byte) (trace.Job, error) { return l.training.Job, nil }

func (l *ledger) Submit(_ context.Context, msgs ...sdk.Msg) (client.TxResult, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, msgs...)
	return client.TxResult{}, nil
}

func (l *ledger) WatchBlocks(context.Context) <-chan client.Block { return l.blocks }

// work gives books, or none.
type work struct {
	book referee.Book
	err  error
}

func (w work) Book(context.Context, rules.Claim, trace.Job) (referee.Book, error) {
	return w.book, w.err
}

const me = "me"

// answers is what a service sends for a claim in a role.
func answers(t *testing.T, l *ledger, w work) []sdk.Msg {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l.blocks, l.sent = make(chan client.Block), nil
		s, err := referee.New(referee.Config{
			Ledger: l, Address: me, Work: w, Pick: func(int) int { return 0 }, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- s.Run(t.Context()) }()
		l.blocks <- client.Block{Height: 1, Time: time.Unix(1, 0)}
		synctest.Wait()
		close(l.blocks)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.sent
}

// TestRoles: what is due, and nothing else, is done after a block.
func TestRoles(t *testing.T) {
	training := disputetest.New(t, disputetest.Tiny(), 6, 6, 9)
	honest := training.Honest(t)
	liar := training.Lie(t, honest, "wrong step", 2, 1)
	claim := rules.Claim{
		Kind: "any/kind", Name: []byte("one"), Defender: "other", To: 6, Before: honest.Root(0), After: honest.Root(6),
		Audit: rules.Audit{Stage: rules.AuditDrawn, Auditor: me},
	}
	own := work{book: honest.At(0)}
	l := &ledger{training: training, role: rules.RoleAuditor, claim: claim}
	if m, is := one(answers(t, l, own)).(*rules.MsgReport); !is || !m.Agrees {
		t.Errorf("of a true claim: %v", l.sent)
	}
	l.claim.After = liar.Root(6)
	if _, is := one(answers(t, l, own)).(*rules.MsgChallenge); !is {
		t.Errorf("of a false claim: %v", l.sent)
	}
	if m, is := one(answers(t, l, work{err: errors.New("no such recipe")})).(*rules.MsgReport); !is || m.Agrees {
		t.Errorf("of a claim that cannot be computed: %v", l.sent)
	}
	if _, is := one(answers(t, l, work{err: referee.ErrState})).(*rules.MsgAsk); !is {
		t.Errorf("of a state that is withheld: %v", l.sent)
	}
	l.claim.Questions = []rules.Question{{Asker: me}}
	if answers(t, l, work{err: referee.ErrState}); len(l.sent) != 0 {
		t.Errorf("while an answer is awaited: %v", l.sent)
	}
	l.claim.Audit.Asked, l.claim.Questions = 3, nil
	if m, is := one(answers(t, l, work{err: referee.ErrState})).(*rules.MsgReport); !is || m.Agrees {
		t.Errorf("of a state that is withheld for long: %v", l.sent)
	}

	l.role, l.claim.Defender = rules.RoleDefender, me
	if answers(t, l, own); len(l.sent) != 0 {
		t.Errorf("where nothing is asked: %v", l.sent)
	}
	l.claim.Questions = []rules.Question{{Asker: "other", Tensor: 3}}
	if m, is := one(answers(t, l, own)).(*rules.MsgAnswer); !is || m.Tensor != 3 {
		t.Errorf("to a question: %v", l.sent)
	}
	l.claim.Questions = nil
	d := rules.NewDispute(l.claim, "other", rules.DefaultParams().ChallengeBond, rules.DefaultParams(), 1, time.Unix(1, 0))
	l.dispute = &d
	show, is := one(answers(t, l, work{book: liar.At(0)})).(*rules.MsgShow)
	if !is || len(show.Hashes) != 6 || show.Turn != 1 {
		t.Fatalf("to a challenge: %v", l.sent)
	}
	d.Shown, l.role, d.Challenger = show.Hashes, rules.RoleChallenger, me
	if m, is := one(answers(t, l, own)).(*rules.MsgPoint); !is || m.Part != 2 {
		t.Errorf("to what is false from step 2 on: %v", l.sent)
	}
	if answers(t, l, work{book: liar.At(0)}); len(l.sent) != 0 {
		t.Errorf("where nothing is false: %v", l.sent)
	}
	d.Challenger = "another"
	if answers(t, l, own); len(l.sent) != 0 {
		t.Errorf("in another's dispute: %v", l.sent)
	}
}

// both has an audit and a claim of this machine's that is asked about.
type both struct{ *ledger }

func (b both) Duties(_ context.Context, _ string, role rules.Role) ([]rules.QueryClaimResponse, error) {
	c := b.claim
	switch role {
	case rules.RoleAuditor:
		c.Name, c.Audit = []byte("audit"), rules.Audit{Stage: rules.AuditDrawn, Auditor: me}
	case rules.RoleDefender:
		c.Name, c.Defender, c.Questions = []byte("own"), me, []rules.Question{{Asker: "other"}}
	default:
		return nil, nil
	}
	return []rules.QueryClaimResponse{{Claim: c}}, nil
}

// slow never gets what an audit needs.
type slow struct{ work }

func (w slow) Book(ctx context.Context, c rules.Claim, job trace.Job) (referee.Book, error) {
	if string(c.Name) == "audit" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return w.work.Book(ctx, c, job)
}

// TestDefendsMeanwhile: who waits for what others hand over for an audit still answers in time.
func TestDefendsMeanwhile(t *testing.T) {
	training := disputetest.New(t, disputetest.Tiny(), 6, 6, 9)
	honest := training.Honest(t)
	claim := rules.Claim{Kind: "any/kind", Defender: "other", To: 6, Before: honest.Root(0), After: honest.Root(6)}
	l := &ledger{training: training, claim: claim}
	synctest.Test(t, func(t *testing.T) {
		l.blocks = make(chan client.Block)
		s, err := referee.New(referee.Config{
			Ledger: both{l}, Address: me, Work: slow{work{book: honest.At(0)}}, Pick: func(int) int { return 0 }, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		for height := range int64(4) { // the order in which they begin is the scheduler's
			l.blocks <- client.Block{Height: height + 1, Time: time.Unix(height, 0)}
			synctest.Wait()
			l.mu.Lock()
			n := len(l.sent)
			if l.sent = nil; n != 1 {
				t.Errorf("after block %d: %d answers", height+1, n)
			}
			l.mu.Unlock()
		}
		cancel()
		close(l.blocks)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func one(sent []sdk.Msg) sdk.Msg {
	if len(sent) != 1 {
		return nil
	}
	return sent[0]
}
