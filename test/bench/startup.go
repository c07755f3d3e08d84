package main

import (
	"context"
	"fmt"
	"time"
)

const (
	coldStarts = 3
	warmStarts = 5
	warmGoal   = 3 * time.Second
)

// startup measures from the start of the process to its line `ready URL`.
func (b *bench) startup(ctx context.Context, s *section) {
	var wall, cpu []time.Duration
	start := func(m *machine) error {
		if err := m.start(ctx); err != nil {
			return err
		}
		spent, err := m.cpu()
		if err != nil {
			return err
		}
		wall, cpu = append(wall, m.took), append(cpu, spent)
		return nil
	}
	write := func(what, against, ratio string) {
		if len(wall) > 0 {
			s.add(row{
				what: what, figure: seconds(medianTime(wall)) + ", " + seconds(medianTime(cpu)) + " of processor time",
				against: against, ratio: ratio, runs: fmt.Sprint(len(wall)),
			})
		}
		wall, cpu = nil, nil
	}
	var m *machine
	for i := range coldStarts {
		var err error
		if m, err = b.newMachine(fmt.Sprintf("cold-%d", i), ""); err == nil {
			err = start(m)
		}
		if err == nil {
			_ = pause(ctx, 2*time.Second) // so that there are blocks to come back to
			err = m.stop()
		}
		if err != nil {
			s.missing("cold start", err)
			return
		}
	}
	write("cold start: new home, keys, genesis, to ready", "", "")
	for range warmStarts {
		err := start(m)
		if err == nil {
			err = m.stop()
		}
		if err != nil {
			s.missing("warm start", err)
			break
		}
	}
	against := fmt.Sprintf("goal: at most %.0f s", warmGoal.Seconds())
	write("warm start: a home with blocks, to ready", against, fmt.Sprintf("%.2f× of the goal", medianTime(wall).Seconds()/warmGoal.Seconds()))
	s.note("`ayni up` from the start of the process to its line `ready URL`; the processor time is that of the process until then.")
}
