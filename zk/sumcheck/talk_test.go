package sumcheck_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

var (
	_ sumcheck.Sender   = (*transcript.Writer)(nil)
	_ sumcheck.Receiver = (*transcript.Reader)(nil)
)

func source(tb testing.TB) *rand.Rand {
	tb.Helper()
	seed := rand.Uint64()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func random(r *rand.Rand) (e field.E) {
	for k := range e {
		e[k] = randomBase(r)
	}
	return e
}

func randomBase(r *rand.Rand) field.Element { return field.BaseInt(r.Int64N(field.P)) }

func elements(r *rand.Rand, n int) []field.E {
	list := make([]field.E, n)
	for i := range list {
		list[i] = random(r)
	}
	return list
}

func baseElements(r *rand.Rand, n int) []field.Element {
	list := make([]field.Element, n)
	for i := range list {
		list[i] = randomBase(r)
	}
	return list
}

func writer() *transcript.Writer { return transcript.NewWriter(transcript.New(1, transcript.Nonces{})) }

func reader(proof []byte) *transcript.Reader {
	return transcript.NewReader(transcript.New(1, transcript.Nonces{}), proof)
}

// tampered calls check with the proof changed in one element, for each element.
func tampered(t *testing.T, proof []byte, check func(proof []byte) error) {
	t.Helper()
	for at := 0; at < len(proof); at += field.Bytes {
		changed := append([]byte(nil), proof[:at]...)
		e, err := field.Decode(proof[at:])
		if err != nil {
			t.Fatal(err)
		}
		changed = append(field.Append(changed, field.Add(e, field.One())), proof[at+field.Bytes:]...)
		if err := check(changed); err == nil {
			t.Errorf("element %d of %d changed, and the proof verifies", at/field.Bytes, len(proof)/field.Bytes)
		}
	}
}

// errRest is what the tests say where the claim that is left is not what the values give.
var errRest = errors.New("the claim that is left is not the values'")
