package field_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/field"
)

// lengths are the sizes of vectors, in elements: blocks, parts of blocks, and more than loops unroll.
func lengths() []int { return []int{0, 1, 7, 8, 9, 16, 40, 64, 200, 1024} }

func base(list []field.E) []field.Element {
	low := make([]field.Element, len(list))
	for i := range low {
		low[i] = list[i][0]
	}
	return low
}

func same(t *testing.T, what string, got field.Vec, want []field.E) {
	t.Helper()
	if !slices.Equal(got, field.Pack(want)) {
		t.Errorf("%s of %d elements: %v, not %v", what, len(want), got.Unpack(len(want)), want)
	}
}

// each is f of every index.
func each(n int, f func(i int) field.E) []field.E {
	list := make([]field.E, n)
	for i := range list {
		list[i] = f(i)
	}
	return list
}

func TestVectors(t *testing.T) {
	r := source(t)
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for _, n := range lengths() {
				vectors(t, r, n)
			}
		})
	}
}

func vectors(t *testing.T, r *rand.Rand, n int) {
	t.Helper()
	a, b, d, c := elements(r, n), elements(r, n), elements(r, n), random(r)
	va, vb, low := field.Pack(a), field.Pack(b), base(b)
	if got := va.Unpack(n); !slices.Equal(got, a) {
		t.Fatalf("packed %v, unpacked %v", a, got)
	}
	same(t, "PackBase", field.PackBase(low), each(n, func(i int) field.E { return field.Base(low[i]) }))
	run := func(what string, f func(dst field.Vec), want func(i int) field.E) {
		t.Helper()
		dst := field.Pack(d)
		f(dst)
		same(t, what, dst, each(n, want))
	}
	run("AddVec", func(dst field.Vec) { field.AddVec(dst, va, vb) }, func(i int) field.E { return field.Add(a[i], b[i]) })
	run("SubVec", func(dst field.Vec) { field.SubVec(dst, va, vb) }, func(i int) field.E { return field.Sub(a[i], b[i]) })
	run("MulVec", func(dst field.Vec) { field.MulVec(dst, va, vb) }, func(i int) field.E { return field.Mul(a[i], b[i]) })
	run("MulVec in place", func(dst field.Vec) { field.MulVec(dst, dst, dst) }, func(i int) field.E { return field.Mul(d[i], d[i]) })
	run("ScaleVec", func(dst field.Vec) { field.ScaleVec(dst, va, c) }, func(i int) field.E { return field.Mul(c, a[i]) })
	run("AccVec", func(dst field.Vec) { field.AccVec(dst, va, c) }, func(i int) field.E { return field.Add(d[i], field.Mul(c, a[i])) })
	run("AccBase", func(dst field.Vec) { field.AccBase(dst, low, c) }, func(i int) field.E { return field.Add(d[i], field.MulBase(c, low[i])) })
	fold := func(lo, hi field.E) field.E { return field.Add(lo, field.Mul(c, field.Sub(hi, lo))) }
	run("FoldVec", func(dst field.Vec) { field.FoldVec(dst, va, vb, c) }, func(i int) field.E { return fold(a[i], b[i]) })
	run("FoldVec in place", func(dst field.Vec) { field.FoldVec(dst, dst, vb, c) }, func(i int) field.E { return fold(d[i], b[i]) })
	lowA := base(a)
	run("FoldBase", func(dst field.Vec) { field.FoldBase(dst, lowA, low, c) }, func(i int) field.E { return fold(field.Base(lowA[i]), field.Base(low[i])) })
	var dot, dotBase, sum field.E
	for i := range a {
		dot = field.Add(dot, field.Mul(a[i], b[i]))
		dotBase = field.Add(dotBase, field.MulBase(a[i], low[i]))
		sum = field.Add(sum, a[i])
	}
	for what, pair := range map[string][2]field.E{"Dot": {field.Dot(va, vb), dot}, "DotBase": {field.DotBase(va, low), dotBase}, "Sum": {field.Sum(va), sum}} {
		if pair[0] != pair[1] {
			t.Errorf("%s of %d elements: %v, not %v", what, n, pair[0], pair[1])
		}
	}
}

