package transcript

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/consensys/gnark-crypto/field/koalabear"

	"ayni.example/zk/field"
)

// profile is hashed to the first state, with the number of the profile behind it.
const profile = "ayni/proof-"

// Bytes that follow the state in the hash of each kind of step.
const (
	stepAbsorb    = 0x00
	stepChallenge = 0x01
	stepIndices   = 0x02
	stepGrind     = 0x03
)

// Transcript is the state that challenges come from.
type Transcript struct {
	state  [32]byte
	buf    []byte // reused input of the hash
	nonces Nonces
	fresh  bool // something was absorbed since the last draw
}

// New is the transcript of an empty proof of a profile, whose draws have the given nonces.
func New(number uint32, nonces Nonces) *Transcript {
	return &Transcript{state: sha256.Sum256(strconv.AppendUint([]byte(profile), uint64(number), 10)), nonces: nonces}
}

// Absorb binds all later challenges to b. The tag is shorter than 256 bytes.
func (t *Transcript) Absorb(tag string, b []byte) {
	if len(tag) > 255 {
		panic("transcript: a tag is a word of the code, and has fewer than 256 bytes")
	}
	t.step(stepAbsorb)
	t.buf = append(t.buf, byte(len(tag)))
	t.buf = append(t.buf, tag...)
	t.buf = binary.LittleEndian.AppendUint64(t.buf, uint64(len(b)))
	t.buf = append(t.buf, b...)
	t.state, t.fresh = sha256.Sum256(t.buf), true
}

// due is the bits of the nonce that a draw of the kind begins with: the first draw after a message, and no other, has one.
func (t *Transcript) due(k Kind) uint {
	if !t.fresh {
		return 0
	}
	t.fresh = false
	return t.nonces[k]
}

// challenge draws an element. Each coefficient is 64 bits modulo p, so that none is likelier than 1/p by more than 2^-33 of it.
func (t *Transcript) challenge() (e field.E) {
	t.step(stepChallenge)
	t.state = sha256.Sum256(t.buf)
	for k := range e {
		e[k] = koalabear.NewElement(binary.LittleEndian.Uint64(t.state[8*k:]))
	}
	return e
}

// challenges draws n elements.
func (t *Transcript) challenges(n int) []field.E {
	list := make([]field.E, n)
	for i := range list {
		list[i] = t.challenge()
	}
	return list
}

// indices draws n numbers below 2^log, log <= 32, as they come: unordered, with repetitions.
func (t *Transcript) indices(n int, log uint) []int {
	const perHash = 8
	list := make([]int, n)
	for i := range list {
		if i%perHash == 0 {
			t.step(stepIndices)
			t.state = sha256.Sum256(t.buf)
		}
		word := binary.LittleEndian.Uint32(t.state[4*(i%perHash):])
		list[i] = int(uint64(word) & (1<<log - 1))
	}
	return list
}

// step starts the input of the next hash.
func (t *Transcript) step(kind byte) { t.buf = append(append(t.buf[:0], t.state[:]...), kind) }
