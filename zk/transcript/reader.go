package transcript

import (
	"encoding/binary"
	"errors"
	"fmt"

	"ayni.example/zk/field"
	"ayni.example/zk/hash"
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

// Challenge draws an element for a round of a sumcheck, or for a batch.
func (r *Reader) Challenge() (field.E, error) { return r.one(Rounds) }

func (r *Reader) one(k Kind) (e field.E, err error) {
	if err = r.nonce(r.due(k)); err == nil {
		e = r.challenge()
	}
	return e, err
}

// Draw draws n elements. None is no draw.
func (r *Reader) Draw(k Kind, n int) ([]field.E, error) {
	if n == 0 {
		return nil, nil
	}
	if err := r.nonce(r.due(k)); err != nil {
		return nil, err
	}
	return r.challenges(n), nil
}

// Indices draws n numbers below 2^log, log <= 32, as they come: unordered, with repetitions.
func (r *Reader) Indices(n int, log uint) ([]int, error) {
	if err := r.nonce(r.due(Queries)); err != nil {
		return nil, err
	}
	return r.indices(n, log), nil
}

// nonce checks the nonce that the prover looked for.
func (r *Reader) nonce(zeros uint) error {
	if zeros == 0 {
		return nil
	}
	if len(r.rest) < NonceBytes {
		return fmt.Errorf("nonce: %w", ErrShort)
	}
	state := r.attempt(binary.LittleEndian.Uint64(r.rest))
	if hash.Leading(state) < zeros {
		return fmt.Errorf("nonce: %w: fewer than %d", ErrGrind, zeros)
	}
	r.state, r.rest = state, r.rest[NonceBytes:]
	return nil
}

// Folding is the reader of rounds of which the first n draw what rows are combined by.
func (r *Reader) Folding(n int) *FoldingReader { return &FoldingReader{r, n} }

// FoldingReader draws its first challenges as Folds.
type FoldingReader struct {
	*Reader
	left int
}

// Challenge draws an element.
func (f *FoldingReader) Challenge() (field.E, error) { return f.one(folding(&f.left)) }

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
