package disputetest

import (
	"crypto/sha256"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"ayni.example/tensor/trace/record"
)

// Lies are the ways to sell a training that was not done: about the step itself, and about how it was done.
func Lies() []string {
	return []string{
		"wrong step", "skipped step", "wrong data", "wrong hyper-parameter", "poisoned optimiser state", "copied result",
		"false aggregation of the trace", "false trace", "false carry", "wrong data, shown right", "wrong hyper-parameter, shown right",
	}
}

// Lie is the book of somebody who is honest up to a step, lies in it, and goes on from the false state.
func (t *Training) Lie(tb testing.TB, honest *Book, kind string, step int, seed int64) *Book {
	tb.Helper()
	r := rand.New(rand.NewSource(seed))
	b := &Book{states: slices.Clone(honest.states[:step+1]), traces: slices.Clone(honest.traces[:step])}
	if kind == "copied result" {
		other := New(tb, t.Program.Shape(), len(t.inputs), int(t.Job.Segment), seed+1).Honest(tb)
		b.states, b.traces = append(b.states, other.states[step+1:]...), append(b.traces, other.traces[step:]...)
		return b
	}
	base := honest.traces[step].(*record.Trace)
	made := &forged{Trace: base, program: t.Program}
	after := t.changed(tb, base.After(), 3*r.Intn(t.Program.State()/3), r)
	switch kind {
	case "wrong step":
	case "skipped step":
		after = b.states[step]
	case "poisoned optimiser state":
		after = t.changed(tb, base.After(), 3*r.Intn(t.Program.State()/3)+2, r)
	case "wrong data", "wrong hyper-parameter", "wrong data, shown right", "wrong hyper-parameter, shown right":
		inputs := slices.Clone(t.inputs)
		if strings.HasPrefix(kind, "wrong data") {
			windows := slices.Clone(inputs[step].Windows)
			windows[0] = slices.Clone(windows[0])
			slices.Reverse(windows[0])
			inputs[step].Windows = windows
		} else {
			inputs[step].Factors = factors(step + 100)
		}
		made.Trace = t.step(tb, t.planOf(tb, inputs), step, b.states[step])
		after = made.After()
		if strings.HasSuffix(kind, "shown right") {
			made.shown = base
		}
	case "false aggregation of the trace":
		made.root = sha256.Sum256([]byte("nothing hashes to this"))
	case "false trace", "false carry":
		made.between = t.between(base)
		tensor := r.Intn(t.Program.Intermediate())
		for kind == "false carry" && t.Program.Chunks(tensor, 0) == 1 {
			tensor = r.Intn(t.Program.Intermediate())
		}
		made.between.spoil(tensor, r.Intn(t.Program.Tiles(tensor)))
		if kind == "false carry" {
			made.carry = 1
		}
	default:
		tb.Fatalf("no lie is called %q", kind)
	}
	made.after = t.after(after)
	b.traces, b.states = append(b.traces, made), append(b.states, after)
	t.goOn(tb, b)
	return b
}

// changed is a state with one number of a tensor changed.
func (t *Training) changed(tb testing.TB, s *record.State, tensor int, r *rand.Rand) *record.State {
	tb.Helper()
	data := slices.Clone(s.Tensors())
	data[tensor] = slices.Clone(data[tensor])
	data[tensor][r.Intn(len(data[tensor]))] += 0x1p-10
	changed, err := record.NewState(pool(), t.Program, data)
	must(tb, err)
	return changed
}
