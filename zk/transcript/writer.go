package transcript

import (
	"encoding/binary"

	"ayni.example/zk/field"
)

// Writer is a proof in the making.
type Writer struct {
	*Transcript
	proof []byte
}

// NewWriter is an empty proof of what t has absorbed.
func NewWriter(t *Transcript) *Writer { return &Writer{Transcript: t} }

// Send appends elements to the proof and absorbs them together, under the tag.
func (w *Writer) Send(tag string, list ...field.E) {
	from := len(w.proof)
	for _, e := range list {
		w.proof = field.Append(w.proof, e)
	}
	w.Absorb(tag, w.proof[from:])
}

// SendVec is Send of the first n elements of a vector.
func (w *Writer) SendVec(tag string, v field.Vec, n int) { w.Send(tag, v.Unpack(n)...) }

// SendRoot appends the root of a commitment and absorbs it under the tag.
func (w *Writer) SendRoot(tag string, root [32]byte) {
	w.proof = append(w.proof, root[:]...)
	w.Absorb(tag, root[:])
}

// Challenge draws an element for a round of a sumcheck, or for a batch.
func (w *Writer) Challenge() field.E { return w.Draw(Rounds, 1)[0] }

// Draw draws n elements. None is no draw.
func (w *Writer) Draw(k Kind, n int) []field.E {
	if n > 0 {
		w.nonce(w.due(k))
	}
	return w.challenges(n)
}

// Indices draws n numbers below 2^log, log <= 32, as they come: unordered, with repetitions.
func (w *Writer) Indices(n int, log uint) []int {
	w.nonce(w.due(Queries))
	return w.indices(n, log)
}

// nonce looks for a nonce with that many leading zero bits, 2^zeros hashes on average, and appends it. Zero bits are no step.
func (w *Writer) nonce(zeros uint) {
	if zeros > 0 {
		w.proof = binary.LittleEndian.AppendUint64(w.proof, w.grind(zeros))
	}
}

// Folding is the writer of rounds of which the first n draw what rows are combined by.
func (w *Writer) Folding(n int) *FoldingWriter { return &FoldingWriter{w, n} }

// FoldingWriter draws its first challenges as Folds.
type FoldingWriter struct {
	*Writer
	left int
}

// Challenge draws an element.
func (f *FoldingWriter) Challenge() field.E { return f.Draw(folding(&f.left), 1)[0] }

// folding is the kind of a draw of which so many are left that fold.
func folding(left *int) Kind {
	if *left == 0 {
		return Rounds
	}
	*left--
	return Folds
}

// Raw appends bytes that what was absorbed before determines.
func (w *Writer) Raw(b []byte) { w.proof = append(w.proof, b...) }

// Proof is what was written so far.
func (w *Writer) Proof() []byte { return w.proof }
