package commit

import (
	"slices"

	"github.com/consensys/gnark-crypto/field/koalabear"

	"ayni.example/zk/field"
)

// functional is a sum of tensor products over a piece of one of the vectors, as a verifier keeps it until all variables are
// bound: eq of a point, or powers of symbols' places.
type functional struct {
	first int // variables that were bound before the vector
	piece
	point  []field.E
	scale  field.E // of eq(point)
	powers []power
	from   uint32 // entry j is the power from+j
}

// power is scale times 1, x, x^2, ...
type power struct {
	x     field.Element
	scale field.E
}

// at is the multilinear polynomial of the functional where all variables are bound.
func (f functional) at(bound []field.E) field.E {
	bound = bound[f.first:]
	high := len(bound) - int(f.log)
	sum := f.inside(bound[high:])
	for k, r := range bound[:high] {
		if f.offset>>(len(bound)-1-k)&1 == 0 {
			r = field.Sub(field.One(), r)
		}
		sum = field.Mul(sum, r)
	}
	return sum
}

// inside is the polynomial within the piece.
func (f functional) inside(r []field.E) (sum field.E) {
	if f.powers == nil {
		return field.Mul(f.scale, field.EqAt(f.point, r))
	}
	one := koalabear.One()
	for _, p := range f.powers {
		// The product of 1 - r + r x^(2^k); the last variable is that of x itself.
		product, x := p.scale, p.x
		for _, bound := range slices.Backward(r) {
			var less field.Element
			less.Sub(&x, &one)
			product = field.Mul(product, field.Add(field.One(), field.MulBase(bound, less)))
			x.Square(&x)
		}
		if f.from > 0 { // x is now p.x to the length of the piece
			product = field.MulBase(product, powerOf(p.x, f.from))
		}
		sum = field.Add(sum, product)
	}
	return sum
}

// generator is the root of unity whose powers are the places of the symbols of a code of length 2^log.
func generator(log uint32) field.Element {
	root, err := koalabear.Generator(1 << log)
	if err != nil {
		panic("commit: validated codes are not longer than the field's order allows: " + err.Error())
	}
	return root
}

func powerOf(x field.Element, n uint32) field.Element {
	y := koalabear.One()
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y.Mul(&y, &x)
		}
		x.Square(&x)
	}
	return y
}

// eqList is eq(r, i) for all i.
func eqList(r []field.E) []field.E {
	list := append(make([]field.E, 0, 1<<len(r)), field.One())
	for _, x := range slices.Backward(r) {
		n := len(list)
		list = list[:2*n]
		for i := range n {
			list[n+i] = field.Mul(list[i], x)
			list[i] = field.Sub(list[i], list[n+i])
		}
	}
	return list
}
