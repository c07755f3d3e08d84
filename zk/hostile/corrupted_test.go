package hostile_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/transcript"
)

const modulus = 1<<31 - 1<<24 + 1

// corruptions change a proof in one way each; what they return may be the same proof.
var corruptions = []struct {
	name   string
	change func(r *rand.Rand, b []byte) []byte
}{
	{"bit", func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b }},
	{"byte", func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] = byte(r.Uint32()); return b }},
	{"swap", func(r *rand.Rand, b []byte) []byte {
		x, y := r.IntN(len(b)/16)*16, r.IntN(len(b)/16)*16
		a := bytes.Clone(b[x : x+16])
		copy(b[x:x+16], b[y:y+16])
		copy(b[y:y+16], a)
		return b
	}},
	{"truncation", func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }},
	{"insertion", func(r *rand.Rand, b []byte) []byte {
		more := make([]byte, 1+r.IntN(64))
		for i := range more {
			more[i] = byte(r.Uint32())
		}
		return slices.Insert(b, r.IntN(len(b)+1), more...)
	}},
	{"removal", func(r *rand.Rand, b []byte) []byte {
		i := r.IntN(len(b))
		return slices.Delete(b, i, min(len(b), i+1+r.IntN(64)))
	}},
	{"copy", func(r *rand.Rand, b []byte) []byte {
		n := 4 * (1 + r.IntN(16))
		x, y := r.IntN(len(b)-n)/4*4, r.IntN(len(b)-n)/4*4
		copy(b[x:x+n], b[y:y+n])
		return b
	}},
	{"zeros", func(r *rand.Rand, b []byte) []byte {
		i := r.IntN(len(b))
		clear(b[i:min(len(b), i+1+r.IntN(64))])
		return b
	}},
}

// TestCorrupted is ten thousand random corruptions.
func TestCorrupted(t *testing.T) {
	seed, count := rand.Uint64(), 10000
	if testing.Short() {
		count = 400
	}
	r := rand.New(rand.NewPCG(seed, 0))
	list := models(r)
	list = append(list, second(list[:4])...)
	claims := make([]claim, len(list))
	for i, n := range list {
		claims[i] = proven(t, n)
		accepted(t, claims[i])
	}
	done := map[string]int{}
	for i := 0; i < count; {
		at, kind := r.IntN(len(claims)), corruptions[r.IntN(len(corruptions))]
		c := claims[at]
		c.proof = kind.change(r, bytes.Clone(c.proof))
		if bytes.Equal(c.proof, claims[at].proof) || onlyLastNonce(c.proof, claims[at].proof, list[at].p) {
			continue
		}
		refused(t, c, "seed %d, corruption %d: %s in %s", seed, i, kind.name, list[at].name)
		done[kind.name]++
		i++
	}
	t.Logf("%d refused: %v", count, done)
}

// onlyLastNonce tells proofs that have another last nonce. Nothing comes after it, so that any with its zero bits will do.
func onlyLastNonce(a, b []byte, p commit.Parameters) bool {
	n := len(b) - transcript.NonceBytes
	return p.Profile() == 2 && len(a) == len(b) && bytes.Equal(a[:n], b[:n])
}

// TestEachElement changes each four bytes of a proof, which are an element or a part of a hash, and writes each element that has
// room for it in its other, not canonical, way.
func TestEachElement(t *testing.T) {
	stride := 1
	if testing.Short() {
		stride = 97
	}
	list := models(rand.New(rand.NewPCG(1, 2)))[:1]
	for _, n := range append(list, second(list)...) {
		eachElement(t, proven(t, n), stride)
	}
}

func eachElement(t *testing.T, good claim, stride int) {
	t.Helper()
	changed, uncanonical := 0, 0
	for i := 0; i+4 <= len(good.proof); i += 4 * stride {
		c := good
		x := binary.LittleEndian.Uint32(good.proof[i:])
		c.proof = bytes.Clone(good.proof)
		binary.LittleEndian.PutUint32(c.proof[i:], (x+1)%modulus)
		refused(t, c, "bytes %d..%d changed", i, i+3)
		changed++
		if x < 1<<32-modulus {
			binary.LittleEndian.PutUint32(c.proof[i:], x+modulus)
			refused(t, c, "bytes %d..%d not canonical", i, i+3)
			uncanonical++
		}
	}
	t.Logf("%d bytes: %d changed, %d not canonical", len(good.proof), changed, uncanonical)
}

// TestMemory holds that wrong proofs, of whatever length, take no more memory than right ones.
func TestMemory(t *testing.T) {
	good := proven(t, models(rand.New(rand.NewPCG(1, 2)))[0])
	most := allocated(func() { _ = fast(good) })
	r := rand.New(rand.NewPCG(3, 4))
	long := append(bytes.Clone(good.proof), make([]byte, 16<<20)...)
	list := append(make([][]byte, 0, 64), long, make([]byte, 16<<20), bytes.Repeat([]byte{255}, 1<<20), nil)
	for range 50 {
		kind := corruptions[r.IntN(len(corruptions))]
		list = append(list, kind.change(r, bytes.Clone(good.proof)))
	}
	for _, proof := range list {
		c := good
		c.proof = proof
		if n := allocated(func() { _ = fast(c) }); n > most+most/4+1<<16 {
			t.Errorf("%d bytes of a wrong proof took %d bytes of memory, a right one %d", len(proof), n, most)
		}
	}
}
