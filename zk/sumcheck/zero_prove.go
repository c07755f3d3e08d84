package sumcheck

import "ayni.example/zk/field"

// chunk is how many blocks are composed at a time: small enough for all columns of a window to stay in the cache.
const chunk = 16

// ProveZero sends the rounds of the sum of eq(u, x) times the product of all factors, whose degree is their number, and
// returns their values at the point. Each factor has 2^len(u) values.
func ProveZero(s Sender, u []field.E, factors [][]field.Element) (point, values []field.E) {
	return proveZero(s, u, factors, len(factors), multiply)
}

// ProveBits sends the rounds of the sum of eq(u, x) times the sum of weight^d b_d (b_d - 1), whose degree is two and which
// is zero where all columns are bits, and returns the columns' values at the point. Each has 2^len(u) values.
func ProveBits(s Sender, u []field.E, weight field.E, bits [][]field.Element) (point, values []field.E) {
	return proveZero(s, u, bits, 2, sumBits(weight))
}

// compose makes dst a polynomial of the columns, position by position. It may overwrite them.
type compose func(dst field.Vec, columns []field.Vec)

func proveZero(s Sender, u []field.E, columns [][]field.Element, degree int, f compose) (point, values []field.E) {
	z := &zero{degree: degree, compose: f, columns: make([]Table, len(columns))}
	for d, c := range columns {
		z.columns[d] = NewTable(field.PackBase(c), len(u))
	}
	if len(u) > 0 {
		z.eq = NewTable(field.Eq(u[1:]), len(u)-1)
	}
	point = make([]field.E, len(u))
	for k := range point {
		s.Send(roundTag, coefficients(z.round())[1:]...)
		point[k] = s.Challenge()
		for d := range z.columns {
			z.columns[d].Bind(point[k])
		}
		if z.eq.Vars() > 0 {
			z.eq.Sum()
		}
	}
	values = make([]field.E, len(columns))
	for d := range z.columns {
		values[d] = z.columns[d].Value()
	}
	return point, values
}

// zero is a sum while its variables are bound.
type zero struct {
	degree  int
	compose compose
	columns []Table
	eq      Table // of the variables after the next one
}

// round is the values of the polynomial of the first variable at 0, 1, .., degree.
func (z *zero) round() []field.E {
	all, eq := make([]field.Vec, len(z.columns)), z.eq.Values()
	for d := range z.columns {
		all[d] = z.columns[d].Halves()
	}
	n := min(chunk, len(eq))
	at, steps, work := rows(len(all), n), rows(len(all), n), rows(len(all), n)
	product, sums := make(field.Vec, n), make([]field.E, z.degree+1)
	for from := 0; from < len(eq); from += n {
		for d, v := range all {
			lo, hi := v[from:from+n], v[len(eq)+from:len(eq)+from+n]
			copy(at[d], lo)
			field.SubVec(steps[d], hi, lo)
		}
		for x := range sums {
			for d := range at {
				if x > 0 {
					field.AddVec(at[d], at[d], steps[d])
				}
				copy(work[d], at[d])
			}
			z.compose(product, work)
			sums[x] = field.Add(sums[x], field.Dot(product, eq[from:from+n]))
		}
	}
	return sums
}

func rows(count, blocks int) []field.Vec {
	list := make([]field.Vec, count)
	for i := range list {
		list[i] = make(field.Vec, blocks)
	}
	return list
}

// coefficients are those of the polynomial of degree below len(y) with the value y[i] at i, by divided differences (Newton,
// Principia, book 3, lemma 5).
func coefficients(y []field.E) []field.E {
	for k := 1; k < len(y); k++ {
		// The divisor of the k-th differences at 0, 1, .. is k, whatever the place.
		inverse := field.Inverse(field.Int(int64(k)))[0]
		for i := len(y) - 1; i >= k; i-- {
			y[i] = field.MulBase(field.Sub(y[i], y[i-1]), inverse)
		}
	}
	// y[k] now belongs to X .. (X-k+1): multiply out from the last factor on.
	for k := len(y) - 2; k >= 0; k-- {
		for i := k; i < len(y)-1; i++ {
			y[i] = field.Sub(y[i], field.MulBase(y[i+1], field.BaseInt(int64(k))))
		}
	}
	return y
}
