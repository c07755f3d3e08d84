package commit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"ayni.example/zk/transcript"
)

// Bounds of parameters, so that what a verifier does is bounded before it starts.
const (
	minLog       = 3    // of columns and of what a level leaves: whole blocks
	maxLogCode   = 24   // two-adicity of the field: the longest code word
	maxInverse   = 256  // lowest rate: 1/256
	maxQueries   = 1024 // of one matrix
	maxLevels    = 8
	maxLevelRows = 8       // log2: columns of at most 4 KiB
	maxLast      = 12      // log2 of the vector that is sent in the end: 64 KiB
	maxRows      = 1 << 12 // of a matrix that is opened
	maxGrinding  = 24      // bits of a nonce before queries
	maxDraw      = 32      // and before other draws
)

// Numbers of encoded parameters: without levels and bits of draws, of a level, and of the bits of draws, which profile 2 has.
const (
	encodedHead  = 11
	encodedLevel = 3
	encodedDraws = 3
)

// ErrParameters is what is said of parameters that no proof has.
var ErrParameters = errors.New("unusable parameters of the commitment")

// Code is how a matrix of base elements is encoded and queried.
type Code struct {
	Columns     uint32 // log2 of the values of a row
	InverseRate uint32 // length of a row's code word in rows; a power of two
	Queries     uint32 // columns that are opened, repetitions included
	Tail        uint32 // random coefficients behind each row, 0 or a power of two; not 0 hides, for one proof
}

// Level is how the folded vector is committed once more.
type Level struct {
	Rows        uint32 // log2 of the rows that the vector is cut into
	InverseRate uint32
	Queries     uint32
}

// Draws is the leading zero bits of the nonces before challenges that are not of queries: they say how often a prover can try
// to be lucky in one step, as Grinding does for queries.
type Draws struct {
	Rounds uint32 // 1 or more, and not more than the others
	Keys   uint32
	Folds  uint32
}

// Parameters is all that prover and verifier agree on besides circuit and weights.
type Parameters struct {
	Weights, Witness Code
	Grinding         uint32 // leading zero bits of the nonce before each drawing of queries
	Levels           []Level
	Draws            Draws `json:",omitzero"` // zero in profile 1
}

// Profile is the first number of encoded parameters (docs/spec/proof-1.md): 2 where all challenges have nonces, and trees have
// whole hashes; else 1.
func (p Parameters) Profile() uint32 {
	if p.Draws == (Draws{}) {
		return 1
	}
	return 2
}

// Kept is how many bytes of a hash within a tree its parent is made of. A collision of 24 costs 2^96 hashes, and two of them are
// one block of SHA-256 with a prefix; one of all 32 costs 2^128.
func (p Parameters) Kept() int {
	if p.Profile() == 1 {
		return 24
	}
	return 32
}

// Nonces is the leading zero bits of all nonces.
func (p Parameters) Nonces() transcript.Nonces {
	return transcript.Nonces{
		transcript.Rounds: uint(p.Draws.Rounds), transcript.Keys: uint(p.Draws.Keys), transcript.Folds: uint(p.Draws.Folds),
		transcript.Queries: uint(p.Grinding),
	}
}

// Transcript is that of an empty proof with these parameters.
func (p Parameters) Transcript() *transcript.Transcript {
	return transcript.New(p.Profile(), p.Nonces())
}

// Rows is the number of rows that hold so many values. There is one at least.
func (c Code) Rows(values int) int { return max(1, (values+1<<c.Columns-1)>>c.Columns) }

// Fits refuses matrices of more rows than Verify opens, for so many values of weights and witness.
func (p Parameters) Fits(weights, witness int) error {
	for _, n := range []int{p.Weights.Rows(weights), p.Witness.Rows(witness)} {
		if n > maxRows {
			return fmt.Errorf("%w: a matrix of %d rows, more than %d", ErrParameters, n, maxRows)
		}
	}
	return nil
}

// logLength is log2 of the symbols of a code word.
func (c Code) logLength() uint32 { return c.Columns + log2(c.InverseRate) }

