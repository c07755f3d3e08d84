package web

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"ayni.example/web/operator"
)

// explainedMax bounds how many open orders a page says why they wait for.
const explainedMax = 20

type computeData struct {
	Hosts   []operator.ComputeHost
	Open    []waiting
	Mine    []operator.ComputeOrder
	Host    operator.HostStatus
	Auditor operator.Auditor
	Chosen  *operator.ComputeOrder
	Why     *operator.Explanation
	// Progress is what the leased machine says of a training; Silent is why it says nothing.
	Progress *operator.TrainingProgress
	Silent   string
	Curve    []sample
}

// waiting is an open order, and why it has no machine.
type waiting struct {
	operator.ComputeOrder
	Why operator.Explanation
}

// compute shows the market, and what this machine rents, lends and audits; one order with all that it has come to.
func (c *Console) compute(r *http.Request) (any, error) {
	var d computeData
	var err error
	op, ctx := c.config.Operator, r.Context()
	if d.Hosts, err = op.ComputeHosts(ctx); err != nil {
		return d, err
	}
	open, err := op.ComputeOrders(ctx, true)
	if err != nil {
		return d, err
	}
	for i, o := range open {
		w := waiting{ComputeOrder: o}
		if i < explainedMax {
			if w.Why, err = op.ExplainOrder(ctx, o.ID); err != nil {
				return d, err
			}
		}
		d.Open = append(d.Open, w)
	}
	if d.Mine, err = op.ComputeOrders(ctx, false); err != nil {
		return d, err
	}
	if d.Host, err = op.Hosting(ctx); err != nil {
		return d, err
	}
	if d.Auditor, err = op.Auditor(ctx); err != nil {
		return d, err
	}
	if order := r.FormValue("order"); order != "" {
		err = c.computeOrder(r, order, &d)
	}
	return d, err
}

func (c *Console) computeOrder(r *http.Request, id string, d *computeData) error {
	op := c.config.Operator
	o, err := op.ComputeOrder(r.Context(), id)
	if err != nil {
		return err
	}
	d.Chosen = &o
	if o.State == "open" {
		why, err := op.ExplainOrder(r.Context(), o.ID)
		if err != nil {
			return err
		}
		d.Why = &why
	}
	if o.Training == nil || len(o.Leases) == 0 {
		return nil
	}
	// A machine that does not answer is no reason to hide what the ledger says.
	p, err := op.ComputeProgress(r.Context(), o.Leases[len(o.Leases)-1].ID)
	if err != nil {
		d.Silent = err.Error()
	} else {
		d.Progress = &p
		c.curves.add(o.ID, sample{Step: p.Step, Loss: p.Loss})
	}
	d.Curve = c.curves.of(o.ID)
	return nil
}

// sample is the loss of a training after a step.
type sample struct {
	Step int
	Loss float64
}

const (
	curvesMax  = 32 // orders
	samplesMax = 240
)

// curves keeps the losses that pages have seen, for as long as this process runs.
type curves struct {
	mu    sync.Mutex
	known map[string][]sample
	order []string // in which they came
}

// add notes a sample that is newer than the last. When there are too many, every second one goes.
func (c *curves) add(id string, s sample) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, known := c.known[id]
	switch {
	case s.Step == 0 || known && list[len(list)-1].Step == s.Step:
		return
	case known && list[len(list)-1].Step > s.Step: // another machine goes on from an earlier state
		for len(list) > 0 && list[len(list)-1].Step >= s.Step {
			list = list[:len(list)-1]
		}
	case !known:
		if c.known == nil {
			c.known = map[string][]sample{}
		}
		if c.order = append(c.order, id); len(c.order) > curvesMax {
			delete(c.known, c.order[0])
			c.order = c.order[1:]
		}
	}
	if list = append(list, s); len(list) > samplesMax {
		thin := list[:0]
		for i, s := range list {
			if i%2 == 0 || i == len(list)-1 {
				thin = append(thin, s)
			}
		}
		list = thin
	}
	c.known[id] = list
}

func (c *curves) of(id string) []sample {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]sample(nil), c.known[id]...)
}

// The sparkline's box.
const (
	sparkWidth  = 600
	sparkHeight = 120
)

// spark are the points of a polyline through samples, over the steps of a whole training, the largest loss at the top.
func spark(list []sample, steps uint64) string {
	if len(list) == 0 || steps == 0 {
		return ""
	}
	least, most := list[0].Loss, list[0].Loss
	for _, s := range list {
		least, most = min(least, s.Loss), max(most, s.Loss)
	}
	var b strings.Builder
	for _, s := range list {
		y := float64(sparkHeight) / 2
		if most > least {
			y = (most - s.Loss) / (most - least) * sparkHeight
		}
		fmt.Fprintf(&b, "%.1f,%.1f ", float64(s.Step)/float64(steps)*sparkWidth, y)
	}
	return strings.TrimSpace(b.String())
}

// billions are operations a second.
func billions(flops uint64) string { return fmt.Sprintf("%.1f", float64(flops)/1e9) }

// part is how far something is, for a bar.
func part(done, all uint64) string {
	if all == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", 100*float64(min(done, all))/float64(all))
}
