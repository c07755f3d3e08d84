package field

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/field/koalabear"
	"github.com/consensys/gnark-crypto/field/koalabear/extensions"
)

// P is the order of the base field.
const P = 1<<31 - 1<<24 + 1

// inverseP is 1/P modulo 2^32.
const inverseP = 0x81000001

// Sizes of encodings, in bytes.
const (
	BaseBytes = 4
	Bytes     = 4 * BaseBytes
)

// ErrEncoding is what decoders say of bytes that no encoder writes.
var ErrEncoding = errors.New("not a canonical field element")

// Element is a number of the base field.
type Element = koalabear.Element

// E is c[0] + c[1] v + c[2] v^2 + c[3] v^3 with v^4 = 3. Equal numbers are equal by ==.
type E [4]Element

// Zero is 0, as E{} is.
func Zero() E { return E{} }

// One is 1.
func One() E { return E{koalabear.One()} }

// Int is n modulo p.
func Int(n int64) E { return E{BaseInt(n)} }

// BaseInt is n modulo p, in the base field.
func BaseInt(n int64) (e Element) {
	e.SetInt64(n)
	return e
}

// Base lifts a number of the base field.
func Base(e Element) E { return E{e} }

// Add is a + b.
func Add(a, b E) (c E) {
	for i := range c {
		c[i][0] = addWord(a[i][0], b[i][0])
	}
	return c
}

// Sub is a - b.
func Sub(a, b E) (c E) {
	for i := range c {
		c[i][0] = subWord(a[i][0], b[i][0])
	}
	return c
}

// Neg is -a.
func Neg(a E) E { return Sub(E{}, a) }

// Mul is a b.
func Mul(a, b E) (c E) {
	x0, x1, x2, x3 := uint64(a[0][0]), uint64(a[1][0]), uint64(a[2][0]), uint64(a[3][0])
	y0, y1, y2, y3 := uint64(b[0][0]), uint64(b[1][0]), uint64(b[2][0]), uint64(b[3][0])
	c[0][0] = reduce(x0*y0 + 3*shrink(x1*y3+x2*y2+x3*y1))
	c[1][0] = reduce(x0*y1 + x1*y0 + 3*shrink(x2*y3+x3*y2))
	c[2][0] = reduce(x0*y2 + x1*y1 + x2*y0 + 3*shrink(x3*y3))
	c[3][0] = reduce(x0*y3 + x1*y2 + x2*y1 + x3*y0)
	return c
}

// MulBase is a b for a number b of the base field.
func MulBase(a E, b Element) (c E) {
	for i := range c {
		c[i][0] = reduce(uint64(a[i][0]) * uint64(b[0]))
	}
	return c
}

// Inverse is 1/a, and 0 for 0.
func Inverse(a E) E {
	t := extensions.E4{
		B0: extensions.E2{A0: a[0], A1: a[2]},
		B1: extensions.E2{A0: a[1], A1: a[3]},
	}
	t.Inverse(&t)
	return E{t.B0.A0, t.B1.A0, t.B0.A1, t.B1.A1}
}

// Pow is a to the power n.
func Pow(a E, n uint64) E {
	r := One()
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			r = Mul(r, a)
		}
		a = Mul(a, a)
	}
	return r
}

// AppendBase appends the four bytes of a number of the base field.
func AppendBase(b []byte, e Element) []byte { return binary.LittleEndian.AppendUint32(b, e.Bits()[0]) }

// DecodeBase reads the first four bytes of b.
func DecodeBase(b []byte) (Element, error) {
	if len(b) < BaseBytes {
		return Element{}, fmt.Errorf("%w: %d bytes, not %d", ErrEncoding, len(b), BaseBytes)
	}
	w := binary.LittleEndian.Uint32(b)
	if w >= P {
		return Element{}, fmt.Errorf("%w: %d is not below %d", ErrEncoding, w, P)
	}
	return koalabear.NewElement(uint64(w)), nil
}

// Append appends the sixteen bytes of e: each coefficient in four, little-endian, below p.
func Append(b []byte, e E) []byte {
	for _, c := range e {
		b = AppendBase(b, c)
	}
	return b
}

// Decode reads the first sixteen bytes of b.
func Decode(b []byte) (e E, err error) {
	if len(b) < Bytes {
		return E{}, fmt.Errorf("%w: %d bytes, not %d", ErrEncoding, len(b), Bytes)
	}
	for i := range e {
		if e[i], err = DecodeBase(b[BaseBytes*i:]); err != nil {
			return E{}, err
		}
	}
	return e, nil
}

// EqAt is eq(a, b): the product of 1 - a - b + 2ab.
func EqAt(a, b []E) E {
	one, r := One(), One()
	for i, x := range a {
		m := Mul(x, b[i])
		r = Mul(r, Add(Sub(Sub(one, x), b[i]), Add(m, m)))
	}
	return r
}