// Encode is the canonical form: each number in 4 bytes, little-endian.
func (p Parameters) Encode() []byte {
	list := append(make([]uint32, 0, encodedHead+encodedDraws+encodedLevel*len(p.Levels)), p.Profile())
	for _, c := range []Code{p.Weights, p.Witness} {
		list = append(list, c.Columns, c.InverseRate, c.Queries, c.Tail)
	}
	list = append(list, p.Grinding)
	if p.Profile() == 2 {
		list = append(list, p.Draws.Rounds, p.Draws.Keys, p.Draws.Folds)
	}
	list = append(list, uint32(len(p.Levels)))
	for _, l := range p.Levels {
		list = append(list, l.Rows, l.InverseRate, l.Queries)
	}
	b := make([]byte, 0, 4*len(list))
	for _, n := range list {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// Decode reads what Encode writes, and validates it.
func Decode(b []byte) (Parameters, error) {
	if len(b) < 4*encodedHead || len(b) > 4*(encodedHead+encodedDraws+encodedLevel*maxLevels) || len(b)%4 != 0 {
		return Parameters{}, fmt.Errorf("%w: %d bytes", ErrParameters, len(b))
	}
	list := make([]uint32, len(b)/4)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	code := func(at int) Code { return Code{list[at], list[at+1], list[at+2], list[at+3]} }
	p := Parameters{Weights: code(1), Witness: code(5), Grinding: list[9]}
	rest := list[encodedHead-1:]
	if list[0] == 2 && len(rest) > encodedDraws {
		p.Draws = Draws{rest[0], rest[1], rest[2]}
		rest = rest[encodedDraws:]
	}
	if list[0] != p.Profile() {
		return Parameters{}, fmt.Errorf("%w: profile %d in %d numbers", ErrParameters, list[0], len(list))
	}
	levels := rest[0]
	if rest = rest[1:]; uint64(levels)*encodedLevel != uint64(len(rest)) {
		return Parameters{}, fmt.Errorf("%w: %d levels in %d numbers", ErrParameters, levels, len(rest))
	}
	for ; len(rest) > 0; rest = rest[encodedLevel:] {
		p.Levels = append(p.Levels, Level{rest[0], rest[1], rest[2]})
	}
	return p, p.Validate()
}

// Validate refuses parameters that cannot be worked with. It says nothing of soundness.
func (p Parameters) Validate() error {
	for _, c := range []Code{p.Weights, p.Witness} {
		if err := c.validate(); err != nil {
			return err
		}
	}
	if p.Grinding > maxGrinding {
		return fmt.Errorf("%w: %d bits of grinding, more than %d", ErrParameters, p.Grinding, maxGrinding)
	}
	if d := p.Draws; p.Profile() == 2 && (d.Rounds < 1 || d.Rounds > min(d.Keys, d.Folds) || max(d.Keys, d.Folds) > maxDraw) {
		return fmt.Errorf("%w: nonces of %d, %d and %d bits, not 1 to %d, rounds first", ErrParameters, d.Rounds, d.Keys, d.Folds, maxDraw)
	}
	if len(p.Levels) > maxLevels {
		return fmt.Errorf("%w: %d levels, more than %d", ErrParameters, len(p.Levels), maxLevels)
	}
	left := newLayout(p).log
	for i, l := range p.Levels {
		if l.Rows < 1 || l.Rows > maxLevelRows || l.Rows > left {
			return fmt.Errorf("%w: level %d has 2^%d rows of a vector of 2^%d", ErrParameters, i, l.Rows, left)
		}
		left -= l.Rows
		if err := validCode(left, l.InverseRate, l.Queries); err != nil {
			return fmt.Errorf("level %d: %w", i, err)
		}
	}
	if left > maxLast {
		return fmt.Errorf("%w: the last vector has 2^%d elements, more than 2^%d", ErrParameters, left, maxLast)
	}
	return nil
}

func (c Code) validate() error {
	if err := validCode(c.Columns, c.InverseRate, c.Queries); err != nil {
		return err
	}
	if c.Tail != 0 && (!powerOfTwo(c.Tail) || c.Tail < max(c.Queries, 1<<minLog) || c.Tail > 1<<c.Columns) {
		return fmt.Errorf("%w: a tail of %d for %d queries and 2^%d columns", ErrParameters, c.Tail, c.Queries, c.Columns)
	}
	return nil
}

func validCode(columns, inverse, queries uint32) error {
	if !powerOfTwo(inverse) || inverse < 2 || inverse > maxInverse || columns < minLog || columns > maxLogCode-log2(inverse) {
		return fmt.Errorf("%w: 2^%d columns at rate 1/%d", ErrParameters, columns, inverse)
	}
	if queries < 1 || queries > maxQueries {
		return fmt.Errorf("%w: %d queries, not 1 to %d", ErrParameters, queries, maxQueries)
	}
	return nil
}

func powerOfTwo(n uint32) bool { return n > 0 && n&(n-1) == 0 }

// log2 is the logarithm of a power of two.
func log2(n uint32) uint32 { return uint32(bits.TrailingZeros32(n)) }
