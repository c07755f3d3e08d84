package field

// Lanes is how many elements a Block holds.
const Lanes = 8

// Block is eight extension elements: coefficient k of element i is [k][i].
type Block [4][Lanes]uint32

// Vec is a vector of extension elements in blocks. Elements past the end of a vector that fills no whole block are zero.
type Vec []Block

// NewVec is a vector of n zeros.
func NewVec(n int) Vec { return make(Vec, (n+Lanes-1)/Lanes) }

// At is element i.
func (v Vec) At(i int) E {
	b, i := &v[i/Lanes], i%Lanes
	return E{{b[0][i]}, {b[1][i]}, {b[2][i]}, {b[3][i]}}
}

// Set makes e element i.
func (v Vec) Set(i int, e E) {
	b, i := &v[i/Lanes], i%Lanes
	b[0][i], b[1][i], b[2][i], b[3][i] = e[0][0], e[1][0], e[2][0], e[3][0]
}

// Pack is a vector of the given elements.
func Pack(list []E) Vec {
	v := NewVec(len(list))
	for i, e := range list {
		v.Set(i, e)
	}
	return v
}

// PackBase is a vector of the given numbers of the base field.
func PackBase(list []Element) Vec {
	v := NewVec(len(list))
	for i, e := range list {
		v[i/Lanes][0][i%Lanes] = e[0]
	}
	return v
}

// Unpack is the list of the first n elements.
func (v Vec) Unpack(n int) []E {
	list := make([]E, n)
	for i := range list {
		list[i] = v.At(i)
	}
	return list
}

// Clone is a copy.
func (v Vec) Clone() Vec { return append(Vec(nil), v...) }

// sum adds the elements of a block.
func (b *Block) sum() (e E) {
	for k := range e {
		for _, w := range b[k] {
			e[k][0] = addWord(e[k][0], w)
		}
	}
	return e
}

// spread is a block of eight times the same element.
func spread(e E) (b Block) {
	for k := range b {
		for i := range b[k] {
			b[k][i] = e[k][0]
		}
	}
	return b
}
