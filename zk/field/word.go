package field

func addWord(a, b uint32) uint32 {
	c := a + b - P
	return min(c, c+P)
}

func subWord(a, b uint32) uint32 {
	c := a - b
	return min(c, c+P)
}

// reduce is t/2^32 modulo p, for t < 4p^2, which is below 2^64: so four products of words can be summed before it.
func reduce(t uint64) uint32 {
	high := uint32(t >> 32)
	high = min(high, high-P)
	c := high - uint32(uint64(uint32(t)*inverseP)*P>>32)
	return min(c, c+P)
}

// rest is 2^32 modulo p.
const rest = 1 << 32 % P

// shrink is t modulo p, but below 2^58.
func shrink(t uint64) uint64 { return t&(1<<32-1) + t>>32*rest }

// reduceSmall is reduce for t < 2^32 p.
func reduceSmall(t uint64) uint32 {
	c := uint32(t>>32) - uint32(uint64(uint32(t)*inverseP)*P>>32)
	return min(c, c+P)
}

// inverse is 1/P modulo 2^64.
const inverse = 0x3f00ffff81000001

// carry is 2^32, which plantard wants.
const carry = 1 << 32

// plantard is -t/2^64 modulo p, given t/p + 2^32 modulo 2^64, for t of up to 2^63 (Plantard, IEEE Transactions on Emerging
// Topics in Computing 9, 2021). Who multiplies by the same number again and again knows 1/p times that number.
func plantard(t uint64) uint32 { return uint32(t >> 32 * P >> 32) }

// factor is an element that many words w are multiplied by: plantard(f[k] w + carry) is coefficient k of the product.
type factor [4]uint64

func newFactor(e *E) (f factor) {
	for k := range f {
		f[k] = plantardWord(uint64(e[k][0])) * inverse
	}
	return f
}

// plantardWord is -2^32 w modulo p: what plantard divides by 2^64 is by 2^32 then, as reduce does.
func plantardWord(w uint64) uint64 { return P - w%P<<32%P }

// multiplier is an element that many are multiplied by: [k][i] belongs to coefficient k of the product and i of the other
// element, and [k][4] is added. Coefficients are between -p/2 and p/2, and so are, but for what is added, words: sums of four
// products are between -p^2 and p^2, and multiples of p make them positive.
type multiplier [4][5]uint64

func newMultiplier(e *E) (m multiplier) {
	for k := range m {
		var sum int64
		for i := range e {
			w := uint64(e[(4+k-i)%4][0])
			if i > k {
				w *= 3 // v^4
			}
			c := int64(plantardWord(w) % P)
			if c > P/2 {
				c -= P
			}
			sum += c
			m[k][i] = uint64(c) * inverse
		}
		// The sum of c (w - P/2), P^2 and what makes up for P/2 modulo p is what has to be positive.
		lack := sum % P * (P / 2) % P
		m[k][4] = uint64(P*P+lack-P/2*sum)*inverse + carry
	}
	return m
}
