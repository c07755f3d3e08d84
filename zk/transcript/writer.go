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

// Grind looks for a nonce with that many leading zero bits, 2^zeros hashes on average, and appends it. Zero bits are no step.
func (w *Writer) Grind(zeros uint) {
	if zeros > 0 {
		w.proof = binary.LittleEndian.AppendUint64(w.proof, w.grind(zeros))
	}
}

// Raw appends bytes that what was absorbed before determines.
func (w *Writer) Raw(b []byte) { w.proof = append(w.proof, b...) }

// Proof is what was written so far.
func (w *Writer) Proof() []byte { return w.proof }
