package main

import (
	"context"
	"fmt"
)

// packageRuns is how often a Go benchmark is repeated.
const packageRuns = 5

// inProcess is the gateway's handler against a handler that writes the same bytes, client included.
func (b *bench) inProcess(ctx context.Context, s *section) {
	g, err := b.compile(ctx, "inference/gateway")
	if err != nil {
		s.missing("BenchmarkGatewayRequest", err)
		return
	}
	r, err := g.run(ctx, "^BenchmarkGatewayRequest$", "500x", packageRuns)
	if err != nil {
		s.missing("BenchmarkGatewayRequest", err)
		return
	}
	for _, kind := range []string{"whole", "stream"} {
		ours, err := r.median("GatewayRequest/" + kind + "/gateway cpu-µs/op")
		if err != nil {
			s.missing(kind, err)
			continue
		}
		bare, err := r.median("GatewayRequest/" + kind + "/bare cpu-µs/op")
		if err != nil {
			s.missing(kind, err)
			continue
		}
		s.add(row{
			what: kind + " answer: processor time per request", figure: fmt.Sprintf("%.0f µs", ours),
			against: fmt.Sprintf("bare handler: %.0f µs", bare), ratio: fmt.Sprintf("%.1f×", ours/bare), runs: fmt.Sprint(packageRuns),
		})
	}
	s.note("`BenchmarkGatewayRequest` of `inference/gateway`: 500 requests a run on one processor. Client, server, engine and receipts share one " +
		"process and are all counted; the bare handler writes the same bytes with as many flushes.")
}

// vouchers compares the check of a voucher with the signature check in it.
func (b *bench) vouchers(ctx context.Context, s *section) {
	const short, long = 100, 10_100
	g, err := b.compile(ctx, "receipt")
	if err != nil {
		s.missing("vouchers", err)
		return
	}
	var ours, limit, ratio []float64
	for range packageRuns {
		v, err := g.cpuPerOp(ctx, "^BenchmarkVoucherVerify$", short, long)
		if err != nil {
			s.missing("vouchers per core-second", err)
			break
		}
		raw, err := g.cpuPerOp(ctx, "^BenchmarkEd25519Verify$", short, long)
		if err != nil {
			s.missing("vouchers per core-second", err)
			break
		}
		ours, limit, ratio = append(ours, 1/v), append(limit, 1/raw), append(ratio, 100*raw/v)
	}
	if len(ours) > 0 {
		s.add(row{
			what: "vouchers checked per core-second", figure: fmt.Sprintf("%.0f", medianFloat(ours)),
			against: fmt.Sprintf("raw Ed25519 checks: %.0f", medianFloat(limit)),
			ratio:   fmt.Sprintf("%.0f %% (goal: at least 90 %%)", medianFloat(ratio)), runs: fmt.Sprint(len(ours)),
		})
	}
	r, err := g.run(ctx, "^BenchmarkVoucherOfLimit$", "1000x", packageRuns)
	if err != nil {
		s.missing("share of the limit, in turns", err)
		return
	}
	share, err := r.median("VoucherOfLimit %-of-limit")
	if err != nil {
		s.missing("share of the limit, in turns", err)
		return
	}
	s.add(row{
		what: "the same by the clock, taking turns within one process", figure: "", against: "raw Ed25519 checks",
		ratio: fmt.Sprintf("%.0f %% (goal: at least 90 %%)", share), runs: fmt.Sprint(packageRuns),
	})
	s.note("The first row is processor time, the difference between runs of %d and %d checks; both sides check the same message.", long, short)
}

// ledger compares a whole payment with the signature check that it contains.
func (b *bench) ledger(ctx context.Context, s *section) {
	const runs, blocks = 3, 3
	key, err := b.compile(ctx, "internal/ethkey")
	if err != nil {
		s.missing("payments per second", err)
		return
	}
	chain, err := b.compile(ctx, "chain")
	if err != nil {
		s.missing("payments per second", err)
		return
	}
	var ours, limit, ratio []float64
	for range runs {
		raw, err := key.run(ctx, "^BenchmarkVerify$", "2000x", 1)
		if err != nil {
			s.missing("payments per second", err)
			return
		}
		nanos, err := raw.median("Verify ns/op")
		if err != nil {
			s.missing("payments per second", err)
			return
		}
		r, err := chain.run(ctx, "^BenchmarkSend$", fmt.Sprintf("%dx", blocks), 1)
		if err != nil {
			s.missing("payments per second", err)
			return
		}
		rate, err := r.median("Send tx/s")
		if err != nil {
			s.missing("payments per second", err)
			return
		}
		ours, limit, ratio = append(ours, rate), append(limit, 1e9/nanos), append(ratio, 1e9/nanos/rate)
	}
	s.add(row{
		what: "payments per second on one core", figure: fmt.Sprintf("%.0f tx/s", medianFloat(ours)),
		against: fmt.Sprintf("raw secp256k1 checks: %.0f/s", medianFloat(limit)),
		ratio:   fmt.Sprintf("a payment costs %.1f checks", medianFloat(ratio)), runs: fmt.Sprint(runs),
	})
	s.note("`BenchmarkSend` of `chain`: bank sends from 500 accounts, %d blocks of 500 a run; check, execution and commit to a store in memory, no "+
		"consensus and no network. Time of the clock on one processor, so other work on the machine lowers it.", blocks)
}
