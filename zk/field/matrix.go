package field

import "bytes"

// Shape of a tile of a Matrix.
const (
	tileColumns = 16
	tileRows    = 4
	tile        = tileColumns * tileRows
	weightBias  = 128 // makes a byte without sign of a weight
)

// Matrix is a matrix of int8 that Fold reads: strips of sixteen columns, in them four rows at a time, in these column by
// column, so that four rows of a column are one word. Rows and columns that are missing to whole tiles are zero; all are biased.
type Matrix struct {
	rows, columns int
	strip         int // bytes of a strip
	words         []uint8
}

// NewMatrix packs rows of the given number of columns, w[i*columns+j].
func NewMatrix(w []int8, columns int) *Matrix {
	rows := len(w) / columns
	m := &Matrix{rows: rows, columns: columns, strip: (rows + tileRows - 1) / tileRows * tile}
	m.words = bytes.Repeat([]byte{weightBias}, (columns+tileColumns-1)/tileColumns*m.strip)
	for i := range rows {
		row := w[i*columns:][:columns]
		at := i/tileRows*tile + i%tileRows
		for j, x := range row {
			m.words[j/tileColumns*m.strip+at+j%tileColumns*tileRows] = uint8(x) ^ weightBias
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
	active().foldRows(dst, m.words[min(first/tileRows*tile, len(m.words)):], m.strip, whole)
	return dst[:(m.columns+Lanes-1)/Lanes]
}

// DotInt8 is the sum of w[i] x[i]. It is exact while it is below 2^31 whatever the order of the terms, as for fewer than
// 2^16 terms with x of eight bits.
func DotInt8(w []int8, x []int16) int32 {
	_ = x[:len(w)]
	return active().dotInt8(w, x)
}

// foldRows combines the rows of tiles, of which each strip of columns has one for each four coefficients; the next strip
// begins strip bytes further.
func foldRows(dst Vec, tiles []uint8, strip int, c []E) {
	for j := range len(dst) * Lanes {
		column := tiles[j/tileColumns*strip+j%tileColumns*tileRows:]
		// A coefficient is below 2^31 and a weight at most 2^7: 2^25 rows fit.
		var s [4]int64
		for i := 0; i < len(c); i += tileRows {
			w, quad := (*[tileRows]uint8)(column[i/tileRows*tile:]), (*[tileRows]E)(c[i:])
			for r, v := range w {
				v, e := int64(v)-weightBias, &quad[r]
				s[0] += v * int64(e[0][0])
				s[1] += v * int64(e[1][0])
				s[2] += v * int64(e[2][0])
				s[3] += v * int64(e[3][0])
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
