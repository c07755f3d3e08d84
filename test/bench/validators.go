package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"ayni.example/test/cluster"
	"ayni.example/test/delay"
)

const (
	burstAccounts = 1_000
	burstRounds   = 3
	steadyFor     = 15 * time.Second
	steadyRate    = 5 // transactions a second
)

// validators measures a network of four on this machine, without and with latency between them.
func (b *bench) validators(ctx context.Context, s *section) {
	if why := cluster.Missing(); why != "" {
		s.missing("four validators", errors.New(why))
		return
	}
	for _, latency := range []time.Duration{0, 20 * time.Millisecond} {
		name := fmt.Sprintf("links of %d ms", latency.Milliseconds())
		if err := b.fourValidators(ctx, s, name, latency); err != nil {
			s.missing(name, err)
		}
	}
	s.note("Four processes and the client share this machine's %d cores; each validator is in a network namespace of its own, links carry 100 Mbit/s and delay each "+
		"packet by the latency named, either way. A block follows its predecessor after 250 ms at the earliest. Steady: %d transactions a second. Burst: %d payments "+
		"at once, %d times, signed beforehand, from the first sent to the last in a block. Sync: a validator whose ledger was deleted fetches and executes all blocks "+
		"from the other three.", runtime.NumCPU(), steadyRate, burstAccounts, burstRounds)
}

func (b *bench) fourValidators(ctx context.Context, s *section, name string, latency time.Duration) (err error) {
	c, err := cluster.New(ctx, cluster.Config{
		Dir: filepath.Join(b.dir, "validators-"+latency.String()), Binary: b.bin, Accounts: burstAccounts, Link: delay.Link{Delay: latency}, Seed: 1,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Start(ctx); err != nil {
		return err
	}
	if err := c.WaitHeight(ctx, 2); err != nil {
		return err
	}
	burst, err := c.Burst(ctx, burstRounds)
	if err != nil {
		return err
	}
	s.add(row{
		what: name + ": payments", figure: fmt.Sprintf("%.0f tx/s", float64(burst.Payments)/burst.Took.Seconds()),
		against: fmt.Sprintf("%.1f blocks a second", float64(burst.Blocks)/burst.Took.Seconds()), runs: fmt.Sprint(burstRounds),
	})
	s.add(row{
		what: name + ": processor time of a payment, four validators together", figure: fmt.Sprintf("%.2f ms", float64(burst.CPU.Microseconds())/1e3/float64(burst.Payments)),
		runs: fmt.Sprint(burstRounds),
	})
	steady, err := c.Steady(ctx, steadyRate, steadyFor)
	if err != nil {
		return err
	}
	s.add(row{what: name + ": time between blocks, steady", figure: fmt.Sprintf("%d ms", steady.Block.Milliseconds()), runs: fmt.Sprint(steady.Blocks)})
	s.add(row{what: name + ": from signing a transaction to seeing it in a block, steady", figure: fmt.Sprintf("%d ms", steady.Latency.Milliseconds()), runs: fmt.Sprint(steady.Payments)})
	sync, err := c.Resync(ctx, c.Nodes[3])
	if err != nil {
		return err
	}
	s.add(row{
		what: name + ": sync of all blocks", figure: fmt.Sprintf("%.1f s", sync.Took.Seconds()),
		against: fmt.Sprintf("%d blocks, %d transactions: %.0f blocks/s", sync.Blocks, burst.Payments, float64(sync.Blocks)/sync.Took.Seconds()), runs: "1",
	})
	return nil
}
