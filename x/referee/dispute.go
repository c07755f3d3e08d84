package referee

import (
	"slices"
	"time"

	"cosmossdk.io/math"

	"ayni.example/tensor/trace"
)

// parts is into how many parts a range is cut.
const parts = trace.Arity

// NewDispute begins with the defender's turn.
func NewDispute(c Claim, challenger string, bond math.Int, p Params, height int64, now time.Time) Dispute {
	d := Dispute{
		Claim: c.ID(), Challenger: challenger, Bond: bond, Stage: StageSteps, Turn: 1, DefenderLeft: p.Side, ChallengerLeft: p.Side,
		TurnHeight: height, TurnTime: now.Unix(), From: c.From, To: c.To, Before: c.Before, After: c.After, Tensor: -1,
	}
	if d.To-d.From == 1 {
		d.Stage = StageTrace
	}
	return d
}

// Defending tells whether it is the defender's turn.
func (d *Dispute) Defending() bool { return len(d.Shown) == 0 }

// Expect tells whether an answer is for the turn that runs.
func (d *Dispute) Expect(defender bool, turn uint32, stages ...Stage) error {
	if d.Turn != turn || d.Defending() != defender {
		whose := "the challenger's"
		if d.Defending() {
			whose = "the defender's"
		}
		return ErrTurn.Wrapf("turn %d, it is turn %d and %s", turn, d.Turn, whose)
	}
	if slices.Contains(stages, d.Stage) {
		return nil
	}
	return ErrStage.Wrapf("it is at %s", d.Stage)
}

// Pass ends a turn: the side that answered has so much less on its clock.
func (d *Dispute) Pass(height int64, now time.Time, p Params) {
	left := &d.ChallengerLeft
	if len(d.Shown) > 0 { // the defender has just shown them
		left = &d.DefenderLeft
	}
	*left = left.spent(height-d.TurnHeight, now.Unix()-d.TurnTime, p.BlockSeconds)
	d.Turn++
	d.TurnHeight, d.TurnTime = height, now.Unix()
}

// Left is what the side whose turn it is has for it.
func (d *Dispute) Left() Span {
	if d.Defending() {
		return d.DefenderLeft
	}
	return d.ChallengerLeft
}

// Late tells whether that is used up.
func (d *Dispute) Late(height int64, now time.Time) bool {
	left := d.Left()
	return over(d.TurnHeight+int64(left.Blocks), d.TurnTime+int64(left.Seconds), height, now)
}

// Show takes what the defender shows of what it claims, if it fits what stands.
func (d *Dispute) Show(p *trace.Program, hashes [][]byte) error {
	for _, h := range hashes {
		if err := checkHash("what is shown", h); err != nil {
			return err
		}
	}
	var err error
	switch d.Stage {
	case StageSteps:
		err = fits(hashes, d.To-d.From, d.After)
	case StageTrace:
		if len(hashes) != 1 {
			err = ErrShown.Wrapf("%d roots of one trace", len(hashes))
		}
	case StageNodes:
		err = d.children(p, hashes)
	case StageChunks:
		err = fits(hashes, uint64(d.ChunkTo-d.ChunkFrom), d.CarryAfter)
	default:
		err = ErrStage.Wrapf("nothing is shown at %s", d.Stage)
	}
	if err == nil {
		d.Shown = hashes
	}
	return err
}

// fits tells whether hashes cut a range whose end is known.
func fits(hashes [][]byte, size uint64, last []byte) error {
	if want := min(parts, size); uint64(len(hashes)) != want {
		return ErrShown.Wrapf("%d parts of %d, not %d", len(hashes), size, want)
	}
	if string(hashes[len(hashes)-1]) != string(last) {
		return ErrShown.Wrap("the last part does not end in what was claimed")
	}
	return nil
}

func (d *Dispute) children(p *trace.Program, hashes [][]byte) error {
	want, err := p.Fanout(d.place())
	if err != nil {
		return ErrInvariant.Wrap(err.Error())
	}
	if len(hashes) != want {
		return ErrShown.Wrapf("%d children of a node that has %d", len(hashes), want)
	}
	list := make([]trace.Hash, len(hashes))
	for i, h := range hashes {
		list[i] = trace.Hash(h)
	}
	if trace.Parent(list) != trace.Hash(d.Node) {
		return ErrShown.Wrap("the children do not hash to their node")
	}
	return nil
}

// Point goes on with the part that the challenger says is the first false one.
func (d *Dispute) Point(p *trace.Program, part uint32) error {
	if uint64(part) >= d.choices() {
		return ErrPart.Wrapf("part %d of %d", part, d.choices())
	}
	shown := d.Shown
	d.Shown = nil
	switch d.Stage {
	case StageSteps:
		d.From, d.To = cut(d.From, d.To, uint64(part))
		if part > 0 {
			d.Before = shown[part-1]
		}
		d.After = shown[part]
		if d.To-d.From == 1 {
			d.Stage = StageTrace
		}
		return nil
	case StageTrace:
		d.Trace, d.State = shown[0], part == 1
		return d.descend(p)
	case StageNodes:
		child, err := p.Child(d.place(), int(part))
		if err != nil {
			return ErrInvariant.Wrap(err.Error())
		}
		return d.at(p, child, shown[part])
	case StageChunks:
		from, to := cut(uint64(d.ChunkFrom), uint64(d.ChunkTo), uint64(part))
		d.ChunkFrom, d.ChunkTo = uint32(from), uint32(to)
		if part > 0 {
			d.CarryBefore = shown[part-1]
		}
		d.CarryAfter = shown[part]
		d.chunks()
		return nil
	default:
		return ErrStage.Wrapf("there is nothing to point at while the dispute is at %s", d.Stage)
	}
}

// choices is how many parts may be pointed at: of a trace, it or the state after.
func (d *Dispute) choices() uint64 {
	if d.Stage == StageTrace {
		return 2
	}
	return uint64(len(d.Shown))
}

// cut is part i of a range in up to sixteen parts, whose sizes differ by one at most, the larger first.
func cut(from, to, i uint64) (uint64, uint64) {
	n := min(parts, to-from)
	size, larger := (to-from)/n, (to-from)%n
	begin := from + i*size + min(i, larger)
	if i < larger {
		size++
	}
	return begin, begin + size
}

// descend begins at the top of the trace or of the state after.
func (d *Dispute) descend(p *trace.Program) error {
	source, node := trace.Intermediate, d.Trace
	if d.State {
		source, node = trace.After, d.After
	}
	top, err := p.Top(source)
	if err != nil {
		return ErrInvariant.Wrap(err.Error())
	}
	return d.at(p, top, node)
}

// at comes to a node; at a tile its chunks follow.
func (d *Dispute) at(p *trace.Program, n trace.Node, hash []byte) error {
	d.Stage, d.Node = StageNodes, hash
	d.Tensor, d.Level, d.Index = int32(n.Tensor), uint32(n.Level), uint32(n.Index)
	tensor, tile, ok := p.Tile(n)
	if !ok {
		return nil
	}
	d.ChunkFrom, d.ChunkTo, d.CarryAfter = 0, uint32(p.Chunks(tensor, tile)), hash
	d.chunks()
	return nil
}

func (d *Dispute) chunks() {
	d.Stage = StageChunks
	if d.ChunkTo-d.ChunkFrom <= 1 {
		d.Stage = StageTile
	}
}

// place is where the descent stands.
func (d *Dispute) place() trace.Node {
	n := trace.Node{Source: trace.Intermediate, Tensor: int(d.Tensor), Level: int(d.Level), Index: int(d.Index)}
	if d.State {
		n.Source = trace.After
	}
	return n
}
