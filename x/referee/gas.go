package referee

import "ayni.example/tensor/trace"

// Gas of what an answer makes the ledger compute, a unit being ten nanoseconds or less of one core (BenchmarkGas). It is charged before
// any of it is done.
const (
	gasLayer   = 10_000 // of listing the operations of a layer
	gasByte    = 4      // of hashing a byte of an opening
	gasOpening = 2_000  // of an opening beside
	gasChunk   = 400_000
)

// PlaceGas is of finding a place in the program of a job.
func PlaceGas(job trace.Job) uint64 { return gasLayer * uint64(job.Layers+1) }

// ProveGas is of checking operands and computing a chunk of them.
func (m *MsgProve) ProveGas() uint64 {
	gas := uint64(gasChunk) + gasByte*uint64(len(m.Carry))
	for _, o := range m.Operands {
		gas += o.gas()
	}
	return gas
}

// AnswerGas is of checking the tile.
func (m *MsgAnswer) AnswerGas() uint64 { return m.Opening.gas() }

func (o Opening) gas() uint64 { return gasOpening + gasByte*uint64(len(o.Words)+len(o.Path)) }
