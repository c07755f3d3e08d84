package kernel

// KeyBlock is the number of positions whose keys are stored together, element by element.
const KeyBlock = 16

// Scores is a tile of attention scores: Dst(r,t) = dot(q[r], k[t]) * Scale for r < Rows and t < Positions. Rows are
// DstStep and QStep apart; keys are blocks [Size][KeyBlock], whole blocks even where Positions ends within one.
type Scores struct {
	Dst, Q, Keys                          []float32
	DstStep, QStep, Size, Rows, Positions int
	Scale                                 float32
}

func scores(t Scores) {
	block := KeyBlock * t.Size
	for r := range t.Rows {
		q := t.Q[r*t.QStep:][:t.Size]
		dst := t.Dst[r*t.DstStep:][:t.Positions]
		for i := range dst {
			keys := t.Keys[i/KeyBlock*block:][:block]
			dst[i] = float32(dotColumn(q, keys[i%KeyBlock:]) * t.Scale)
		}
	}
}

// dotColumn is dot with a column of a key block.
func dotColumn(q, column []float32) float32 {
	var l [Lanes]float32
	for i, v := range q {
		l[i%Lanes] += float32(v * column[i*KeyBlock])
	}
	return tree(&l)
}

// Mix is a tile of weighted sums of rows: Dst(r,i) goes on with Weight(r,j) * Values(j,i) for each j < Positions
// ascending, for r < Rows and i < Size.
type Mix struct {
	Dst, Weight, Values                                []float32
	DstStep, WeightStep, Stride, Size, Rows, Positions int
}

func mix(t Mix) {
	for r := range t.Rows {
		dst, weight := t.Dst[r*t.DstStep:][:t.Size], t.Weight[r*t.WeightStep:][:t.Positions]
		i := 0
		for ; i+8 <= len(dst); i += 8 {
			mix8((*[8]float32)(dst[i:]), weight, t.Values[i:], t.Stride)
		}
		for ; i < len(dst); i++ {
			acc := dst[i]
			for j, w := range weight {
				acc += float32(w * t.Values[j*t.Stride+i])
			}
			dst[i] = acc
		}
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
