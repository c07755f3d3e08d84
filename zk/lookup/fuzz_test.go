package lookup_test

import (
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/lookup"
	"ayni.example/zk/transcript"
)

// FuzzVerify gives a verifier any layout and any proof. Nothing but a sum of zero reaches a claim.
func FuzzVerify(f *testing.F) {
	b := newBook(f, source(f), 3, 2, 2)
	proof, _, err := b.prove()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{2, 2, 3}, proof)
	f.Add([]byte{0}, make([]byte, 4*field.Bytes))
	f.Add([]byte{28}, []byte{})
	f.Fuzz(func(t *testing.T, shape, proof []byte) {
		vars := make([]int, len(shape))
		for i, v := range shape {
			vars[i] = int(int8(v))
		}
		layout, err := lookup.NewLayout(vars)
		if err != nil {
			return
		}
		c, err := lookup.Verify(transcript.NewReader(transcript.New(1, transcript.Nonces{}), proof), layout)
		if err != nil {
			return
		}
		if len(c.Point) != layout.Vars {
			t.Fatalf("a point of %d coordinates, not %d", len(c.Point), layout.Vars)
		}
		if err := layout.Check(c, make([]lookup.Fraction, len(vars))); err == nil {
			t.Fatal("leaves of 0/0 are what is claimed")
		}
	})
}
