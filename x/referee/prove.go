package referee

import (
	"encoding/binary"

	"ayni.example/tensor/trace"
)

// Bounds of a proof.
const (
	tileBytes = 4 * trace.Side * trace.Side
	pathBytes = 1 << 13 // 256 hashes: four trees of sixteen levels at most
	// carryBytes is of the largest carry: a tile, or lanes of its rows.
	carryBytes = tileBytes
)

// NewOpening is an opening as it travels.
func NewOpening(o trace.Opening) Opening {
	path := make([]byte, 0, len(o.Path)*HashSize)
	for _, h := range o.Path {
		path = append(path, h[:]...)
	}
	return Opening{Words: EncodeWords(o.Words), Path: path}
}

// EncodeWords writes words of 32 bits.
func EncodeWords(words []uint32) []byte {
	raw := make([]byte, 0, 4*len(words))
	for _, w := range words {
		raw = binary.LittleEndian.AppendUint32(raw, w)
	}
	return raw
}

func decodeWords(raw []byte) []uint32 {
	words := make([]uint32, len(raw)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	return words
}

func (o Opening) decode() trace.Opening {
	path := make([]trace.Hash, len(o.Path)/HashSize)
	for i := range path {
		path[i] = trace.Hash(o.Path[i*HashSize:])
	}
	return trace.Opening{Words: decodeWords(o.Words), Path: path}
}

func (o Opening) validate() error {
	switch {
	case len(o.Words) == 0 || len(o.Words) > tileBytes || len(o.Words)%4 != 0:
		return ErrInvalid.Wrapf("%d bytes of words are not 4 to %d", len(o.Words), tileBytes)
	case len(o.Path) > pathBytes || len(o.Path)%HashSize != 0:
		return ErrInvalid.Wrapf("path of %d bytes is not hashes of %d, at most %d", len(o.Path), HashSize, pathBytes)
	}
	return nil
}

// Prove computes the one chunk that is left from operands that lead to roots that stand, and tells whether the defender's claim holds.
func (d *Dispute) Prove(p *trace.Program, job trace.Job, msg *MsgProve) (bool, error) {
	tensor, tile, ok := p.Tile(d.place())
	if !ok {
		return false, ErrInvariant.Wrapf("dispute of %x is at no tile", d.Claim)
	}
	carry := decodeWords(msg.Carry)
	if d.ChunkFrom > 0 && trace.CarryHash(carry) != trace.Hash(d.CarryBefore) {
		return false, ErrOpening.Wrap("the carry before is another one")
	}
	chunk := int(d.ChunkFrom)
	list, err := p.Operands(tensor, tile, chunk)
	if err != nil {
		return false, ErrInvariant.Wrap(err.Error())
	}
	if len(list) != len(msg.Operands) {
		return false, ErrOpening.Wrapf("%d operands, the chunk has %d", len(msg.Operands), len(list))
	}
	operands := make([][]uint32, len(list))
	for i, o := range list {
		opening := msg.Operands[i].decode()
		if err := p.Verify(o, d.roots(job), opening); err != nil {
			return false, ErrOpening.Wrapf("operand %d: %s", i, err)
		}
		operands[i] = opening.Words
	}
	out, err := p.Compute(tensor, tile, chunk, carry, operands)
	if err != nil {
		return false, ErrOpening.Wrap(err.Error())
	}
	if chunk+1 < p.Chunks(tensor, tile) {
		return trace.CarryHash(out) == trace.Hash(d.CarryAfter), nil
	}
	return trace.TileHash(out) == trace.Hash(d.CarryAfter), nil
}

func (d *Dispute) roots(job trace.Job) trace.Roots {
	return trace.Roots{
		Before: trace.Hash(d.Before), Trace: trace.Hash(d.Trace), After: trace.Hash(d.After), Plan: job.Plan, Step: d.From, Steps: job.Steps,
	}
}

// CheckAnswer tells whether an opening is the tile of the state before a claim that was asked for.
func CheckAnswer(p *trace.Program, c Claim, tensor, tile uint32, o Opening) error {
	place := trace.Operand{Source: trace.Before, Tensor: int(tensor), Tile: int(tile)}
	if err := p.Verify(place, trace.Roots{Before: trace.Hash(c.Before)}, o.decode()); err != nil {
		return ErrOpening.Wrap(err.Error())
	}
	return nil
}
