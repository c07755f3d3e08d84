package transcript

import (
	"encoding/binary"
	"errors"
	"fmt"

	"ayni.example/zk/field"
)

// Errors of a proof that is not one. What is wrapped around them says where.
var (
	ErrShort = errors.New("the proof ends too early")
	ErrLong  = errors.New("the proof goes on after its end")
	ErrGrind = errors.New("the nonce has too few leading zero bits")
)

// Reader takes a proof apart. It never allocates more than the proof is long.
type Reader struct {
	*Transcript
	rest []byte
}

// NewReader reads a proof of what t has absorbed.
func NewReader(t *Transcript, proof []byte) *Reader { return &Reader{Transcript: t, rest: proof} }

// Receive is n elements that the prover sent under the tag.
func (r *Reader) Receive(tag string, n int) ([]field.E, error) {
	if n < 0 || n > len(r.rest)/field.Bytes {
		return nil, fmt.Errorf("%s: %w", tag, ErrShort)
	}
	list := make([]field.E, n)
	for i := range list {
		e, err := field.Decode(r.rest[i*field.Bytes:])
		if err != nil {
			return nil, fmt.Errorf("%s: element %d: %w", tag, i, err)
		}
		list[i] = e
	}
	r.Absorb(tag, r.rest[:n*field.Bytes])
	r.rest = r.rest[n*field.Bytes:]
	return list, nil
}

// ReceiveRoot is the root of a commitment that the prover sent under the tag.
func (r *Reader) ReceiveRoot(tag string) (root [32]byte, err error) {
	if len(r.rest) < len(root) {
		return root, fmt.Errorf("%s: %w", tag, ErrShort)
	}
	r.rest = r.rest[copy(root[:], r.rest):]
	r.Absorb(tag, root[:])
	return root, nil
}

// Grind checks the nonce that the prover looked for.
func (r *Reader) Grind(zeros uint) error {
	if zeros == 0 {
		return nil
	}
	if len(r.rest) < NonceBytes {
		return fmt.Errorf("nonce: %w", ErrShort)
	}
	state := r.attempt(binary.LittleEndian.Uint64(r.rest))
	if leading(state) < zeros {
		return fmt.Errorf("nonce: %w: fewer than %d", ErrGrind, zeros)
	}
	r.state, r.rest = state, r.rest[NonceBytes:]
	return nil
}

// Raw is the next n bytes, which are not absorbed. They are the proof's own, not to be written to.
func (r *Reader) Raw(n int) ([]byte, error) {
	if n < 0 || n > len(r.rest) {
		return nil, ErrShort
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b, nil
}

// Close checks that nothing is left.
func (r *Reader) Close() error {
	if len(r.rest) > 0 {
		return fmt.Errorf("%w: %d bytes are left", ErrLong, len(r.rest))
	}
	return nil
}
