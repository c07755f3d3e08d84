package tensor

import "ayni.example/tensor/internal/kernel"

// Attention is one key-value head of one sequence: N consecutive tokens with Group query heads each attend to their own
// and earlier positions, whose keys and values lie in pages.
type Attention struct {
	HeadSize, Group, N int
	Scale              float32
	Position           int // of the first token
	Window             int // how many positions a token sees, its own included; 0 is all

	Q       []float32 // head h of token i at i*QStep + h*HeadSize
	Out     []float32 // likewise, with OutStep; nil when only Probs are wanted
	QStep   int
	OutStep int

	PageSize  int         // positions in a page, a multiple of KeyBlock
	Keys      [][]float32 // page by page: blocks as in Scores
	Values    [][]float32 // page by page: position t at (t mod PageSize)*ValueStep
	ValueStep int

	// Probs takes the softmax of head h and token i as row h*N + i, which begins with position From(). A row has ProbStep
	// elements, at least ProbSize(). Fill > 0 also clears what follows the token's own position up to column Fill.
	Probs    []float32
	ProbStep int
	Fill     int

	kernels *kernel.Vector
}

// tileRows is how many tokens of a head the kernels take at once.
const tileRows = 4

// From is the position of the first column of Probs.
func (a *Attention) From() int { return a.low(0) / KeyBlock * KeyBlock }

// ProbSize is the least ProbStep.
func (a *Attention) ProbSize() int { return a.Position + a.N - a.From() }

// low is the first position that a token sees.
func (a *Attention) low(token int) int {
	if a.Window == 0 {
		return 0
	}
	return max(0, a.Position+token+1-a.Window)
}

// Attend computes, for each token and query head in docs/spec/numerics-1.md's order, the scores of the positions that it
// sees, ascending, their softmax, and the sum of their values. It runs on the caller alone.
func Attend(a *Attention) {
	a.kernels = rows()
	if a.N == 1 {
		t := a.tile(0, 0)
		t.rows, t.advance, t.qStep, t.outStep = a.Group, 0, a.HeadSize, a.HeadSize
		a.compute(&t)
		return
	}
	for head := range a.Group {
		for i := 0; i < a.N; i += tileRows {
			t := a.tile(i, head)
			t.rows = min(tileRows, a.N-i)
			a.compute(&t)
		}
	}
}

// tile is rows that share keys and values: heads of a lone token, or neighbouring tokens of a head.
type tile struct {
	token, rows              int
	advance                  int // tokens from row to row
	q, out, prob             int // offsets of the first row
	qStep, outStep, probStep int
}

// tile begins at one head of one token.
func (a *Attention) tile(token, head int) tile {
	return tile{
		token: token, advance: 1,
		q: token*a.QStep + head*a.HeadSize, qStep: a.QStep,
		out: token*a.OutStep + head*a.HeadSize, outStep: a.OutStep,
		prob: (head*a.N + token) * a.ProbStep, probStep: a.ProbStep,
	}
}

// span is what a row sees: positions lo to hi-1.
func (a *Attention) span(t *tile, row int) (lo, hi int) {
	token := t.token + row*t.advance
	return a.low(token), a.Position + token + 1
}

// compute takes a tile through scores, softmax and mix. The scores begin with a whole block and end with the last row's
// position, so that a row may get a few that it does not see; softmax and mix leave them out.
func (a *Attention) compute(t *tile) {
	from := a.From()
	lo, _ := a.span(t, 0)
	_, hi := a.span(t, t.rows-1)
	lo = lo / KeyBlock * KeyBlock
	a.kernels.Scores(kernel.Scores{
		Dst: a.Probs[t.prob+lo-from:], DstStep: t.probStep, Q: a.Q[t.q:], QStep: t.qStep,
		Keys: a.Keys, PageSize: a.PageSize, First: lo,
		Size: a.HeadSize, Rows: t.rows, Positions: hi - lo, Scale: a.Scale,
	})
	for r := range t.rows {
		lo, hi := a.span(t, r)
		row := a.Probs[t.prob+r*t.probStep:]
		a.kernels.Softmax(row[lo-from:hi-from], row[lo-from:hi-from])
		if a.Fill > hi-from {
			clear(row[hi-from : a.Fill])
		}
	}
	if a.Out != nil {
		a.mix(t)
	}
}

// mix takes all rows of a tile together from the first position that all see to the last that they do, and each on to its
// own end. Rows of a window begin alone.
func (a *Attention) mix(t *tile) {
	lo, _ := a.span(t, t.rows-1)
	_, hi := a.span(t, 0)
	for r := range t.rows {
		clear(a.Out[t.out+r*t.outStep:][:a.HeadSize])
		if first, last := a.span(t, r); first < lo {
			a.mixRows(t, r, 1, first, min(last, lo))
		}
	}
	if lo < hi {
		a.mixRows(t, 0, t.rows, lo, hi)
		return
	}
	for r := range t.rows { // the window is smaller than the tile
		if _, last := a.span(t, r); lo < last {
			a.mixRows(t, r, 1, lo, last)
		}
	}
}

func (a *Attention) mixRows(t *tile, row, n, lo, hi int) {
	a.kernels.Mix(kernel.Mix{
		Dst: a.Out[t.out+row*t.outStep:], DstStep: t.outStep,
		Weight: a.Probs[t.prob+row*t.probStep+lo-a.From():], WeightStep: t.probStep,
		Values: a.Values, PageSize: a.PageSize, First: lo, Stride: a.ValueStep,
		Size: a.HeadSize, Rows: n, Positions: hi - lo, Triangle: t.advance == 1,
	})
}
