//go:build faults

package training

import (
	"os"
	"slices"
	"strings"

	"ayni.example/artifact"
	"ayni.example/train"
	"ayni.example/train/checkpoint"
)

// lie is how a run lies about its last segment, as the file that AYNI_FAULT_TRAINER names says when the run begins:
//
//	wrong step      one number of the state after it is another one
//	copied result   the state after the segment before is sold again
//	withheld chunk  the state before it is kept for nobody
//
// Anything else is honest. It is for tests of disputes between processes.
type lie struct {
	kind   string
	before *checkpoint.State
}

func newLie() *lie {
	text, _ := os.ReadFile(os.Getenv("AYNI_FAULT_TRAINER")) // none: honest
	return &lie{kind: strings.TrimSpace(string(text))}
}

// told is what is said to be the state after a segment, which is the last one, or has so many behind it.
func (l *lie) told(behind uint64, root [32]byte, state *checkpoint.State) ([32]byte, *checkpoint.State) {
	switch {
	case l.kind == "wrong step" && behind == 0:
		other := copied(state)
		other.Tensors[0].Data[0] += 0x1p-10
		return train.StateRoot(other), other
	case l.kind == "copied result" && behind == 1:
		l.before = copied(state)
	case l.kind == "copied result" && behind == 0 && l.before != nil:
		l.before.Step = state.Step
		return train.StateRoot(l.before), l.before
	}
	return root, state
}

// kept forgets a state where it is withheld.
func (l *lie) kept(behind uint64, store *artifact.Store, d artifact.Digest) error {
	if l.kind != "withheld chunk" || behind != 1 {
		return nil
	}
	if err := store.Unpin(d, Owner); err != nil {
		return err
	}
	return store.Remove(d)
}

// copied is a state that does not change with the training.
func copied(state *checkpoint.State) *checkpoint.State {
	out := *state
	out.Tensors = slices.Clone(state.Tensors)
	for i := range out.Tensors {
		t := &out.Tensors[i]
		t.Data, t.First, t.Second = slices.Clone(t.Data), slices.Clone(t.First), slices.Clone(t.Second)
	}
	return &out
}
