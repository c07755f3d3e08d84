package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"ayni.example/web/operator"
)

// orderTable is an order for a person.
func orderTable(o operator.ComputeOrder) table {
	rows := [][]string{{"order", o.ID}}
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, text})
		}
	}
	add("name", o.Name)
	state := o.State
	if o.Reason != "" {
		state += ": " + o.Reason
	}
	add("state", state)
	if o.Keeping != nil {
		add("this machine", o.Keeping.State)
		add("last error", o.Keeping.Error)
	}
	add("wants", o.Wants)
	add("price", fmt.Sprintf("%s credits a %s (at most %s)", anyWord(o.Price, "none yet"), o.Unit, o.PriceMax))
	units := strconv.FormatUint(o.Units, 10)
	if o.Of > 0 {
		units += " of " + strconv.FormatUint(o.Of, 10)
	}
	add("paid", fmt.Sprintf("%s credits for %s %ss", o.Paid, units, o.Unit))
	left := o.Escrow + " credits"
	if o.Lasts > 0 {
		left += ", enough for " + o.Lasts.String()
	}
	add("left", left)
	add("opened", date(o.Opened))
	if !o.Closed.IsZero() {
		add("closed", date(o.Closed))
	}
	for _, l := range o.Leases {
		row := leaseRow(l)
		add("lease", fmt.Sprintf("%s on %s: %s, %s credits for %d %ss", l.ID, anyWord(l.Name, l.Provider), row[2], l.Paid, l.Units, l.Unit))
	}
	for _, b := range o.Bids {
		add("bid", b.Price+" credits by "+b.Provider)
	}
	for _, d := range o.Declines {
		add("declined", d.Provider+": "+d.Sentence)
	}
	if o.Training != nil {
		add("training", fmt.Sprintf("%d of %d segments stand, %d are committed", o.Training.Stand, o.Training.Segments, o.Training.Committed))
		add("state after", o.Training.State)
	}
	for _, t := range o.Tasks {
		add("task "+strconv.FormatUint(uint64(t.Index), 10), fmt.Sprintf("%s  %s  (`ayni artifact get` fetches it)", t.State, t.Digest))
	}
	if o.Keeping != nil {
		for _, replica := range slices.Sorted(maps.Keys(o.Keeping.Checkpoints)) {
			add("checkpoint", replica+" "+o.Keeping.Checkpoints[replica])
		}
	}
	return table{rows: rows}
}

func leaseHeader() []string {
	return []string{"LEASE", "PROVIDER", "STATE", "UNIT", "PRICE", "PAID", "UNITS", "ESCROW", "LAST SIGN"}
}

func leaseRow(l operator.ComputeLease) []string {
	state := l.State
	switch {
	case l.Reason != "":
		state += ": " + l.Reason
	case !l.Reclaim.IsZero():
		state += ", until " + date(l.Reclaim)
	}
	return []string{l.ID, anyWord(l.Name, l.Provider), state, l.Unit, l.Price, l.Paid, strconv.FormatUint(l.Units, 10), l.Escrow, since(l.Settled)}
}

// since is a time of the ledger, or nothing.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}
