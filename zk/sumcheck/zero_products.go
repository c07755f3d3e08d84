package sumcheck

import "ayni.example/zk/field"

// chunk is how many blocks are composed at a time: small enough for all columns of a window to stay in the cache.
const chunk = 16

// products are the rounds of ProveZero.
type products struct {
	at, steps []field.Vec // of each factor, in the chunk: its values where the variable is 0, 1, .., and their steps
	product   field.Vec
}

func newProducts(factors, values int) *products {
	blocks := max(1, min(chunk, values/2/lanes))
	p := &products{product: make(field.Vec, blocks)}
	for range factors {
		p.at, p.steps = append(p.at, make(field.Vec, blocks)), append(p.steps, make(field.Vec, blocks))
	}
	return p
}

func (p *products) round(factors []field.Vec, eq field.Vec) []field.E {
	sums := make([]field.E, len(factors)+1)
	for from := 0; from < len(eq); from += chunk {
		part := eq[from:min(from+chunk, len(eq))]
		for d, f := range factors {
			lo, hi := f[from:from+len(part)], f[len(eq)+from:]
			copy(p.at[d], lo)
			field.SubVec(p.steps[d][:len(part)], hi, lo)
		}
		for x := range sums {
			if x > 0 {
				p.step(len(part))
			}
			sums[x] = field.Add(sums[x], p.sum(part))
		}
	}
	return coefficients(sums)[1:]
}

// step goes from the factors' values at x to those at x+1.
func (p *products) step(blocks int) {
	for d := range p.at {
		at := p.at[d][:blocks]
		field.AddVec(at, at, p.steps[d])
	}
}

// sum is that of eq times the product.
func (p *products) sum(eq field.Vec) field.E {
	if len(p.at) == 1 {
		return field.Dot(eq, p.at[0])
	}
	product := p.product[:len(eq)]
	field.MulVec(product, p.at[0], p.at[1])
	for _, f := range p.at[2:] {
		field.MulVec(product, product, f)
	}
	return field.Dot(product, eq)
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
