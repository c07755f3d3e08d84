package referee

import "ayni.example/tensor/trace"

// Book is what a side of a dispute has computed of a job, from the root on from which the claim begins. The defender answers from its
// book, the challenger compares with its own.
type Book interface {
	// StateRoot is that of the state before a step, from 0.
	StateRoot(step uint64) (trace.Hash, error)
	// Trace is all of one step.
	Trace(step uint64) (Trace, error)
}

// Trace is what package tensor/trace/record makes of a step.
type Trace interface {
	Root() trace.Hash
	Children(n trace.Node) ([]trace.Hash, error)
	// Carries are what chunks hand on after some numbers of chunks; after the last one that is the tile.
	Carries(tensor, tile int, after []int) ([][]uint32, error)
	Open(o trace.Operand) (trace.Opening, error)
}

// View is what a book has for the stage of a dispute: what an honest defender shows.
func (d *Dispute) View(p *trace.Program, b Book) ([][]byte, error) {
	switch d.Stage {
	case StageSteps:
		return d.stepRoots(b)
	case StageTrace:
		t, err := b.Trace(d.From)
		if err != nil {
			return nil, err
		}
		return list(t.Root()), nil
	case StageNodes:
		t, err := b.Trace(d.From)
		if err != nil {
			return nil, err
		}
		children, err := t.Children(d.place())
		return list(children...), err
	case StageChunks:
		return d.carries(p, b)
	default:
		return nil, ErrStage.Wrapf("nothing is shown at %s", d.Stage)
	}
}

// stepRoots are the roots after each part of the steps.
func (d *Dispute) stepRoots(b Book) ([][]byte, error) {
	n := min(parts, d.To-d.From)
	out := make([][]byte, 0, n)
	for i := range n {
		_, end := cut(d.From, d.To, i)
		root, err := b.StateRoot(end)
		if err != nil {
			return nil, err
		}
		out = append(out, root[:])
	}
	return out, nil
}

// carries are the hashes of what is handed on after each part of the chunks.
func (d *Dispute) carries(p *trace.Program, b Book) ([][]byte, error) {
	t, err := b.Trace(d.From)
	if err != nil {
		return nil, err
	}
	tensor, tile, ok := p.Tile(d.place())
	if !ok {
		return nil, ErrInvariant.Wrapf("dispute of %x is at no tile", d.Claim)
	}
	from, to := uint64(d.ChunkFrom), uint64(d.ChunkTo)
	n := min(parts, to-from)
	after := make([]int, n)
	for i := range n {
		_, end := cut(from, to, i)
		after[i] = int(end)
	}
	words, err := t.Carries(tensor, tile, after)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, n)
	for i, w := range words {
		hash := trace.CarryHash(w)
		if after[i] == p.Chunks(tensor, tile) {
			hash = trace.TileHash(w)
		}
		out[i] = hash[:]
	}
	return out, nil
}

// Proof is the defender's last answer, from its book.
func (d *Dispute) Proof(p *trace.Program, b Book) (*MsgProve, error) {
	t, err := b.Trace(d.From)
	if err != nil {
		return nil, err
	}
	tensor, tile, ok := p.Tile(d.place())
	if !ok || d.Stage != StageTile {
		return nil, ErrStage.Wrapf("nothing is proved at %s", d.Stage)
	}
	m := &MsgProve{Claim: d.Claim, Turn: d.Turn}
	if d.ChunkFrom > 0 {
		carry, err := t.Carries(tensor, tile, []int{int(d.ChunkFrom)})
		if err != nil {
			return nil, err
		}
		m.Carry = EncodeWords(carry[0])
	}
	operands, err := p.Operands(tensor, tile, int(d.ChunkFrom))
	if err != nil {
		return nil, err
	}
	for _, o := range operands {
		opening, err := t.Open(o)
		if err != nil {
			return nil, err
		}
		m.Operands = append(m.Operands, NewOpening(opening))
	}
	return m, nil
}

// False is the first part of what was shown that differs from a book; none differs where what is claimed is true.
func (d *Dispute) False(p *trace.Program, b Book) (part uint32, found bool, err error) {
	own, err := d.View(p, b)
	if err != nil {
		return 0, false, err
	}
	for i, h := range d.Shown {
		if i < len(own) && string(own[i]) != string(h) {
			return uint32(i), true, nil
		}
	}
	if d.Stage != StageTrace {
		return 0, false, nil
	}
	after, err := b.StateRoot(d.To)
	return 1, err == nil && string(after[:]) != string(d.After), err
}

func list(hashes ...trace.Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}
