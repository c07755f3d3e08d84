package bundle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"ayni.example/internal/canon"
	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
)

const (
	// magic begins each file; a change of the format changes it.
	magic = "ayni/model-1\n"
	// MaxFile is the longest file that is read: as many weights as a circuit may have, and room for the rest.
	MaxFile = 4<<26 + 16<<20

	maxCard       = 8 << 20
	maxParameters = 512
)

// ErrFormat refuses bytes that are no model file.
var ErrFormat = errors.New("not a model file")

// Encode is the canonical form: the magic, then card, circuit, parameters, root, seed and weights, each behind its length in 4
// bytes, little-endian. Weights are those of the weight tensors in their order: int8 of a matrix or a kernel, else 4 bytes each.
func (b *Bundle) Encode() ([]byte, error) {
	card, err := canon.Marshal(b.Card)
	if err != nil {
		return nil, fmt.Errorf("encode model %s: %w", b.Name, err)
	}
	out := []byte(magic)
	for _, part := range [][]byte{card, b.Circuit.Encode(), b.Parameters.Encode(), b.Root[:], b.Seed[:], b.encodeWeights()} {
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(part))), part...)
	}
	return out, nil
}

func (b *Bundle) encodeWeights() []byte {
	var out []byte
	for _, w := range b.Weights {
		for _, v := range w.Int8 {
			out = append(out, byte(v))
		}
		for _, v := range w.Int32 {
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
		}
	}
	return out
}

// Load reads a file and decodes it.
func Load(name string) (*Bundle, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	raw, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	b, err := Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// Is tells whether bytes begin as a model file does.
func Is(raw []byte) bool { return bytes.HasPrefix(raw, []byte(magic)) }

// Decode reads what Encode has written, and nothing else. It does not commit: Prover holds the weights to the root.
func Decode(raw []byte) (*Bundle, error) {
	if len(raw) > MaxFile {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrFormat, MaxFile)
	}
	rest, ok := bytes.CutPrefix(raw, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrFormat, magic)
	}
	parts := make([][]byte, 6)
	for i, most := range []int{maxCard, circuit.MaxEncoding, maxParameters, len(Bundle{}.Root), SeedSize, MaxFile} {
		if len(rest) < 4 {
			return nil, fmt.Errorf("%w: it ends early", ErrFormat)
		}
		n := binary.LittleEndian.Uint32(rest)
		if rest = rest[4:]; int64(n) > int64(min(most, len(rest))) {
			return nil, fmt.Errorf("%w: part %d has %d bytes of %d", ErrFormat, i, n, len(rest))
		}
		parts[i], rest = rest[:n], rest[n:]
	}
	b := &Bundle{}
	if len(rest) > 0 || copy(b.Root[:], parts[3]) < len(b.Root) || copy(b.Seed[:], parts[4]) < SeedSize {
		return nil, fmt.Errorf("%w: %d bytes are left over, or a root or a seed is short", ErrFormat, len(rest))
	}
	if err := canon.Unmarshal(parts[0], &b.Card, canon.Limits{Bytes: maxCard, Depth: 8}); err != nil {
		return nil, fmt.Errorf("%w: card: %w", ErrFormat, err)
	}
	var err error
	if b.Circuit, err = circuit.Decode(parts[1]); err != nil {
		return nil, err
	}
	if b.Parameters, err = commit.Decode(parts[2]); err != nil {
		return nil, err
	}
	if b.Weights, err = decodeWeights(b.Circuit, parts[5]); err != nil {
		return nil, err
	}
	return b, b.check()
}

// decodeWeights cuts the bytes by the circuit, which was validated and bounds them.
func decodeWeights(c *circuit.Circuit, raw []byte) (circuit.Weights, error) {
	small := small(c)
	w := make(circuit.Weights, len(c.Tensors))
	for id, t := range c.Tensors {
		if t.Kind != circuit.Weight {
			continue
		}
		n, size := length(t), 4
		if small[id] {
			size = 1
		}
		if len(raw) < n*size {
			return nil, fmt.Errorf("%w: weights end within tensor %d", ErrFormat, id)
		}
		part := raw[:n*size]
		raw = raw[n*size:]
		if small[id] {
			w[id].Int8 = make([]int8, n)
			for i, v := range part {
				w[id].Int8[i] = int8(v)
			}
			continue
		}
		w[id].Int32 = make([]int32, n)
		for i := range w[id].Int32 {
			w[id].Int32[i] = int32(binary.LittleEndian.Uint32(part[4*i:]))
		}
	}
	if len(raw) > 0 {
		return nil, fmt.Errorf("%w: %d bytes of weights are left over", ErrFormat, len(raw))
	}
	return w, nil
}

// small marks the weight tensors that are int8: those of matrices and kernels.
func small(c *circuit.Circuit) map[int]bool {
	out := map[int]bool{}
	for _, o := range c.Operations {
		if o.Linear == nil {
			continue
		}
		for _, t := range o.Linear.Terms {
			if t.Kind == circuit.Dense || t.Kind == circuit.Conv {
				out[t.Weight] = true
			}
		}
	}
	return out
}

func length(t circuit.Tensor) int {
	n := 1
	for _, a := range t.Axes {
		n *= a
	}
	return n
}
