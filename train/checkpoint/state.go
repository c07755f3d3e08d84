package checkpoint

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"math"
)

// Tensor is one trained parameter with the moments of its optimiser.
type Tensor struct {
	Name   string
	Rows   int
	Cols   int
	Data   []float32
	First  []float32
	Second []float32
}

// State is all that the next step of a run depends on, and what was measured so far.
type State struct {
	Run     [sha256.Size]byte // digest of recipe, data, tokenizer and base model
	Step    uint64            // updates made
	Windows uint64            // windows of training text seen
	Tensors []Tensor          // live memory: copy it or be done before the next step
	Log     []byte            // JSON; measurements, which no step depends on
}

// Root is the digest of the state:
//
//	SHA-256("ayni/train-state/1\n" | Run | LE64 Step | LE64 Windows | for each tensor:
//	        LE64 length of name | name | LE64 Rows | LE64 Cols | SHA-256(Data) | SHA-256(First) | SHA-256(Second))
//
// with numbers of a tensor as little-endian float32. Log is not part of it.
func (s *State) Root() [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("ayni/train-state/1\n"))
	h.Write(s.Run[:])
	number(h, s.Step)
	number(h, s.Windows)
	for _, t := range s.Tensors {
		number(h, uint64(len(t.Name)))
		h.Write([]byte(t.Name))
		number(h, uint64(t.Rows))
		number(h, uint64(t.Cols))
		for _, values := range [][]float32{t.Data, t.First, t.Second} {
			part := sha256.New()
			_ = writeFloats(part, values) // a hash takes everything
			h.Write(part.Sum(nil))
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func number(h hash.Hash, v uint64) {
	h.Write(binary.LittleEndian.AppendUint64(nil, v))
}

const chunk = 1 << 14 // floats written or read at once

func writeFloats(w io.Writer, values []float32) error {
	buf := make([]byte, 0, 4*min(chunk, len(values)))
	for len(values) > 0 {
		n := min(chunk, len(values))
		buf = buf[:0]
		for _, v := range values[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}

func readFloats(r io.Reader, values []float32) error {
	buf := make([]byte, 4*min(chunk, len(values)))
	for len(values) > 0 {
		n := min(chunk, len(values))
		if _, err := io.ReadFull(r, buf[:4*n]); err != nil {
			return err
		}
		for i := range values[:n] {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(buf[4*i:]))
		}
		values = values[n:]
	}
	return nil
}
