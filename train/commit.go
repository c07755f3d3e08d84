package train

import (
	"crypto/sha256"
	"fmt"
	"runtime"

	"ayni.example/tensor"
	"ayni.example/tensor/trace"
	"ayni.example/tensor/trace/record"
	"ayni.example/train/checkpoint"
)

// StateRoot is the root that disputes are about: docs/spec/dispute-1.md. It depends on the tensors alone.
func StateRoot(state *checkpoint.State) [sha256.Size]byte {
	return stateRoot(tensor.NewPool(runtime.NumCPU()), state)
}

func stateRoot(pool *tensor.Pool, state *checkpoint.State) [sha256.Size]byte {
	tensors := make([]trace.Tensor, 0, 3*len(state.Tensors))
	for _, t := range state.Tensors {
		shape := trace.Tensor{Rows: t.Rows, Cols: t.Cols}
		tensors = append(tensors, shape, shape, shape)
	}
	return record.StateRoot(pool, tensors, parts(state))
}

// parts are the tensors of a state in the order of its root.
func parts(state *checkpoint.State) [][]float32 {
	data := make([][]float32, 0, 3*len(state.Tensors))
	for _, t := range state.Tensors {
		data = append(data, t.Data, t.First, t.Second)
	}
	return data
}

// commit tells the root of the state at the end of a segment.
func (r *run) commit() error {
	if n := r.cfg.Segment; n == 0 || r.step%n != 0 && r.step != r.cfg.Steps {
		return nil
	}
	state, err := r.state()
	if err != nil {
		return err
	}
	log := *r.log
	log.Seconds, log.CPU = 0, 0 // whoever trained alike commits to the same bytes
	if state.Log, err = log.encode(); err != nil {
		return err
	}
	if err := r.cfg.Committed(r.step, stateRoot(r.pool, state), state); err != nil {
		r.save()
		return fmt.Errorf("commit to the state after step %d: %w", r.step, err)
	}
	return nil
}