// TestExtremes holds sums that are not reduced at once to words that are as large as they can be.
func TestExtremes(t *testing.T) {
	most := field.E{{field.P - 1}, {field.P - 1}, {field.P - 1}, {field.P - 1}}
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for _, n := range []int{16, 1 << 13} {
				list := make([]field.E, n)
				for i := range list {
					list[i] = most
				}
				v, low := field.Pack(list), base(list)
				if got, want := field.Dot(v, v), field.Mul(field.Int(int64(n)), field.Mul(most, most)); got != want {
					t.Errorf("Dot of %d: %v, not %v", n, got, want)
				}
				if got, want := field.DotBase(v, low), field.Mul(field.Int(int64(n)), field.MulBase(most, most[0])); got != want {
					t.Errorf("DotBase of %d: %v, not %v", n, got, want)
				}
				if got, want := field.Sum(v), field.Mul(field.Int(int64(n)), most); got != want {
					t.Errorf("Sum of %d: %v, not %v", n, got, want)
				}
				eq := v[:len(v)/2]
				three := field.Mul(most, field.Mul(most, most))
				if got, _ := field.FractionRound(v, v, v, v, eq); got != field.Mul(field.Int(int64(n)), three) {
					t.Errorf("FractionRound of %d: %v", n, got)
				}
				if got, _ := field.EqProductRound(v, v, eq); got != field.Mul(field.Int(int64(n/2)), three) {
					t.Errorf("EqProductRound of %d: %v", n, got)
				}
				if got, _ := field.ProductRound(v, v); got != field.Mul(field.Int(int64(n/2)), field.Mul(most, most)) {
					t.Errorf("ProductRound of %d: %v", n, got)
				}
				if got, _ := field.ProductRoundBase(v, low); got != field.Mul(field.Int(int64(n/2)), field.MulBase(most, most[0])) {
					t.Errorf("ProductRoundBase of %d: %v", n, got)
				}
			}
		})
	}
}

// TestExtremeFactors holds products with one number to words between which differences are as large as they can be.
func TestExtremeFactors(t *testing.T) {
	words := []uint32{0, 1, field.P / 2, field.P/2 + 1, field.P - 1}
	all := func(word uint32) field.E { return field.E{{word}, {word}, {word}, {word}} }
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for _, c := range words {
				for _, x := range words {
					for _, y := range words {
						extremeFactor(t, all(c), all(x), all(y))
					}
				}
			}
		})
	}
}

func extremeFactor(t *testing.T, c, x, y field.E) {
	t.Helper()
	const n = 8
	list := func(e field.E) []field.E { return each(n, func(int) field.E { return e }) }
	vx, vy, lowX, lowY, dst := field.Pack(list(x)), field.Pack(list(y)), base(list(x)), base(list(y)), field.NewVec(n)
	check := func(what string, want field.E) {
		t.Helper()
		same(t, what, dst, list(want))
	}
	field.FoldVec(dst, vx, vy, c)
	check("FoldVec", field.Add(x, field.Mul(c, field.Sub(y, x))))
	field.FoldBase(dst, lowX, lowY, c)
	check("FoldBase", field.Add(field.Base(x[0]), field.MulBase(c, field.Sub(y, x)[0])))
	field.ScaleVec(dst, vx, c)
	check("ScaleVec", field.Mul(c, x))
	copy(dst, vx)
	field.AccVec(dst, vy, c)
	check("AccVec", field.Add(x, field.Mul(c, y)))
	copy(dst, vx)
	field.AccBase(dst, lowY, c)
	check("AccBase", field.Add(x, field.MulBase(c, y[0])))
	field.MulVec(dst, vx, vy)
	check("MulVec", field.Mul(x, y))
	four, twice := append(append(list(x), list(y)...), append(list(c), list(x)...)...), field.NewVec(2*n)
	field.FractionStep(twice, twice.Clone(), field.Pack(four), field.Pack(four))
	dst = twice[:1]
	check("FractionStep", field.Add(field.Mul(x, c), field.Mul(c, x)))
	dst = twice[1:]
	check("FractionStep", field.Add(field.Mul(y, x), field.Mul(x, y)))
}

