package field

import (
	"bytes"
	"encoding/binary"
)

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
	var bias [4]uint64
	for i := range c {
		for k := range bias {
			bias[k] += weightBias * uint64(c[i][k][0])
		}
	}
	for k := range bias {
		bias[k] = P - bias[k]%P
	}
	for b := 0; b < len(dst); b += tileColumns / Lanes {
		var sums [tileColumns][4]uint64
		for i := 0; i < len(c); i += tileRows {
			foldTile(&sums, (*[tile]uint8)(tiles[i/tileRows*tile:]), (*[tileRows]E)(c[i:]))
		}
		for j := range sums {
			for k := range bias {
				dst[b+j/Lanes][k][j%Lanes] = uint32((sums[j][k] + bias[k]) % P)
			}
		}
		tiles = tiles[min(strip, len(tiles)):]
	}
}

// foldTile adds coefficients times biased weights. Coefficients are below 2^31 and weights below 2^8: 2^25 rows fit.
func foldTile(sums *[tileColumns][4]uint64, t *[tile]uint8, c *[tileRows]E) {
	for j := range sums {
		w := binary.LittleEndian.Uint32(t[j*tileRows:])
		w0, w1, w2, w3 := uint64(w&0xff), uint64(w>>8&0xff), uint64(w>>16&0xff), uint64(w>>24)
		s := &sums[j]
		for k := range s {
			s[k] += uint64(c[0][k][0])*w0 + uint64(c[1][k][0])*w1 + uint64(c[2][k][0])*w2 + uint64(c[3][k][0])*w3
		}
	}
}

func dotInt8(w []int8, x []int16) (s int32) {
	const step = 8
	for ; len(w) >= step && len(x) >= step; w, x = w[step:], x[step:] {
		s += int32(w[0])*int32(x[0]) + int32(w[1])*int32(x[1]) + int32(w[2])*int32(x[2]) + int32(w[3])*int32(x[3]) +
			int32(w[4])*int32(x[4]) + int32(w[5])*int32(x[5]) + int32(w[6])*int32(x[6]) + int32(w[7])*int32(x[7])
	}
	for i, v := range w {
		s += int32(v) * int32(x[i])
	}
	return s
}
