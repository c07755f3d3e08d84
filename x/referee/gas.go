package referee

import "ayni.example/tensor/trace"

// Gas of what an answer makes the ledger compute, a unit being ten nanoseconds or less of one core, as in trace.Program.Work. It is
// charged before any of it is done.
const (
	gasLayer   = 10_000 // of listing the operations of a layer
	gasByte    = 4      // of hashing a byte of an opening
	gasOpening = 2_000  // of an opening beside
)

// PlaceGas is of finding a place in the program of a job.
func PlaceGas(job trace.Job) uint64 { return gasLayer * uint64(job.Layers+1) }

// ProveGas is of checking operands and computing the chunk that is left.
func (d *Dispute) ProveGas(p *trace.Program, msg *MsgProve) (uint64, error) {
	tensor, tile, ok := p.Tile(d.place())
	if !ok {
		return 0, ErrInvariant.Wrapf("dispute of %x is at no tile", d.Claim)
	}
	gas, err := p.Work(tensor, tile, int(d.ChunkFrom))
	if err != nil {
		return 0, ErrInvariant.Wrap(err.Error())
	}
	gas += gasByte * uint64(len(msg.Carry))
	for _, o := range msg.Operands {
		gas += o.gas()
	}
	return gas, nil
}

// AnswerGas is of checking the tile.
func (m *MsgAnswer) AnswerGas() uint64 { return m.Opening.gas() }

func (o Opening) gas() uint64 { return gasOpening + gasByte*uint64(len(o.Words)+len(o.Path)) }
