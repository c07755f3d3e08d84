package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	settleFor   = 15 * time.Second // registration, first blocks, catalogue
	sampleEvery = 5 * time.Second
	day         = 24 * time.Hour
)

// moment is what a machine looked like.
type moment struct {
	at     time.Time
	height int64
	size   int64
	cpu    time.Duration
}

// idleness is a machine with default settings that does nothing, watched from the beginning to the end.
type idleness struct {
	machine *machine
	from    moment
	cancel  context.CancelFunc
	blocks  []moment // the first look at each new block
	done    chan struct{}
}

// beginIdle watches two machines that nobody uses: one with the usual heartbeat, one that makes a block every second. The first idles
// on while the other steps run; life is the context for it.
func (b *bench) beginIdle(life, ctx context.Context, s *section) {
	usual, err := b.newMachine("idle", "")
	if err == nil {
		err = usual.start(life)
	}
	if err != nil {
		s.missing("idle machine", err)
		return
	}
	b.idle = &idleness{machine: usual, done: make(chan struct{})}
	fast, err := b.newMachine("blocks", "empty_block_seconds: 1\n")
	if err == nil {
		err = fast.start(ctx)
	}
	if err == nil {
		defer func() { _ = fast.stop() }()
	}
	fastErr := err
	if err := pause(ctx, settleFor); err != nil {
		s.missing("idle machine", err)
		return
	}
	var before, after moment
	if fastErr == nil {
		before, fastErr = fast.look(ctx)
	}
	if b.idle.from, err = usual.look(ctx); err != nil {
		s.missing("idle machine", err)
	}
	watch, cancel := context.WithCancel(life)
	b.idle.cancel = cancel
	go b.idle.watch(watch)
	if err := pause(ctx, b.idleFor); err != nil {
		s.missing("idle machine", err)
		return
	}
	if now, err := usual.look(ctx); err != nil {
		s.missing("processor time", err)
	} else {
		s.processor("idle, one block a minute", b.idle.from, now)
	}
	if fastErr == nil {
		after, fastErr = fast.look(ctx)
	}
	if fastErr != nil {
		s.missing("empty blocks", fastErr)
		return
	}
	s.processor("idle, one block a second", before, after)
	s.emptyBlocks(before, after)
}

// look takes height, size and processor time.
func (m *machine) look(ctx context.Context) (moment, error) {
	s, err := m.status(ctx)
	if err != nil {
		return moment{}, err
	}
	now := moment{at: time.Now(), height: s.Height}
	if now.size, err = m.size(); err != nil {
		return moment{}, err
	}
	now.cpu, err = m.cpu()
	return now, err
}

// watch notes the moment just after every new block, so that growth is measured over whole heartbeats.
func (i *idleness) watch(ctx context.Context) {
	defer close(i.done)
	height := i.from.height
	for pause(ctx, sampleEvery) == nil {
		now, err := i.machine.look(ctx)
		if err == nil && now.height > height {
			height = now.height
			i.blocks = append(i.blocks, now)
		}
	}
}

// stop ends the idle machine, if there is one.
func (i *idleness) stop() {
	if i == nil {
		return
	}
	if i.cancel != nil {
		i.cancel()
		<-i.done
	}
	_ = i.machine.stop()
}

// endIdle writes what the idle machine did over the whole run.
func (b *bench) endIdle(s *section) {
	i := b.idle
	if i == nil || i.cancel == nil {
		return
	}
	i.cancel()
	<-i.done
	i.cancel = nil
	if len(i.blocks) < 2 {
		s.missing("state per day", fmt.Errorf("%d blocks were seen, want 2 or more", len(i.blocks)))
		return
	}
	first, last := i.blocks[0], i.blocks[len(i.blocks)-1]
	lasted, blocks := last.at.Sub(first.at), last.height-first.height
	s.add(row{
		what: "blocks per hour, idle", figure: fmt.Sprintf("%.0f", float64(blocks)/lasted.Hours()), against: "heartbeat of 60 s: 60",
		ratio: fmt.Sprintf("%.2f×", float64(blocks)/lasted.Hours()/60), runs: fmt.Sprintf("1, over %.0f s", lasted.Seconds()),
	})
	s.add(row{
		what:   "state per day, idle, default settings",
		figure: bytesOf(float64(last.size-first.size) * float64(day) / float64(lasted)), runs: fmt.Sprintf("1, over %.0f s", lasted.Seconds()),
	})
	s.note("*State* is the length of all files of the home: blocks, ledger, index, consensus log, databases of vouchers and receipts. "+
		"*State per day, idle* extrapolates in a straight line from %s in %.0f s, taken from just after one heartbeat to just after another (%d blocks) while the other "+
		"steps ran beside it. *Per empty block* is the growth between two moments of the machine with one block a second, divided by the blocks between; "+
		"times 1,440 it gives the day of heartbeats. Both are from before the stores' first compaction, pruning and rotation of the "+
		"consensus log; what those leave after days was not measured.", bytesOf(float64(last.size-first.size)), lasted.Seconds(), blocks)
}

func (s *section) processor(what string, from, to moment) {
	lasted := to.at.Sub(from.at)
	s.add(row{
		what: what + ": processor time", figure: fmt.Sprintf("%.2f %% of one core", 100*float64(to.cpu-from.cpu)/float64(lasted)),
		runs: fmt.Sprintf("1, over %.0f s", lasted.Seconds()),
	})
}

func (s *section) emptyBlocks(from, to moment) {
	blocks := to.height - from.height
	if blocks < 10 {
		s.missing("state per empty block", fmt.Errorf("only %d blocks were made", blocks))
		return
	}
	each := float64(to.size-from.size) / float64(blocks)
	runs := fmt.Sprintf("1, over %d blocks", blocks)
	s.add(row{what: "state per empty block", figure: bytesOf(each), runs: runs})
	s.add(row{what: "the same for 1,440 heartbeats a day", figure: bytesOf(1440 * each), runs: runs})
}

// pause waits; an end of the context is an error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errors.New("the time for this step is over")
	}
}
