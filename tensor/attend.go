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
}

// tokens that one pass over the pages serves, and rows of one tile of the kernels.
const (
	passTokens = 16
	tileRows   = 4
)

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
	for i := 0; i < a.N; i += passTokens {
		a.pass(i, min(passTokens, a.N-i))
	}
}

func (a *Attention) pass(first, n int) {
	from, to := a.low(first)/a.PageSize, (a.Position+first+n-1)/a.PageSize
	for page := from; page <= to; page++ {
		a.tiles(first, n, func(t tile) { a.scores(t, page) })
	}
	a.tiles(first, n, a.softmax)
	if a.Out == nil {
		return
	}
	for page := from; page <= to; page++ {
		a.tiles(first, n, func(t tile) { a.mix(t, page) })
	}
}

// tile is rows that share keys and values: heads of a lone token, or neighbouring tokens of a head.
type tile struct {
	token, head, rows int
	advance           int // tokens from row to row
	q, out, prob      int // offsets of the first row
	qStep, outStep    int
	probStep          int
}

func (a *Attention) tiles(first, n int, do func(t tile)) {
	at := func(token, head int) tile {
		return tile{
			token: token, head: head, advance: 1,
			q: token*a.QStep + head*a.HeadSize, qStep: a.QStep,
			out: token*a.OutStep + head*a.HeadSize, outStep: a.OutStep,
			prob: (head*a.N + token) * a.ProbStep, probStep: a.ProbStep,
		}
	}
	if n == 1 {
		t := at(first, 0)
		t.rows, t.advance, t.qStep, t.outStep, t.probStep = a.Group, 0, a.HeadSize, a.HeadSize, a.N*a.ProbStep
		do(t)
		return
	}
	for head := range a.Group {
		for i := 0; i < n; i += tileRows {
			t := at(first+i, head)
			t.rows = min(tileRows, n-i)
			do(t)
		}
	}
}

// span is what a row sees: positions lo to hi-1.
func (a *Attention) span(t tile, row int) (lo, hi int) {
	token := t.token + row*t.advance
	return a.low(token), a.Position + token + 1
}

// scores computes one page of a tile. It begins with a whole block and ends with the last row's position, so that a row
// may get a few columns that it does not see; softmax and mix leave them out.
func (a *Attention) scores(t tile, page int) {
	start := page * a.PageSize
	lo, _ := a.span(t, 0)
	_, hi := a.span(t, t.rows-1)
	lo, hi = max(lo/KeyBlock*KeyBlock, start), min(hi, start+a.PageSize)
	if lo >= hi {
		return
	}
	rows().Scores(kernel.Scores{
		Dst: a.Probs[t.prob+lo-a.From():], DstStep: t.probStep,
		Q: a.Q[t.q:], QStep: t.qStep,
		Keys: a.Keys[page][(lo-start)*a.HeadSize:],
		Size: a.HeadSize, Rows: t.rows, Positions: hi - lo, Scale: a.Scale,
	})
}

func (a *Attention) softmax(t tile) {
	from := a.From()
	for r := range t.rows {
		lo, hi := a.span(t, r)
		row := a.Probs[t.prob+r*t.probStep:]
		Softmax(row[lo-from : hi-from])
		if a.Fill > hi-from {
			clear(row[hi-from : a.Fill])
		}
		if a.Out != nil {
			clear(a.Out[t.out+r*t.outStep:][:a.HeadSize])
		}
	}
}

// mix adds one page of values: what all rows of the tile see in one go, the ends row by row, each ascending.
func (a *Attention) mix(t tile, page int) {
	lo, _ := a.span(t, t.rows-1)
	_, hi := a.span(t, 0)
	hi = max(lo, hi)
	for r := range t.rows {
		first, last := a.span(t, r)
		a.mixRows(t, page, r, 1, first, min(lo, last))
	}
	a.mixRows(t, page, 0, t.rows, lo, hi)
	for r := range t.rows {
		_, last := a.span(t, r)
		a.mixRows(t, page, r, 1, hi, last)
	}
}

func (a *Attention) mixRows(t tile, page, row, n, lo, hi int) {
	start := page * a.PageSize
	lo, hi = max(lo, start), min(hi, start+a.PageSize)
	if lo >= hi {
		return
	}
	rows().Mix(kernel.Mix{
		Dst: a.Out[t.out+row*t.outStep:], DstStep: t.outStep,
		Weight: a.Probs[t.prob+row*t.probStep+lo-a.From():], WeightStep: t.probStep,
		Values: a.Values[page][(lo-start)*a.ValueStep:], Stride: a.ValueStep,
		Size: a.HeadSize, Rows: n, Positions: hi - lo,
	})
}
