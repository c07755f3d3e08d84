package answer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
)

const (
	// magic begins each file; a change of the format changes it.
	magic = "ayni/answer-1\n"
	// MaxFile is the longest file that is read.
	MaxFile = 48 << 20
	// MaxBinding is the longest binding, in bytes.
	MaxBinding = 256

	maxIntegers   = 4 << 22 // bytes of an input or an output: as many as a circuit may have
	maxProof      = 8 << 20
	maxParameters = 512
	maxText       = MaxBinding // of a chain, an account, a context, too
)

// ErrFormat refuses bytes that are no answer's file.
var ErrFormat = errors.New("not a proved answer's file")

// Is tells whether bytes begin as a file does.
func Is(raw []byte) bool { return bytes.HasPrefix(raw, []byte(magic)) }

// Encode is the canonical form: the magic, then circuit, root, parameters, binding, chain, submitter, context, nonce, input,
// output and proof, each behind its length in 4 bytes; numbers are little-endian, integers have 4 bytes and a nonce 8.
func (a *Answer) Encode() []byte {
	out := []byte(magic)
	for _, part := range [][]byte{
		a.Circuit.Encode(), a.Root[:], a.Parameters.Encode(), a.Binding, []byte(a.Use.Chain), a.Use.Submitter, a.Use.Context,
		binary.LittleEndian.AppendUint64(nil, a.Use.Nonce), integers(a.Input), integers(a.Output), a.Proof,
	} {
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(part))), part...)
	}
	return out
}

func integers(tensors [][]int32) []byte {
	var out []byte
	for _, v := range Flat(tensors) {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return out
}

// Decode reads what Encode has written, and nothing else. It verifies nothing.
func Decode(raw []byte) (*Answer, error) {
	parts, err := cut(raw, []int{circuit.MaxEncoding, 32, maxParameters, maxText, maxText, maxText, maxText, 8, maxIntegers, maxIntegers, maxProof})
	if err != nil {
		return nil, err
	}
	a := &Answer{Binding: parts[3], Use: Use{Chain: string(parts[4]), Submitter: parts[5], Context: parts[6]}, Proof: parts[10]}
	if copy(a.Root[:], parts[1]) < len(a.Root) || len(parts[7]) < 8 {
		return nil, fmt.Errorf("%w: a root or a nonce is short", ErrFormat)
	}
	a.Use.Nonce = binary.LittleEndian.Uint64(parts[7])
	if a.Circuit, err = circuit.Decode(parts[0]); err != nil {
		return nil, err
	}
	if a.Parameters, err = commit.Decode(parts[2]); err != nil {
		return nil, err
	}
	if a.Input, err = read(a.Circuit, a.Circuit.Inputs(), parts[8]); err != nil {
		return nil, fmt.Errorf("%w: input: %w", ErrFormat, err)
	}
	if a.Output, err = read(a.Circuit, a.Circuit.Outputs(), parts[9]); err != nil {
		return nil, fmt.Errorf("%w: output: %w", ErrFormat, err)
	}
	return a, nil
}

// cut takes the parts behind the magic, each with the most bytes that it may have.
func cut(raw []byte, most []int) ([][]byte, error) {
	rest, ok := bytes.CutPrefix(raw, []byte(magic))
	if !ok || len(raw) > MaxFile {
		return nil, fmt.Errorf("%w: it does not begin with %q, or is longer than %d bytes", ErrFormat, magic, MaxFile)
	}
	parts := make([][]byte, 0, len(most))
	for i, limit := range most {
		if len(rest) < 4 {
			return nil, fmt.Errorf("%w: it ends early", ErrFormat)
		}
		n := int64(binary.LittleEndian.Uint32(rest))
		if rest = rest[4:]; n > int64(min(limit, len(rest))) {
			return nil, fmt.Errorf("%w: part %d has %d bytes of %d", ErrFormat, i, n, len(rest))
		}
		parts, rest = append(parts, rest[:n:n]), rest[n:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes are left over", ErrFormat, len(rest))
	}
	return parts, nil
}

func read(c *circuit.Circuit, tensors []int, raw []byte) ([][]int32, error) {
	if len(raw)%4 != 0 {
		return nil, fmt.Errorf("%d bytes are no integers", len(raw))
	}
	flat := make([]int32, len(raw)/4)
	for i := range flat {
		flat[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return Split(c, tensors, flat)
}
