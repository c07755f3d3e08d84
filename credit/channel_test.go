package credit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

func TestOpensOneChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			lane, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(1000)))
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(time.Millisecond)
			lane.Release()
		})
	}
	group.Wait()
	if len(w.ledger.channels) != 1 {
		t.Fatalf("%d channels were opened", len(w.ledger.channels))
	}
}

// TestOpenAnswerLost holds that a channel whose opening was not confirmed is found, not opened twice.
func TestOpenAnswerLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.ledger.lose = true
	_, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(1000)))
	wantError(t, err, errDown)
	w.crashPayer()
	w.serve("job", 1)
	if len(w.ledger.channels) != 1 {
		t.Fatalf("%d channels were opened", len(w.ledger.channels))
	}
}

func TestTopUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.policy = service.Policy{Deposit: math.NewInt(1000), DepositMax: math.NewInt(60_000), Lanes: 4}
	w.crashPayer()
	w.serve("job", 100) // costs 3,200 and reserves 50,000
	lane := w.lane()    // 3,200 are promised, so 53,200 are needed
	channel, _, err := w.ledger.Channel(w.ctx, lane.Open("").Channel)
	must(t, err)
	wantAmount(t, "deposit", channel.Deposit, 53_200)
	_, err = w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(10_000)))
	wantError(t, err, service.ErrBudget)
	second, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(6_800)))
	must(t, err)
	second.Release()
	lane.Release()
	third, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(10_000))) // what was reserved is free again
	must(t, err)
	third.Release()
	_, err = w.payer.Lane(w.ctx, w.wantAt("ayni1third", math.NewInt(60_001)))
	wantError(t, err, service.ErrBudget)
}

func TestLanesBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	w.policy.Lanes = 2
	w.crashPayer()
	first, second := w.lane(), w.lane()
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Millisecond)
	defer cancel()
	_, err := w.payer.Lane(ctx, w.wantAt(payeeAddress, math.NewInt(1)))
	wantError(t, err, service.ErrLaneBusy)
	wantError(t, err, context.DeadlineExceeded)
	go first.Release()
	third := w.lane()
	second.Release()
	third.Release()
}

// TestDeposit holds that a payee stops before it serves what no deposit covers, over all lanes together.
func TestDeposit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	first := w.start("first")
	defer first.release()
	second := w.start("second")
	defer second.release()
	must(t, first.pay(900))
	id := first.payer.Open("").Channel
	c := w.ledger.channels[string(id[:])]
	c.Deposit = math.NewInt(1500) // as if the payer had lied about it
	w.ledger.channels[string(id[:])] = c
	w.payee.Forget(id)
	remaining, err := w.payee.Remaining(w.ctx, id)
	must(t, err)
	wantAmount(t, "remaining", remaining, 600)
	wantError(t, second.pay(601), service.ErrDeposit)
	_, payee := w.audit()
	wantAmount(t, "promised", payee.promised, 900)
}

// TestClosingStops holds that no voucher is taken once the payer closes, and none of the work is lost.
func TestClosingStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	s := w.start("job")
	must(t, s.pay(200))
	closing, err := w.payer.Close(w.ctx)
	must(t, err)
	if closing != 1 {
		t.Fatalf("%d channels closing", closing)
	}
	w.ledger.set(func() { w.ledger.now = w.ledger.now.Add(21 * time.Second) }) // what is known of the channel is old now
	s.usage = receipt.Usage{Prompt: 20, Completion: 10}
	wantError(t, s.pay(300), service.ErrChannel)
	s.release()

	w.serve("on another channel", 1)
	if len(w.ledger.channels) != 2 {
		t.Fatalf("%d channels", len(w.ledger.channels))
	}
	tower := w.tower(service.WatchtowerConfig{})
	must(t, tower.Claim(w.ctx, false))
	// The payer had stored the voucher over 300 when it was refused; the payee has the one over 200.
	wantAmount(t, "payee's balance", w.ledger.balance(payeeAddress), 200)

	finalised, err := w.payer.Finalise(w.ctx, w.ledger.height)
	must(t, err)
	if finalised != 0 {
		t.Fatal("finalised within the challenge period")
	}
	w.ledger.set(func() { w.ledger.now, w.ledger.height = w.ledger.now.Add(time.Hour), w.ledger.height+100 })
	finalised, err = w.payer.Finalise(w.ctx, w.ledger.height)
	must(t, err)
	if finalised != 1 {
		t.Fatalf("%d channels finalised", finalised)
	}
	must(t, tower.Claim(w.ctx, true))
	lanes, err := w.payeeStore.Audit(w.ctx, service.AsPayee)
	must(t, err)
	closed := 0
	for _, l := range lanes {
		if l.Closed {
			closed++
			wantAmount(t, "receipts of the closed lane", l.Total, 200) // the open job became an aborted receipt
			wantAmount(t, "claimed on the closed lane", l.Claimed, 200)
		}
	}
	if closed != 1 {
		t.Fatalf("%d lanes are closed", closed)
	}
	wantAmount(t, "all money", w.ledger.supply(), 100_000_000)
}

func TestLedgerDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 7)
	w.serve("warm", 1)
	w.ledger.set(func() { w.ledger.down = true })
	w.serve("what is known is fresh enough", 1)
	w.ledger.set(func() { w.ledger.now = w.ledger.now.Add(time.Hour) })
	_, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(1)))
	wantError(t, err, errDown)
	w.ledger.set(func() { w.ledger.down = false })
	w.serve("after", 1)
	// A clock that jumps back must not make old knowledge look fresh for good.
	w.ledger.set(func() { w.ledger.now = w.ledger.now.Add(-8 * time.Hour) })
	w.serve("after the jump", 1)
}

func TestRotatedSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 8)
	w.serve("before", 1)
	w.session = newKey(77)
	w.crashPayer()
	w.serve("after", 1)
	if len(w.ledger.channels) != 2 {
		t.Fatalf("%d channels, want one for each session key", len(w.ledger.channels))
	}
	closing, err := w.payer.Close(w.ctx)
	must(t, err)
	if closing != 2 {
		t.Fatalf("%d channels closing", closing)
	}
}

func TestPayeeClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 9)
	w.serve("before", 1)
	for id := range w.ledger.channels {
		must(t, w.ledger.Submit(w.ctx, &credit.MsgCloseChannel{Sender: payeeAddress, Channel: []byte(id)}))
	}
	w.payer.Recheck(payeeAddress)
	w.serve("after", 1)
	if len(w.ledger.channels) != 2 {
		t.Fatalf("%d channels", len(w.ledger.channels))
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.start("left").release()
	payees, err := w.payer.Interrupted(w.ctx)
	must(t, err)
	if len(payees) != 1 || payees[0] != payeeAddress {
		t.Fatalf("interrupted: %v", payees)
	}
	w.serve("next", 1)
	payees, err = w.payer.Interrupted(w.ctx)
	must(t, err)
	if len(payees) != 0 {
		t.Fatalf("still interrupted: %v", payees)
	}
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	if _, err := service.NewPayer(service.PayerConfig{}); err == nil {
		t.Error("a payer without anything")
	}
	if _, err := service.NewPayee(service.PayeeConfig{}); err == nil {
		t.Error("a payee without anything")
	}
	if _, err := service.NewWatchtower(service.WatchtowerConfig{}); err == nil {
		t.Error("a watchtower without anything")
	}
	w := newWorld(t, 11)
	if _, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.Int{})); !errors.Is(err, service.ErrBudget) {
		t.Error(err)
	}
}

// TestReservedOnce holds that jobs that start together never reserve more than the deposit.
func TestReservedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	w.policy = service.Policy{Deposit: math.NewInt(1000), DepositMax: math.NewInt(1000), Lanes: 8}
	w.crashPayer()
	for range 20 {
		var group sync.WaitGroup
		held := make(chan *service.PayerLane, 8)
		for range cap(held) {
			group.Go(func() {
				lane, err := w.payer.Lane(w.ctx, w.wantAt(payeeAddress, math.NewInt(600)))
				switch {
				case err == nil:
					held <- lane
				case !errors.Is(err, service.ErrBudget):
					t.Error(err)
				}
			})
		}
		group.Wait()
		if len(held) != 1 {
			t.Fatalf("%d lanes hold 600 of 1000 each", len(held))
		}
		(<-held).Release()
	}
}
