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

// kinds names and computes them; a kind is an index.
func kinds() [Moment2 + 1]struct {
	name string
	rule rule
} {
	return [...]struct {
		name string
		rule rule
	}{
		Gather:      {"gather", gather{}},
		RMS:         {"rms", rms{}},
		Norm:        {"norm", norm{}},
		ProductNT:   {"product-nt", product{transposeB: true}},
		ProductNN:   {"product-nn", product{}},
		ProductTN:   {"product-tn", product{transposeA: true}},
		Rotate:      {"rotate", rotate{}},
		RotateBack:  {"rotate-back", rotate{back: true}},
		Scores:      {"scores", scores{}},
		RowMax:      {"row-max", rowMax{}},
		RowSum:      {"row-sum", rowSum{}},
		Softmax:     {"softmax", softmax{}},
		Mix:         {"mix", mix{}},
		Add:         {"add", add{}},
		SwiGLU:      {"swiglu", swiglu{}},
		Loss:        {"loss", loss{}},
		GateBack:    {"gate-back", gateBack{}},
		UpBack:      {"up-back", upBack{}},
		NormBackRow: {"norm-back-row", normBackRow{}},
		NormBack:    {"norm-back", normBack{}},
		NormGain:    {"norm-gain", normGain{}},
		HeadProbs:   {"head-probs", headProbs{}},
		SoftBackRow: {"soft-back-row", softBackRow{}},
		SoftBack:    {"soft-back", softBack{}},
		HeadQueries: {"head-queries", headQueries{}},
		HeadKeys:    {"head-keys", headKeys{}},
		Scatter:     {"scatter", scatter{}},
		Squares:     {"squares", squares{}},
		Scale:       {"scale", scale{}},
		Weight:      {"weight", weight{}},
		WeightDecay: {"weight-decay", weight{decay: true}},
		Moment1:     {"moment-1", moment1{}},
		Moment2:     {"moment-2", moment2{}},
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
