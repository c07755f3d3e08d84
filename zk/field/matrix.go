package field

// Shape of a tile of a Matrix.
const (
	tileColumns = 16
	tileRows    = 4
	tile        = tileColumns * tileRows
)

// Matrix is a matrix of int8 that Fold reads: strips of sixteen columns, in them four rows at a time, in these column by
// column, so that four rows of a column are one word. Rows and columns that are missing to whole tiles are zero.
type Matrix struct {
	rows, columns int
	strip         int // bytes of a strip
	words         []int8
}

// NewMatrix packs rows of the given number of columns, w[i*columns+j].
func NewMatrix(w []int8, columns int) *Matrix {
	rows := len(w) / columns
	m := &Matrix{rows: rows, columns: columns, strip: (rows + tileRows - 1) / tileRows * tile}
	m.words = make([]int8, (columns+tileColumns-1)/tileColumns*m.strip)
	for i := range rows {
		row := w[i*columns:][:columns]
		at := i/tileRows*tile + i%tileRows
		for j, x := range row {
			m.words[j/tileColumns*m.strip+at+j%tileColumns*tileRows] = x
		}
	}
	return m
}

// Rows is the number of rows.
func (m *Matrix) Rows() int { return m.rows }

// Columns is the number of columns.
func (m *Matrix) Columns() int { return m.columns }

// Fold is the combination of the rows from the given one on by the coefficients c: element j is the sum of
// c[i] w[first+i][j]. The first row is a multiple of four.
func (m *Matrix) Fold(first int, c []E) Vec {
	if first%tileRows != 0 || first+len(c) > m.rows {
		panic("field: rows to fold are not of the matrix")
	}
	dst := NewVec((m.columns + tileColumns - 1) / tileColumns * tileColumns)
	whole := append(append(make([]E, 0, len(c)+tileRows), c...), make([]E, -len(c)&(tileRows-1))...)
	from := first / tileRows * tile
	for s := range len(dst) / 2 {
		quads := m.words[s*m.strip+from:][:len(whole)/tileRows*tile]
		active().foldRows(dst[2*s:2*s+2], quads, whole)
	}
	return dst[:(m.columns+Lanes-1)/Lanes]
}

// DotInt8 is the sum of w[i] x[i]. It is exact while it is below 2^31 whatever the order of the terms, as for fewer than
// 2^16 terms with x of eight bits.
func DotInt8(w []int8, x []int16) int32 {
	_ = x[:len(w)]
	return active().dotInt8(w, x)
}

func foldRows(dst Vec, quads []int8, c []E) {
	for j := range tileColumns {
		// A coefficient is below 2^31 and a weight at most 2^7: 2^25 rows fit.
		var s [4]int64
		for i := range c {
			w := int64(quads[i/tileRows*tile+j*tileRows+i%tileRows])
			for k := range s {
				s[k] += w * int64(c[i][k][0])
			}
		}
		for k := range s {
			r := s[k] % P
			dst[j/Lanes][k][j%Lanes] = uint32(r + P&(r>>63))
		}
	}
}

func dotInt8(w []int8, x []int16) (s int32) {
	for i, v := range w {
		s += int32(v) * int32(x[i])
	}
	return s
}
