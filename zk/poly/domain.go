package poly

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/consensys/gnark-crypto/field/koalabear"
	"github.com/consensys/gnark-crypto/field/koalabear/fft"

	"ayni.example/zk/field"
)

// maxLog is the two-adicity of p - 1.
const maxLog = 24

// ErrSize is what NewDomain says of sizes that no code has.
var ErrSize = errors.New("poly: sizes of a code are powers of two, message <= size <= 2^24")

// Domain is a Reed-Solomon code: messages are the coefficients of polynomials, lowest first, and symbol i of a code word is
// the value at Point(i). It is not changed after it is made.
type Domain struct {
	message, size int
	generator     field.Element
	fft           *fft.Domain
	powers        []koalabear.Vector // powers[c][j] is generator^(cj), for 0 < c < size/message and j < message
}

// NewDomain is the code of the given lengths.
func NewDomain(message, size int) (*Domain, error) {
	if message < 1 || message > size || size > 1<<maxLog || message&(message-1) != 0 || size&(size-1) != 0 {
		return nil, fmt.Errorf("%w: message %d, size %d", ErrSize, message, size)
	}
	generator, err := koalabear.Generator(uint64(size))
	if err != nil {
		return nil, fmt.Errorf("find the root of unity of order %d: %w", size, err)
	}
	d := &Domain{message: message, size: size, generator: generator, fft: fft.NewDomain(uint64(message))}
	d.powers = make([]koalabear.Vector, size/message)
	step := generator
	for c := 1; c < len(d.powers); c++ {
		d.powers[c] = make(koalabear.Vector, message)
		fft.BuildExpTable(step, d.powers[c])
		step.Mul(&step, &generator)
	}
	return d, nil
}

// Message is the number of coefficients of a message.
func (d *Domain) Message() int { return d.message }

// Size is the number of symbols of a code word.
func (d *Domain) Size() int { return d.size }

// Point is the i-th power of the root of unity of order Size, which is 3^(127 2^24/Size).
func (d *Domain) Point(i int) field.Element {
	r, x := koalabear.One(), d.generator
	for ; i > 0; i >>= 1 {
		if i&1 == 1 {
			r.Mul(&r, &x)
		}
		x.Mul(&x, &x)
	}
	return r
}

// Cosets is how many parts Coset encodes a message in.
func (d *Domain) Cosets() int { return d.size / d.message }

// Coset makes the coefficients of a message Message of the symbols of its code word: entry j is symbol Symbol(c, j).
func (d *Domain) Coset(c int, message []field.Element) {
	if c > 0 {
		v := koalabear.Vector(message)
		v.Mul(v, d.powers[c])
	}
	d.fft.FFT(message, fft.DIF, fft.WithNbTasks(1))
}

// Symbol is the place in a code word of entry j of coset c.
func (d *Domain) Symbol(c, j int) int {
	shift := 64 - bits.TrailingZeros(uint(d.message))
	return int(bits.Reverse64(uint64(j))>>shift)*d.Cosets() + c
}

// Encode makes dst[i] the value of the polynomial at Point(i), in the order of i. A short message has zeros at its end.
func (d *Domain) Encode(dst, message []field.Element) {
	if len(dst) != d.size || len(message) > d.message {
		panic("poly: lengths are not those of the code")
	}
	buf := make([]field.Element, d.message)
	for c := range d.Cosets() {
		clear(buf[copy(buf, message):])
		d.Coset(c, buf)
		for j, e := range buf {
			dst[d.Symbol(c, j)] = e
		}
	}
}

// EncodeVec encodes a message of extension elements.
func (d *Domain) EncodeVec(message field.Vec) field.Vec {
	dst := field.NewVec(d.size)
	in, out := make([]field.Element, min(d.message, field.Lanes*len(message))), make([]field.Element, d.size)
	for k := range 4 {
		for i := range in {
			in[i][0] = message[i/field.Lanes][k][i%field.Lanes]
		}
		d.Encode(out, in)
		for i, e := range out {
			dst[i/field.Lanes][k][i%field.Lanes] = e[0]
		}
	}
	return dst
}

// Transpose is the vector w of Message elements with w[j] the sum over q of a[q] Point(at[q])^j: Encode's matrix,
// transposed, times a vector with few entries. So the dot product of w and a message is that of a and its symbols.
func (d *Domain) Transpose(at []int, a []field.E) field.Vec {
	blowup, shift := d.size/d.message, 64-bits.TrailingZeros(uint(d.message))
	sparse := make(koalabear.Vector, d.size) // sparse[c*message+j]: point blowup*reversed(j) + c
	dst := field.NewVec(d.message)
	for k := range 4 {
		clear(sparse)
		for q, i := range at {
			e := &sparse[i%blowup*d.message+int(bits.Reverse64(uint64(i/blowup))>>shift)]
			e.Add(e, &a[q][k])
		}
		total := sparse[:d.message]
		for c := range blowup {
			coset := sparse[c*d.message:][:d.message]
			d.fft.FFT(coset, fft.DIT, fft.WithNbTasks(1))
			if c > 0 {
				coset.Mul(coset, d.powers[c])
				total.Add(total, coset)
			}
		}
		for j, e := range total {
			dst[j/field.Lanes][k][j%field.Lanes] = e[0]
		}
	}
	return dst
}
