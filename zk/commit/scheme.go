package commit

import (
	"errors"
	"fmt"
	"io"

	"ayni.example/zk/field"
	"ayni.example/zk/poly"
)

// maskRows is how many rows of base elements the mask of a hidden matrix has: the coefficients of an extension element.
const maskRows = 4

// ErrShape is said of vectors and statements that do not fit the parameters.
var ErrShape = errors.New("the shape is not that of the parameters")

// Scheme is what a prover needs of parameters: the tables of their codes. It does not change, so that proofs can share it.
type Scheme struct {
	parameters Parameters
	layout     layout
	codes      [2]*poly.Domain
	levels     []*poly.Domain
}

// Commitment is a matrix as its prover keeps it: encoded, with its tree.
type Commitment struct {
	*table
	shape Code
	data  int             // rows of data
	tails []field.Element // Tail random coefficients behind each row
	mask  field.Vec       // 2^Columns + Tail random elements
}

// NewScheme prepares the tables of the codes.
func NewScheme(p Parameters) (*Scheme, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s := &Scheme{parameters: p, layout: newLayout(p)}
	for k, c := range []Code{p.Weights, p.Witness} {
		message := 1 << c.Columns
		if c.Tail > 0 {
			message *= 2
		}
		var err error
		if s.codes[k], err = poly.NewDomain(message, 1<<c.logLength()); err != nil {
			return nil, err
		}
	}
	left := s.layout.log
	for _, l := range p.Levels {
		left -= l.Rows
		code, err := poly.NewDomain(1<<left, 1<<left*int(l.InverseRate))
		if err != nil {
			return nil, err
		}
		s.levels = append(s.levels, code)
	}
	return s, nil
}

// CommitWeights commits to the weights. Random numbers are read where the parameters hide the weights.
func (s *Scheme) CommitWeights(values []field.Element, random io.Reader) (*Commitment, error) {
	return s.commit(0, s.parameters.Weights, values, random)
}

// CommitWitness commits to the witness. Random numbers are read where the parameters hide the witness.
func (s *Scheme) CommitWitness(values []field.Element, random io.Reader) (*Commitment, error) {
	return s.commit(1, s.parameters.Witness, values, random)
}

// commit pads the values with zeros to whole rows.
func (s *Scheme) commit(matrix int, code Code, values []field.Element, random io.Reader) (*Commitment, error) {
	if len(values) == 0 || len(values) > maxRows<<code.Columns {
		return nil, fmt.Errorf("%w: %d values", ErrShape, len(values))
	}
	c := &Commitment{shape: code, data: code.Rows(len(values))}
	columns, tail := 1<<code.Columns, int(code.Tail)
	rows := c.data
	if tail > 0 {
		if random == nil {
			return nil, errors.New("a matrix that hides needs random numbers")
		}
		list, err := randomElements(random, c.data*tail+maskRows*(columns+tail))
		if err != nil {
			return nil, fmt.Errorf("read random numbers: %w", err)
		}
		c.tails = list[:c.data*tail]
		c.mask = field.NewVec(columns + tail)
		for i, e := range list[c.data*tail:] {
			at := i / maskRows
			c.mask[at/field.Lanes][i%maskRows][at%field.Lanes] = e[0]
		}
		rows += maskRows
	}
	c.table = newTable(s.codes[matrix], s.parameters.Kept(), rows, func(i int, message []field.Element) {
		clear(message)
		if i < c.data {
			copy(message, values[min(i*columns, len(values)):min((i+1)*columns, len(values))])
			copy(message[columns:], c.tails[i*tail:][:tail])
			return
		}
		copyPlane(message, c.mask, i-c.data)
	})
	return c, nil
}

// Root is the commitment as others know it.
func (c *Commitment) Root() [32]byte { return c.root() }

// Fold is the sum of rows weighted by the given coefficients: rows of equal length, the last ones may be missing or short.
func Fold(values []field.Element, rows []field.E, columns int) field.Vec {
	u := field.NewVec(columns)
	for i, o := range rows {
		if from := i * columns; from < len(values) {
			field.AccBase(u, values[from:min(from+columns, len(values))], o)
		}
	}
	return u
}

// copyPlane copies coefficient k of each element of v.
func copyPlane(dst []field.Element, v field.Vec, k int) {
	for b := range v {
		for i, word := range v[b][k] {
			dst[b*field.Lanes+i] = field.Element{word}
		}
	}
}
