package trace

// Kind is what an operation does.
type Kind uint8

// The kinds, in the order of a step. docs/spec/dispute-1.md defines each.
const (
	Gather Kind = iota
	RMS
	Norm
	ProductNT // a * transpose(b)
	ProductNN // a * b
	ProductTN // transpose(a) * b
	Rotate
	RotateBack
	Scores
	RowMax
	RowSum
	Softmax
	Mix
	Add
	SwiGLU
	Loss
	GateBack
	UpBack
	NormBackRow
	NormBack
	NormGain
	HeadProbs
	SoftBackRow
	SoftBack
	HeadQueries
	HeadKeys
	Scatter
	Squares
	Scale
	Weight
	WeightDecay
	Moment1
	Moment2
)

// entry is what there is to know about a kind. ops bounds the operations on numbers of one chunk; of scores, for each of the
// head's tiles.
type entry struct {
	name string
	rule rule
	ops  uint64
}

// Operations on the numbers of a tile, on the products of two, and of an exponential.
const (
	perTile = Side * Side
	perCube = Side * Side * Side
	perExp  = 22
)

// kinds names and computes them; a kind is an index.
func kinds() [Moment2 + 1]entry {
	return [...]entry{
		Gather:      {"gather", gather{}, perTile},
		RMS:         {"rms", rms{}, 3 * perTile},
		Norm:        {"norm", norm{}, 2 * perTile},
		ProductNT:   {"product-nt", product{transposeB: true}, perCube},
		ProductNN:   {"product-nn", product{}, perCube},
		ProductTN:   {"product-tn", product{transposeA: true}, perCube},
		Rotate:      {"rotate", rotate{}, 3 * perTile},
		RotateBack:  {"rotate-back", rotate{back: true}, 3 * perTile},
		Scores:      {"scores", scores{}, 2 * perCube},
		RowMax:      {"row-max", rowMax{}, perTile},
		RowSum:      {"row-sum", rowSum{}, (perExp + 3) * perTile},
		Softmax:     {"softmax", softmax{}, (perExp + 2) * perTile},
		Mix:         {"mix", mix{}, 2 * perCube},
		Add:         {"add", add{}, perTile},
		SwiGLU:      {"swiglu", swiglu{}, (perExp + 3) * perTile},
		Loss:        {"loss", loss{}, (perExp + 3) * perTile},
		GateBack:    {"gate-back", gateBack{}, (perExp + 9) * perTile},
		UpBack:      {"up-back", upBack{}, (perExp + 3) * perTile},
		NormBackRow: {"norm-back-row", normBackRow{}, 4 * perTile},
		NormBack:    {"norm-back", normBack{}, 5 * perTile},
		NormGain:    {"norm-gain", normGain{}, 3 * perTile},
		HeadProbs:   {"head-probs", headProbs{}, perCube},
		SoftBackRow: {"soft-back-row", softBackRow{}, 3 * perTile},
		SoftBack:    {"soft-back", softBack{}, 3 * perTile},
		HeadQueries: {"head-queries", headQueries{}, perCube},
		HeadKeys:    {"head-keys", headKeys{}, perCube},
		Scatter:     {"scatter", scatter{}, perTile},
		Squares:     {"squares", squares{}, 3 * perTile},
		Scale:       {"scale", scale{}, Side},
		Weight:      {"weight", weight{}, 16 * perTile},
		WeightDecay: {"weight-decay", weight{decay: true}, 16 * perTile},
		Moment1:     {"moment-1", moment1{}, 4 * perTile},
		Moment2:     {"moment-2", moment2{}, 5 * perTile},
	}
}

// String is the kind's name in the list of operations.
func (k Kind) String() string {
	if k > Moment2 {
		return "unknown"
	}
	return kinds()[k].name
}

// rule is how tiles of a kind are made. A tile has one chunk at least; each but the last hands a carry to the next, and the
// last one makes the tile.
type rule interface {
	chunks(s site) int
	// operands are the tiles that one chunk reads.
	operands(s site, chunk int) []Operand
	// start is the carry before the first chunk; every later one has as many words.
	start(s site) []uint32
	// compute may change the carry and return it.
	compute(s site, chunk int, carry []uint32, in []view) []uint32
}

// site is the tile to be made.
type site struct {
	*Operation
	shape      *Shape
	row, col   int // of the tile, in tiles
	rows, cols int // of its words
}

// view is an operand's words.
type view struct {
	words []uint32
	cols  int
}

func (v view) at(row, col int) uint32 { return v.words[row*v.cols+col] }

// last tells whether a chunk makes the tile.
func (s *site) last(chunk int) bool { return chunk+1 == kinds()[s.Kind].rule.chunks(*s) }

// whole is the part of a rule that has one chunk.
type whole struct{}

func (whole) chunks(site) int       { return 1 }
func (whole) start(s site) []uint32 { return make([]uint32, s.rows*s.cols) }

// each fills the tile element by element.
func (s *site) each(tile []uint32, element func(row, col int) uint32) []uint32 {
	for i := range s.rows {
		for j := range s.cols {
			tile[i*s.cols+j] = element(i, j)
		}
	}
	return tile
}

// summed is the part of a rule that has an accumulator for each element.
type summed struct{}

func (summed) start(s site) []uint32 { return make([]uint32, s.rows*s.cols) }
