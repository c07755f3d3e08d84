package index

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"ayni.example/client"
)

// State is what the index is doing.
type State string

// The states.
const (
	Starting  State = "starting"
	Catching  State = "catching up"
	Following State = "following"
	Waiting   State = "waiting" // for another process, or for the ledger
	Stopped   State = "stopped" // by something that it keeps trying
)

// Status tells how far the index is.
type Status struct {
	Database   string  `json:"database"` // without a password
	State      State   `json:"state"`
	Cause      string  `json:"cause,omitempty"` // of waiting or of having stopped
	Schema     int     `json:"schema"`
	ChainID    string  `json:"chain_id"`
	First      int64   `json:"first"`  // the lowest block that the index knows; 0: none
	Height     int64   `json:"height"` // the highest
	Ledger     int64   `json:"ledger_height"`
	LagBlocks  int64   `json:"lag_blocks"`
	LagSeconds float64 `json:"lag_seconds"`
	Gaps       []Gap   `json:"gaps,omitempty"`
	Bytes      int64   `json:"bytes"`  // on the disk
	Errors     int64   `json:"errors"` // since the process started
}

// Gap is a range of blocks that the ledger had dropped before they were read.
type Gap struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Status tells how far the index is; without its database in reach, what this process knows.
func (x *Index) Status(ctx context.Context) Status {
	if status, err := x.config.Ledger.Status(ctx); err == nil {
		x.saw(status)
	}
	s := x.snapshot()
	if list, err := x.db.gaps(ctx, x.db.reader); err == nil {
		s.Gaps = list
	}
	if size, err := x.db.size(ctx); err == nil {
		s.Bytes = size
	}
	return s
}

// snapshot is what this process knows, without asking anybody.
func (x *Index) snapshot() Status {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Status{
		Database: x.db.name, State: x.state, Cause: x.cause, Schema: x.schema, ChainID: x.config.Ledger.ChainID(),
		First: x.head.first, Height: x.head.height, Ledger: x.ledger.Height, Errors: x.errors,
	}
	if s.LagBlocks = max(0, s.Ledger-s.Height); s.LagBlocks > 0 {
		s.LagSeconds = max(0, x.config.Now().Sub(x.behindSince).Seconds())
	}
	return s
}

// saw notes where the ledger is, and since when the index is behind it.
func (x *Index) saw(status client.Status) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.head.height >= x.ledger.Height && x.head.height < status.Height {
		x.behindSince = x.config.Now()
	}
	x.ledger = status
	if x.state != Stopped && x.state != Waiting {
		x.state = Following
		if status.Height > x.head.height+1 {
			x.state = Catching
		}
	}
}

// wrote notes where the index is.
func (x *Index) wrote(at head) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.head, x.cause = at, ""
	x.state = Catching
	if at.height >= x.ledger.Height {
		x.state = Following
	}
}

// fail notes why the index does not go on, and tells the log once for each cause.
func (x *Index) fail(err error) State {
	state, cause := Stopped, err.Error()
	if errors.Is(err, ErrHeld) || errors.Is(err, ErrAhead) {
		state = Waiting
	}
	x.mu.Lock()
	before := x.cause
	x.state, x.cause = state, cause
	x.errors++
	x.mu.Unlock()
	if before != cause {
		x.config.Logger.Warn("the index does not go on; it is tried again", "state", string(state), "error", cause)
	}
	return state
}

func (d *database) gaps(ctx context.Context, q querier) ([]Gap, error) {
	rows, err := q.QueryContext(ctx, `SELECT first, last FROM gaps ORDER BY first`)
	if err != nil {
		return nil, fmt.Errorf("read gaps: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []Gap
	for rows.Next() {
		var g Gap
		if err := rows.Scan(&g.First, &g.Last); err != nil {
			return nil, fmt.Errorf("read gaps: %w", err)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

var _ prometheus.Collector = (*Index)(nil)

// Describe implements prometheus.Collector: what it collects is fixed.
func (x *Index) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(x, ch) }

// Collect implements prometheus.Collector.
func (x *Index) Collect(ch chan<- prometheus.Metric) {
	s := x.snapshot()
	for _, m := range []struct {
		name, help string
		kind       prometheus.ValueType
		value      float64
	}{
		{"ayni_index_height", "The highest block in the index.", prometheus.GaugeValue, float64(s.Height)},
		{"ayni_index_lag_blocks", "Blocks of the ledger that are not in the index yet.", prometheus.GaugeValue, float64(s.LagBlocks)},
		{"ayni_index_lag_seconds", "How long the index has been behind the ledger.", prometheus.GaugeValue, s.LagSeconds},
		{"ayni_index_errors_total", "Failures to go on, each of which was tried again.", prometheus.CounterValue, float64(s.Errors)},
	} {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(m.name, m.help, nil, nil), m.kind, m.value)
	}
}