func TestEq(t *testing.T) {
	r := source(t)
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for n := range 9 {
				point := elements(r, n)
				same(t, "Eq", field.Eq(point), each(1<<n, func(i int) field.E {
					e := field.One()
					for k, x := range point {
						if i>>(n-1-k)&1 == 0 {
							x = field.Sub(field.One(), x)
						}
						e = field.Mul(e, x)
					}
					return e
				}))
			}
		})
	}
}

func TestRounds(t *testing.T) {
	r := source(t)
	for _, name := range field.Families() {
		t.Run(name, func(t *testing.T) {
			field.Use(t, name)
			for _, h := range []int{8, 16, 24, 256} {
				rounds(t, r, h)
			}
		})
	}
}

func rounds(t *testing.T, r *rand.Rand, h int) {
	t.Helper()
	lists := make([][]field.E, 5)
	v := make([]field.Vec, len(lists))
	for i := range lists {
		lists[i] = elements(r, 2*h)
		v[i] = field.Pack(lists[i])
	}
	p0, p1, q0, q1 := lists[0], lists[1], lists[2], lists[3]
	eq, low := v[4][:h/field.Lanes], base(q1)
	var product, productBase, eqProduct, fraction [2]field.E
	steps := make([][]field.E, 2)
	for i := range h {
		for k, at := range []func(list []field.E) field.E{
			func(list []field.E) field.E { return list[i] },
			func(list []field.E) field.E { return field.Sub(list[i+h], list[i]) },
		} {
			product[k] = field.Add(product[k], field.Mul(at(p0), at(q1)))
			productBase[k] = field.Add(productBase[k], field.MulBase(at(p0), at(q1)[0]))
			eqProduct[k] = field.Add(eqProduct[k], field.Mul(lists[4][i], field.Mul(at(p0), at(q1))))
			n := field.Add(field.Mul(at(p0), at(q1)), field.Mul(at(p1), at(q0)))
			fraction[k] = field.Add(fraction[k], field.Mul(lists[4][i], n))
		}
		steps[0] = append(steps[0], field.Add(field.Mul(p0[i], q0[i+h]), field.Mul(p0[i+h], q0[i])))
		steps[1] = append(steps[1], field.Mul(q0[i], q0[i+h]))
	}
	for what, c := range map[string]struct {
		want [2]field.E
		run  func() (at0, atInf field.E)
	}{
		"ProductRound":     {product, func() (at0, atInf field.E) { return field.ProductRound(v[0], v[3]) }},
		"ProductRoundBase": {productBase, func() (at0, atInf field.E) { return field.ProductRoundBase(v[0], low) }},
		"EqProductRound":   {eqProduct, func() (at0, atInf field.E) { return field.EqProductRound(v[0], v[3], eq) }},
		"FractionRound":    {fraction, func() (at0, atInf field.E) { return field.FractionRound(v[0], v[1], v[2], v[3], eq) }},
	} {
		if at0, atInf := c.run(); c.want != [2]field.E{at0, atInf} {
			t.Errorf("%s of %d: %v and %v, not %v", what, 2*h, at0, atInf, c.want)
		}
	}
	np, nq := field.NewVec(h), field.NewVec(h)
	field.FractionStep(np, nq, v[0], v[2])
	same(t, "FractionStep p", np, steps[0])
	same(t, "FractionStep q", nq, steps[1])
}

func TestHalvesOfOneBlock(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("one block has halves")
		}
	}()
	field.ProductRound(field.NewVec(8), field.NewVec(8))
}
