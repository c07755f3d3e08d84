package kernel

// KeyBlock is the number of positions whose keys are stored together, element by element.
const KeyBlock = 16

// Scores is a tile of attention scores: Dst(r,t) = dot(q[r], k[t]) * Scale for r < Rows and t < Positions. Rows are
// DstStep and QStep apart.
type Scores struct {
	Dst, Q []float32
	// Keys are pages of PageSize positions: blocks [Size][KeyBlock], whole even where Positions ends within one. Position 0
	// is position First of the first page; both are multiples of KeyBlock.
	Keys                                  [][]float32
	PageSize, First                       int
	DstStep, QStep, Size, Rows, Positions int
	Scale                                 float32
}

func scores(t Scores) {
	block := KeyBlock * t.Size
	for r := range t.Rows {
		q := t.Q[r*t.QStep:][:t.Size]
		dst := t.Dst[r*t.DstStep:][:t.Positions]
		for i := 0; i < len(dst); i += 4 {
			at := t.First + i
			keys := t.Keys[at/t.PageSize][at%t.PageSize/KeyBlock*block:][:block]
			y := dotColumns(q, keys[at%KeyBlock:])
			for j := range min(4, len(dst)-i) {
				dst[i+j] = float32(y[j] * t.Scale)
			}
		}
	}
}

// dotColumns is dot with four columns of a key block, side by side.
func dotColumns(q, columns []float32) (y [4]float32) {
	var l [4][Lanes]float32
	for i, v := range q {
		c, j := (*[4]float32)(columns[i*KeyBlock:]), uint(i)%Lanes
		l[0][j] += float32(v * c[0])
		l[1][j] += float32(v * c[1])
		l[2][j] += float32(v * c[2])
		l[3][j] += float32(v * c[3])
	}
	return [4]float32{tree(&l[0]), tree(&l[1]), tree(&l[2]), tree(&l[3])}
}

// Mix is a tile of weighted sums of rows: Dst(r,i) goes on with Weight(r,j) * Values(j,i) for each j < Positions
// ascending, for r < Rows and i < Size. In a Triangle row r goes on for r more positions.
type Mix struct {
	Dst, Weight []float32
	// Values are pages of PageSize rows, Stride apart; position 0 is row First of the first page.
	Values                                     [][]float32
	PageSize, First, Stride                    int
	DstStep, WeightStep, Size, Rows, Positions int
	Triangle                                   bool
}

func mix(t Mix) {
	for r := range t.Rows {
		n := t.Positions
		if t.Triangle {
			n += r
		}
		dst, weight := t.Dst[r*t.DstStep:][:t.Size], t.Weight[r*t.WeightStep:][:n]
		first := t.First
		for page := first / t.PageSize; len(weight) > 0; page++ {
			first %= t.PageSize
			n := min(len(weight), t.PageSize-first)
			mixRow(dst, weight[:n], t.Values[page][first*t.Stride:], t.Stride)
			weight, first = weight[n:], 0
		}
	}
}

func mixRow(dst, weight, values []float32, stride int) {
	i := 0
	for ; i+8 <= len(dst); i += 8 {
		mix8((*[8]float32)(dst[i:]), weight, values[i:], stride)
	}
	for ; i < len(dst); i++ {
		acc := dst[i]
		for j, w := range weight {
			acc += float32(w * values[j*stride+i])
		}
		dst[i] = acc
	}
}

func mix8(dst *[8]float32, weight, values []float32, stride int) {
	a0, a1, a2, a3, a4, a5, a6, a7 := dst[0], dst[1], dst[2], dst[3], dst[4], dst[5], dst[6], dst[7]
	for j, w := range weight {
		v := (*[8]float32)(values[j*stride:])
		a0 += float32(w * v[0])
		a1 += float32(w * v[1])
		a2 += float32(w * v[2])
		a3 += float32(w * v[3])
		a4 += float32(w * v[4])
		a5 += float32(w * v[5])
		a6 += float32(w * v[6])
		a7 += float32(w * v[7])
	}
	*dst = [8]float32{a0, a1, a2, a3, a4, a5, a6, a7}
}

// putKeys stores rows of keys, step apart, as the first positions of a key block; there are at most KeyBlock.
func putKeys(block, keys []float32, step, size, n int) {
	for t := range n {
		for i, v := range keys[t*step:][:size] {
			block[i*KeyBlock+t] = v
		}
	}
}
