package field_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"ayni.example/zk/field"
)

// BenchmarkLoops tells the processor's nanoseconds an element, for vectors of 2^12 in the nearest cache and of 2^18 far from it.
func BenchmarkLoops(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, family := range field.Families() {
		for _, log := range []int{12, 18} {
			n := 1 << log
			v := make([]field.Vec, 5)
			for i := range v {
				v[i] = field.Pack(elements(r, n))
			}
			c, low, point := random(r), base(elements(r, n)), elements(r, log)
			h := n / 2 / field.Lanes
			for _, loop := range []struct {
				name string
				per  int // elements that the figure is for
				run  func()
			}{
				{"AddVec", n, func() { field.AddVec(v[0], v[1], v[2]) }},
				{"MulVec", n, func() { field.MulVec(v[0], v[1], v[2]) }},
				{"ScaleVec", n, func() { field.ScaleVec(v[0], v[1], c) }},
				{"AccVec", n, func() { field.AccVec(v[0], v[1], c) }},
				{"AccBase", n, func() { field.AccBase(v[0], low, c) }},
				{"FoldVec", n, func() { field.FoldVec(v[0], v[1], v[2], c) }},
				{"FoldBase", n, func() { field.FoldBase(v[0], low, low, c) }},
				{"Dot", n, func() { field.Dot(v[0], v[1]) }},
				{"DotBase", n, func() { field.DotBase(v[0], low) }},
				{"Sum", n, func() { field.Sum(v[0]) }},
				{"Eq", n, func() { field.EqTo(v[0], point) }},
				{"ProductRound", n, func() { field.ProductRound(v[0], v[1]) }},
				{"ProductRoundBase", n, func() { field.ProductRoundBase(v[0], low) }},
				{"EqProductRound", n, func() { field.EqProductRound(v[0], v[1], v[2][:h]) }},
				{"FractionRound", n, func() { field.FractionRound(v[0], v[1], v[2], v[3], v[4][:h]) }},
				{"FractionStep", n, func() { field.FractionStep(v[0][:h], v[1][:h], v[2], v[3]) }},
			} {
				measure(b, fmt.Sprintf("%s/%s/2^%d", loop.name, family, log), family, loop.per, loop.run)
			}
		}
	}
}

func measure(b *testing.B, name, family string, per int, run func()) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		field.Use(b, family)
		b.ReportAllocs()
		report(b, per, "element", run)
	})
}

// BenchmarkProduct and BenchmarkFractions are whole sumchecks without their transcripts: nanoseconds a term, and a leaf.
func BenchmarkProduct(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, family := range field.Families() {
		for _, log := range []int{12, 16, 20} {
			x, y, c := field.Pack(elements(r, 1<<log)), field.Pack(elements(r, 1<<log)), random(r)
			measure(b, fmt.Sprintf("%s/2^%d", family, log), family, 1<<log, func() {
				for n := len(x); n > 1; n /= 2 {
					field.ProductRound(x[:n], y[:n])
					field.FoldVec(x[:n/2], x[:n/2], x[n/2:n], c)
					field.FoldVec(y[:n/2], y[:n/2], y[n/2:n], c)
				}
			})
		}
	}
}

func BenchmarkFractions(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, family := range field.Families() {
		for _, log := range []int{12, 16, 20} {
			p, q, point := field.Pack(elements(r, 1<<log)), field.Pack(elements(r, 1<<log)), elements(r, log)
			space := make(field.Vec, 5*len(p))
			measure(b, fmt.Sprintf("%s/2^%d", family, log), family, 1<<log, func() { fractions(p, q, space, point) })
		}
	}
}

// fractions does the work of a tree's proof, from its leaves to thirty-two of them.
func fractions(p, q, space field.Vec, point []field.E) {
	h := len(p) / 2
	if h > 2 {
		np, nq := space[:h], space[h:2*h]
		field.FractionStep(np, nq, p, q)
		fractions(np, nq, space[2*h:], point[1:])
	}
	eq := space[:h/2]
	field.EqTo(eq, point[2:])
	p0, p1, q0, q1 := p[:h], p[h:], q[:h], q[h:] // spent here, as nothing needs them after
	field.AccVec(p1, q1, point[0])
	for h /= 2; h > 0; h /= 2 {
		field.FractionRound(p0, p1, q0, q1, eq[:h])
		for _, v := range []*field.Vec{&p0, &p1, &q0, &q1} {
			field.FoldVec((*v)[:h], (*v)[:h], (*v)[h:], point[0])
			*v = (*v)[:h]
		}
		field.AddVec(eq[:h/2], eq[:h/2], eq[h/2:h])
	}
}

func BenchmarkMatrix(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, family := range field.Families() {
		for _, s := range [][2]int{{64, 1 << 14}, {1024, 1024}, {1024, 4096}} {
			rows, columns := s[0], s[1]
			w, c, x := weights(r, rows*columns), elements(r, rows), make([]int16, columns)
			m := field.NewMatrix(w, columns)
			measure(b, fmt.Sprintf("Fold/%s/%dx%d", family, rows, columns), family, rows*columns, func() { m.Fold(0, c) })
			measure(b, fmt.Sprintf("DotInt8/%s/%dx%d", family, rows, columns), family, rows*columns, func() {
				for i := range rows {
					field.DotInt8(w[i*columns:][:columns], x)
				}
			})
		}
	}
}
