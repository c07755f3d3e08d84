package sumcheck

import "ayni.example/zk/field"

// ProveZero sends the rounds of the sum of eq(u, x) times the product of all factors, whose degree is their number, and
// returns their values at the point. Each factor has 2^len(u) values.
func ProveZero(s Sender, u []field.E, factors [][]field.Element) (point, values []field.E) {
	return proveZero(s, u, factors, newProducts(len(factors), 1<<len(u)).round)
}

// ProveBits sends the rounds of the sum of eq(u, x) times the sum of weight^d b_d (b_d - 1), whose degree is two and which
// is zero where all columns are bits, and returns the columns' values at the point. Each has 2^len(u) values.
func ProveBits(s Sender, u []field.E, weight field.E, bits [][]field.Element) (point, values []field.E) {
	return proveZero(s, u, bits, func(columns []field.Vec, eq field.Vec) []field.E { return roundOfBits(columns, eq, weight) })
}

// round is the coefficients, from the first on, of the polynomial of the first variable of the columns: they are given
// as Table's halves, and eq is over the variables after it.
type round func(columns []field.Vec, eq field.Vec) []field.E

func proveZero(s Sender, u []field.E, columns [][]field.Element, next round) (point, values []field.E) {
	tables, halves := make([]Table, len(columns)), make([]field.Vec, len(columns))
	for d, c := range columns {
		tables[d] = NewTable(field.PackBase(c), len(u))
	}
	var eq Table
	if len(u) > 0 {
		eq = NewTable(field.Eq(u[1:]), len(u)-1)
	}
	point = make([]field.E, len(u))
	for k := range point {
		for d := range tables {
			halves[d] = tables[d].Halves()
		}
		s.Send(roundTag, next(halves, eq.Values())...)
		point[k] = s.Challenge()
		for d := range tables {
			tables[d].Bind(point[k])
		}
		if eq.Vars() > 0 {
			eq.Sum()
		}
	}
	values = make([]field.E, len(columns))
	for d := range tables {
		values[d] = tables[d].Value()
	}
	return point, values
}

// roundOfBits is the round of ProveBits.
func roundOfBits(columns []field.Vec, eq field.Vec, weight field.E) []field.E {
	squares := make(field.Vec, min(chunk, len(eq)))
	var slope, lead field.E
	power := field.One()
	for _, c := range columns {
		lo, hi := c[:len(eq)], c[len(eq):]
		at0, top := field.EqProductRound(c, c, eq)
		at0 = field.Sub(at0, field.Dot(lo, eq))
		var at1 field.E
		for from := 0; from < len(eq); from += len(squares) {
			b, w := hi[from:from+len(squares)], eq[from:from+len(squares)]
			field.MulVec(squares, b, b)
			field.SubVec(squares, squares, b)
			at1 = field.Add(at1, field.Dot(squares, w))
		}
		slope = field.Add(slope, field.Mul(power, field.Sub(field.Sub(at1, at0), top)))
		lead = field.Add(lead, field.Mul(power, top))
		power = field.Mul(power, weight)
	}
	return []field.E{slope, lead}
}

// ProductAt is what ProveZero sums, of the factors' values at a point.
func ProductAt(values []field.E) field.E {
	p := field.One()
	for _, v := range values {
		p = field.Mul(p, v)
	}
	return p
}

// BitsAt is what ProveBits sums, of the columns' values at a point.
func BitsAt(weight field.E, values []field.E) (sum field.E) {
	power := field.One()
	for _, b := range values {
		sum = field.Add(sum, field.Mul(power, field.Sub(field.Mul(b, b), b)))
		power = field.Mul(power, weight)
	}
	return sum
}
