package poly

import "ayni.example/zk/field"

// Functional is a linear form on a tensor: the tensor product of one vector an axis.
type Functional []Vector

// Claim says that the functional of a tensor is a value. What a number of a tensor means, those who make claims know.
type Claim struct {
	Tensor     int
	Functional Functional
	Value      field.E
}

// Bits is log2 of the padded size.
func (f Functional) Bits() int {
	n := 0
	for _, v := range f {
		n += v.bits
	}
	return n
}

// At is the multilinear polynomial of the functional's entries at a point: one inner product an axis.
func (f Functional) At(point []field.E) field.E {
	product := field.One()
	for _, v := range f {
		product = field.Mul(product, v.At(point[:v.bits]))
		point = point[v.bits:]
	}
	return product
}

// Sum is the sum of all entries.
func (f Functional) Sum() field.E {
	product := field.One()
	for _, v := range f {
		product = field.Mul(product, v.Sum())
	}
	return product
}

// Vec is all entries, row-major.
func (f Functional) Vec() field.Vec {
	v := field.NewVec(1 << f.Bits())
	f.AddTo(v, 0, field.One())
	return v
}

// innerBits is log2 of the entries that AddTo computes before it adds multiples of them.
const innerBits = 9

// AddTo adds c times the functional to the entries of dst from offset on, which its size divides.
func (f Functional) AddTo(dst field.Vec, offset int, c field.E) {
	factors := f.factors()
	inner, size := field.Pack([]field.E{c}), 1
	for len(factors) > 0 && (size < field.Lanes || size*len(factors[len(factors)-1]) <= 1<<innerBits) {
		last := factors[len(factors)-1]
		inner, size = outerProduct(last, inner, size), size*len(last)
		factors = factors[:len(factors)-1]
	}
	if size < field.Lanes {
		for i := range size {
			dst.Set(offset+i, field.Add(dst.At(offset+i), inner.At(i)))
		}
		return
	}
	addProduct(dst[offset/field.Lanes:], factors, inner, field.One())
}

// factors are the vectors' values, each eq of several variables taken as a product.
func (f Functional) factors() [][]field.E {
	var list [][]field.E
	for _, v := range f {
		if !v.whole() {
			list = append(list, v.Values())
			continue
		}
		for _, x := range v.r {
			list = append(list, []field.E{field.Sub(field.One(), x), x})
		}
	}
	return list
}

// outerProduct is a x b for b of the given size.
func outerProduct(a []field.E, b field.Vec, size int) field.Vec {
	v := field.NewVec(len(a) * size)
	for i, x := range a {
		if size%field.Lanes == 0 {
			field.ScaleVec(v[i*len(b):(i+1)*len(b)], b, x)
			continue
		}
		for j := range size {
			v.Set(i*size+j, field.Mul(x, b.At(j)))
		}
	}
	return v
}

// addProduct adds c times the product of the factors and inner to dst.
func addProduct(dst field.Vec, factors [][]field.E, inner field.Vec, c field.E) {
	if c == field.Zero() {
		return
	}
	if len(factors) == 0 {
		field.AccVec(dst[:len(inner)], inner, c)
		return
	}
	size := len(inner)
	for _, v := range factors[1:] {
		size *= len(v)
	}
	for i, x := range factors[0] {
		addProduct(dst[i*size:(i+1)*size], factors[1:], inner, field.Mul(c, x))
	}
}

// OnIntegers is the functional of a tensor by its values: of real lengths axes, row-major.
func (f Functional) OnIntegers(values []int32, axes []int) field.E {
	last := len(f) - 1
	n := axes[last]
	weights := field.Pack(f[last].Values())
	rows := make([]field.E, len(values)/n)
	row := make([]field.Element, n)
	for i := range rows {
		for j := range row {
			row[j] = field.BaseInt(int64(values[i*n+j]))
		}
		rows[i] = field.DotBase(weights, row)
	}
	for a := last - 1; a >= 0; a-- {
		n, list := axes[a], f[a].Values()
		for i := range len(rows) / n {
			var sum field.E
			for j := range n {
				sum = field.Add(sum, field.Mul(list[j], rows[i*n+j]))
			}
			rows[i] = sum
		}
		rows = rows[:len(rows)/n]
	}
	return rows[0]
}
