package grad

import (
	"math"

	"ayni.example/tensor"
)

// Philox is the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011): the same
// four words for a counter and a key everywhere, with no state to keep.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	c, k := counter, key
	for range 10 {
		a := uint64(c[0]) * 0xD2511F53
		b := uint64(c[2]) * 0xCD9E8D57
		c = [4]uint32{uint32(b>>32) ^ c[1] ^ k[0], uint32(b), uint32(a>>32) ^ c[3] ^ k[1], uint32(a)}
		k[0] += 0x9E3779B9
		k[1] += 0xBB67AE85
	}
	return c
}

// Domain separates the uses of one seed; it is the last word of every counter.
type Domain uint32

// The domains in use.
const (
	DomainInit  Domain = 1 // initial weights
	DomainLoRA  Domain = 2 // initial adapters
	DomainOrder Domain = 3 // order of training data
)

// Block is the block with number index of a stream: the counter is the index (low word first), the
// stream and the domain; the key is the seed (low word first).
func Block(seed uint64, domain Domain, stream uint32, index uint64) [4]uint32 {
	return Philox([4]uint32{uint32(index), uint32(index >> 32), stream, uint32(domain)},
		[2]uint32{uint32(seed), uint32(seed >> 32)})
}

// Normal fills dst with normal deviates of a stream: two Box-Muller pairs from each block, in float64,
// with one rounding to float32 at the end.
func Normal(dst []float32, seed uint64, domain Domain, stream uint32, std float64) {
	for at := 0; at < len(dst); at += 4 {
		b := Block(seed, domain, stream, uint64(at/4))
		var z [4]float32
		for i := 0; i < 4; i += 2 {
			radius := float64(math.Sqrt(float64(-2*tensor.Log(unit(b[i])))) * std)
			sin, cos := tensor.SinCos(float64(2 * math.Pi * unit(b[i+1])))
			z[i], z[i+1] = float32(float64(radius*cos)), float32(float64(radius*sin))
		}
		copy(dst[at:], z[:])
	}
}

// unit maps a word to the middle of one of 2^32 steps between 0 and 1, exactly.
func unit(word uint32) float64 { return float64((float64(word) + 0.5) * 0x1p-32) }
