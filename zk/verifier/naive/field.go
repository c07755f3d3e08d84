package naive

// Section 1: field, encodings, polynomials.

const (
	p         = 1<<31 - 1<<24 + 1
	generator = 3
)

// ext is c0 + c1 v + c2 v^2 + c3 v^3 with v^4 = 3.
type ext [4]uint32

func integer(x int64) ext {
	x %= p
	if x < 0 {
		x += p
	}
	return ext{uint32(x)}
}

func add(a, b ext) ext {
	for k := range a {
		a[k] = uint32((uint64(a[k]) + uint64(b[k])) % p)
	}
	return a
}

func sub(a, b ext) ext {
	for k := range a {
		a[k] = uint32((uint64(a[k]) + p - uint64(b[k])) % p)
	}
	return a
}

func mul(a, b ext) ext {
	var sum [7]uint64
	for i := range a {
		for j := range b {
			sum[i+j] += uint64(a[i]) * uint64(b[j]) // four products at most, each below 2^62
		}
	}
	var c ext
	for k := range c {
		c[k] = uint32(sum[k] % p)
		if k < 3 {
			c[k] = uint32((sum[k]%p + 3*(sum[k+4]%p)) % p)
		}
	}
	return c
}

func power(a ext, n uint64) ext {
	product := integer(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			product = mul(product, a)
		}
		a = mul(a, a)
	}
	return product
}

// unity is w_k, of order 2^k.
func unity(k int) ext { return power(integer(generator), (p-1)>>k) }

type vector []ext

func inner(a, b vector) ext {
	var sum ext
	for i := range a {
		sum = add(sum, mul(a[i], b[i]))
	}
	return sum
}

// addTo adds c*b to a part of a.
func addTo(a vector, offset int, c ext, b vector) {
	for i := range b {
		a[offset+i] = add(a[offset+i], mul(c, b[i]))
	}
}

func total(a vector) ext {
	var sum ext
	for _, x := range a {
		sum = add(sum, x)
	}
	return sum
}

// eq is the vector of eq(r, i): the first coordinate belongs to the most significant bit.
func eq(r []ext) vector {
	v := vector{integer(1)}
	for _, x := range r {
		next := make(vector, 0, 2*len(v))
		for _, a := range v {
			one := mul(a, x)
			next = append(next, sub(a, one), one)
		}
		v = next
	}
	return v
}

// at is the multilinear polynomial of v, which zeros follow, at r, whose first coordinate chooses between the halves.
func at(values vector, r []ext) ext {
	v := make(vector, 1<<len(r))
	copy(v, values)
	for _, x := range r {
		low, high := v[:len(v)/2], v[len(v)/2:]
		for i := range low {
			low[i] = add(low[i], mul(x, sub(high[i], low[i])))
		}
		v = low
	}
	return v[0]
}

// count is the vector 0, 1, .., n-1.
func count(n int) vector {
	v := make(vector, n)
	for i := range v {
		v[i] = integer(int64(i))
	}
	return v
}
