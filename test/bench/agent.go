package main

import (
	"context"
	"fmt"
)

// agents measures what agents cost the ledger, and payments between programs.
func (b *bench) agents(ctx context.Context, s *section) {
	for _, part := range []struct {
		what string
		add  func(context.Context, *section) error
	}{{"wake-ups", b.wakeUps}, {"policy", b.policy}, {"cost of a payment", b.paymentCosts}} {
		if err := part.add(ctx, s); err != nil {
			s.missing(part.what, err)
		}
	}
	b.facilitators(ctx, s)
	s.note("Wake-ups and payments are whole transactions on one core: check, proposal, execution and commit to a store in memory, no consensus and no network, 200 agents or 300 payments at " +
		"once. A wake-up is a message, the beacon's draw of a host, the host's lease, and an act that pays; the blocks of the draw are counted in its time. A full block holds as many as the gas " +
		"limits of its three transactions let in, with the client's margin of 30 %%. The policy is asked with windows of an hour and a day that are full; the reads are those that an act does once, " +
		"decoded, of an agent that has paid once. A payment's fee is at the price of an idle ledger. State is what the ledger's stores have more after it; a nonce is forgotten after its authorisation's end, within a day. " +
		"Over HTTP: `ayni up` in a process of its own, 16 clients in another, which sign as they go and share the cores; a settlement waits for its block.")
}

func (b *bench) wakeUps(ctx context.Context, s *section) error {
	chain, err := b.compile(ctx, "chain")
	if err != nil {
		return err
	}
	r, err := chain.run(ctx, "^Benchmark(Wake|Send)$", "3x", packageRuns)
	if err != nil {
		return err
	}
	f, err := r.figures("Wake wakes/s", "Wake wakes/full-block", "Send tx/s", "Wake gas/wake", "Wake gas/take", "Wake gas/act")
	if err != nil {
		return err
	}
	s.add(row{
		what: "wake-ups a second on one core", figure: fmt.Sprintf("%.0f", f[0]), against: fmt.Sprintf("bank sends: %.0f tx/s", f[2]),
		ratio: fmt.Sprintf("costs %.1f sends", f[2]/f[0]), runs: fmt.Sprint(packageRuns),
	})
	s.add(row{
		what: "wake-ups that a full block holds", figure: fmt.Sprintf("%.0f", f[1]),
		against: fmt.Sprintf("50 million gas; message %.0f, lease %.0f, act %.0f", f[3], f[4], f[5]), runs: "1",
	})
	return nil
}

func (b *bench) policy(ctx context.Context, s *section) error {
	pure, err := b.compile(ctx, "x/agent")
	if err != nil {
		return err
	}
	keeper, err := b.compile(ctx, "x/agent/keeper")
	if err != nil {
		return err
	}
	r, err := pure.run(ctx, "^BenchmarkPolicy$", "20000x", packageRuns)
	if err != nil {
		return err
	}
	checked, err := r.median("Policy ns/op")
	if err != nil {
		return err
	}
	if r, err = keeper.run(ctx, "^BenchmarkPolicyReads$", "5000x", packageRuns); err != nil {
		return err
	}
	read, err := r.median("PolicyReads ns/op")
	if err != nil {
		return err
	}
	s.add(row{
		what: "policy's check of an action", figure: fmt.Sprintf("%.1f µs (goal: below 100 µs)", checked/1e3), against: fmt.Sprintf("reading what it needs from the store: %.1f µs", read/1e3),
		ratio: fmt.Sprintf("%.2f×", checked/read), runs: fmt.Sprint(packageRuns),
	})
	return nil
}

func (b *bench) paymentCosts(ctx context.Context, s *section) error {
	chain, err := b.compile(ctx, "chain")
	if err != nil {
		return err
	}
	keeper, err := b.compile(ctx, "x/credit/keeper")
	if err != nil {
		return err
	}
	r, err := chain.run(ctx, "^BenchmarkPayment$", "3x", packageRuns)
	if err != nil {
		return err
	}
	states, err := keeper.run(ctx, "^BenchmarkPaymentCost$", "1x", 1)
	if err != nil {
		return err
	}
	left, err := states.figures("PaymentCost B/exact", "PaymentCost B/hold", "PaymentCost B/settle")
	if err != nil {
		return err
	}
	plain, err := r.figures("Payment/send tx/s", "Payment/send gas", "Payment/send fee-acredit")
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name, what string
		state      float64
	}{
		{"exact", "a payment by signed transfer", left[0]}, {"upto", "a payment by use: held, then settled", left[1] + left[2]},
	} {
		f, err := r.figures("Payment/"+p.name+" tx/s", "Payment/"+p.name+" gas", "Payment/"+p.name+" fee-acredit")
		if err != nil {
			return err
		}
		s.add(row{
			what: p.what + ": a second on one core", figure: fmt.Sprintf("%.0f", f[0]), against: fmt.Sprintf("bank sends of one account: %.0f", plain[0]),
			ratio: fmt.Sprintf("%.2f×", f[0]/plain[0]), runs: fmt.Sprint(packageRuns),
		})
		s.add(row{
			what: p.what + ": fee; gas; state", figure: fmt.Sprintf("%.6f credits; %.0f; %.0f bytes", f[2]/1e18, f[1], p.state),
			against: fmt.Sprintf("a bank send: %.6f credits; %.0f", plain[2]/1e18, plain[1]), ratio: fmt.Sprintf("%.2f×", f[2]/plain[2]), runs: "1",
		})
	}
	return nil
}
