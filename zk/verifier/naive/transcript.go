package naive

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Section 2: the transcript, and with it what is left of the proof. The first refusal stays in err; from then on elements are zero.
type transcript struct {
	state  [32]byte
	proof  []byte
	err    error
	nonces nonces
	fresh  bool // something was absorbed since the last draw
}

// kind is what a draw is for, and nonces are the bits before a draw of each kind.
type kind int

const (
	rounds kind = iota
	keys
	folds
	queries
)

type nonces [4]int

// due is the nonce before the first draw after a message.
func (t *transcript) due(k kind) {
	if t.fresh {
		t.grind(k, t.nonces[k])
	}
	t.fresh = false
}

func (t *transcript) step(parts ...[]byte) {
	b := append([]byte{}, t.state[:]...)
	for _, part := range parts {
		b = append(b, part...)
	}
	t.state = sha256.Sum256(b)
}

func (t *transcript) absorb(tag string, b []byte) {
	t.step([]byte{0, byte(len(tag))}, []byte(tag), binary.LittleEndian.AppendUint64(nil, uint64(len(b))), b)
	t.fresh = true
}

func (t *transcript) challenge(k kind) ext {
	t.due(k)
	t.step([]byte{1})
	var c ext
	for k := range c {
		c[k] = uint32(binary.LittleEndian.Uint64(t.state[8*k:]) % p)
	}
	return c
}

func (t *transcript) challenges(k kind, n int) []ext {
	list := make([]ext, n)
	for i := range list {
		list[i] = t.challenge(k)
	}
	return list
}

func (t *transcript) indices(n, log int) []int {
	t.due(queries)
	list := make([]int, n)
	for i := range list {
		if i%8 == 0 {
			t.step([]byte{2})
		}
		list[i] = int(binary.LittleEndian.Uint32(t.state[i%8*4:]) & (1<<log - 1))
	}
	return list
}

func (t *transcript) grind(k kind, g int) {
	if g == 0 {
		return
	}
	t.step([]byte{3}, t.bytes(8))
	zeros := 0
	for _, b := range t.state {
		zeros += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	t.check(zeros >= g, "2: the nonce before %s is without its zero bits", [...]string{"a round or a batch", "keys", "a fold", "queries"}[k])
}

// check refuses the proof where a condition does not hold; reason begins with the section.
func (t *transcript) check(ok bool, reason string, a ...any) {
	if !ok && t.err == nil {
		t.err = fmt.Errorf("section "+reason, a...)
	}
}

// bytes is the next n bytes of the proof.
func (t *transcript) bytes(n int) []byte {
	t.check(n <= len(t.proof), "9: the proof ends early")
	if t.err != nil {
		return make([]byte, n)
	}
	b := t.proof[:n]
	t.proof = t.proof[n:]
	return b
}

func (t *transcript) root(tag string) (root [32]byte) {
	copy(root[:], t.bytes(32))
	t.absorb(tag, root[:])
	return root
}

// decode reads an element of n coefficients.
func (t *transcript) decode(b []byte, n int) (e ext) {
	for k := range n {
		e[k] = binary.LittleEndian.Uint32(b[4*k:])
		t.check(e[k] < p, "1: a coefficient that is not canonical")
	}
	return e
}

// message is what the prover sends under one tag: n elements, absorbed at once.
func (t *transcript) message(tag string, n int) values {
	b := t.bytes(16 * n)
	t.absorb(tag, b)
	list := make(values, n)
	for i := range list {
		list[i] = t.decode(b[16*i:], 4)
	}
	return list
}

// values are the elements of a message that were not used yet.
type values []ext

func (v *values) take(n int) []ext {
	list := (*v)[:n]
	*v = (*v)[n:]
	return list
}

func (v *values) next() ext { return v.take(1)[0] }

// productRounds are the rounds of a sumcheck of products of two: the point, and the claim that is left there. The first of them
// fold the rows of a matrix.
func (t *transcript) productRounds(folding, n int, claim ext) ([]ext, ext) {
	point := make([]ext, n)
	for i := range point {
		m := t.message("round", 2)
		at0, lead := m[0], m[1]
		linear := sub(sub(sub(claim, at0), at0), lead)
		k := rounds
		if i < folding {
			k = folds
		}
		x := t.challenge(k)
		point[i], claim = x, add(at0, mul(x, add(linear, mul(x, lead))))
	}
	return point, claim
}

// zeroRounds are the rounds of section 6's zero check at the point u, of the given degree.
func (t *transcript) zeroRounds(u []ext, degree int, claim ext) ([]ext, ext) {
	point := make([]ext, len(u))
	for i := range point {
		c := t.message("round", degree)
		x := t.challenge(rounds)
		value := sub(claim, mul(u[i], total(vector(c))))
		power := integer(1)
		for _, coefficient := range c {
			power = mul(power, x)
			value = add(value, mul(power, coefficient))
		}
		point[i], claim = x, value
	}
	return point, claim
}
