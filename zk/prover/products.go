package prover

import (
	"ayni.example/zk/claim"
	"ayni.example/zk/field"
	"ayni.example/zk/sumcheck"
	"ayni.example/zk/transcript"
)

// steps sends the values of Linear and Forest steps.
func (r *run) steps() (terms []sumcheck.Product) {
	g := r.proof.Draw(transcript.Keys, claim.Points(r.plan))
	for i, op := range r.circuit.Operations {
		if op.Linear == nil {
			continue
		}
		line := claim.Linear(r.plan, i, g, &r.products)
		for j := range line.Entries {
			if e := &line.Entries[j]; e.Product == claim.NoProduct {
				e.Value = r.value(e)
			} else {
				terms = append(terms, r.product(&r.products.List[e.Product]))
				e.Value = terms[e.Product].Claim
			}
		}
		r.send("linear", line.Entries)
	}
	for i, op := range r.circuit.Operations {
		if op.Forest != nil {
			line := claim.Forest(r.plan, i, g)
			line.Entries[0].Value = r.value(&line.Entries[0])
			r.send("forest", line.Entries)
		}
	}
	return terms
}

// product is A and B of a product, and the sum V of A B.
func (r *run) product(q *claim.Product) sumcheck.Product {
	w := r.tensors[q.Weight]
	a, rows := w.combine(q.Rows())
	if rows != nil {
		r.rows[q.Weight] = rows
	} else if w.inner > w.columns {
		r.whole[q.Weight] = a.Clone()
	}
	t := sumcheck.Product{Vars: q.Vars, A: a}
	if q.Conv() {
		t.B = r.positions(q)
		t.Claim = field.Dot(t.A, t.B)
		return t
	}
	t.Base = r.read(q.Reading()).values
	t.Claim = field.DotBase(t.A, t.Base)
	return t
}

// positions is B of a convolution: what is read, combined over the positions of the output, first along x, then along y.
func (r *run) positions(q *claim.Product) field.Vec {
	in, place := r.read(q.Reading()), &r.plan.Tensors[q.Weight]
	sy, sx := q.Slide(0), q.Slide(1)
	gx, gy := field.Pack(q.Positions(1).Values()), q.Positions(0).Values()
	rowBits, imageBits := in.bits[2], in.bits[1]+in.bits[2]
	lines := make([]field.E, sy.Length*sx.Window) // of one channel: [y][dx]
	window := make([]field.Element, sx.Positions)
	b := field.NewVec(1 << (place.Log() - place.Bits[0]))
	for c := range in.axes[0] {
		for y := range sy.Length {
			line := in.values[c<<imageBits+y<<rowBits:][:sx.Length]
			for dx := range sx.Window {
				lines[y*sx.Window+dx] = field.DotBase(gx, shifted(window, line, sx.Stride, dx-sx.Pad))
			}
		}
		for dy := range sy.Window {
			for dx := range sx.Window {
				var sum field.E
				for p := range sy.Positions {
					if y := p*sy.Stride + dy - sy.Pad; y >= 0 && y < sy.Length {
						sum = field.Add(sum, field.Mul(gy[p], lines[y*sx.Window+dx]))
					}
				}
				b.Set((c<<place.Bits[2]+dy)<<place.Bits[3]+dx, sum)
			}
		}
	}
	return b
}

// shifted is what a window's offset sees at each position: line[p*stride+from], zero outside.
func shifted(buffer, line []field.Element, stride, from int) []field.Element {
	if stride == 1 && from >= 0 && from+len(buffer) <= len(line) {
		return line[from:][:len(buffer)]
	}
	for p := range buffer {
		buffer[p] = field.Element{}
		if x := p*stride + from; x >= 0 && x < len(line) {
			buffer[p] = line[x]
		}
	}
	return buffer
}

// sumOfProducts is one sumcheck of all products, and the values in which it ends.
func (r *run) sumOfProducts(terms []sumcheck.Product) {
	n := r.products.Vars()
	point, values := sumcheck.ProveProducts(r.proof, r.proof.Challenge(), terms)
	var entries []claim.Entry
	for j := range r.products.List {
		q := &r.products.List[j]
		k := point[n-q.Vars:]
		list := q.Entries(k)
		list[0].Value = values[j][0]
		if len(list) == 2 {
			list[1].Value = values[j][1]
		} else {
			for i := 1; i < len(list); i++ {
				list[i].Value = r.value(&list[i])
			}
		}
		entries = append(entries, list...)
		if a := r.whole[q.Weight]; a != nil {
			// A row of the commitment ends within the product: its first variables are bound to have one.
			own := q.Vars - r.tensors[q.Weight].columns
			r.rows[q.Weight] = fold(a, eqList(k[:own]), q.Vars-own)
		}
	}
	r.send("product", entries)
}
