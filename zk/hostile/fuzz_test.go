package hostile_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/verifier/naive"
)

// FuzzProof holds that both verifiers accept one proof, of all that begin like it.
func FuzzProof(f *testing.F) {
	good := proven(f, models(rand.New(rand.NewPCG(1, 2)))[1])
	f.Add(uint16(0), []byte{})
	f.Add(uint16(1000), good.proof[1000:])
	f.Add(uint16(len(good.proof)), []byte{0})
	f.Fuzz(func(t *testing.T, at uint16, rest []byte) {
		c := good
		c.proof = append(bytes.Clone(good.proof[:min(int(at), len(good.proof))]), rest...)
		if same := bytes.Equal(c.proof, good.proof); same {
			accepted(t, c)
		} else {
			refused(t, c, "%d bytes, then %x", at, rest)
		}
	})
}

// FuzzParameters holds that both verifiers know the same parameters.
func FuzzParameters(f *testing.F) {
	list := models(rand.New(rand.NewPCG(1, 2)))
	for _, n := range append(list, second(list)...) {
		f.Add(n.p.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := commit.Decode(b)
		if is := naive.Parameters(b); is != (err == nil) {
			t.Errorf("naive: %v, %v", is, err)
		}
	})
}
