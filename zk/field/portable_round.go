package field

func productRound(lo, hi, lo2, hi2 Vec) (at0, atInf E) {
	var s, u sums
	var d, d2 Block
	for i := range lo {
		s.add(&lo[i], &lo2[i])
		d.sub(&hi[i], &lo[i])
		d2.sub(&hi2[i], &lo2[i])
		u.add(&d, &d2)
	}
	return s.element(), u.element()
}

func productRoundBase(lo, hi Vec, lo2, hi2 []Element) (at0, atInf E) {
	var s, u sums
	var d Block
	for i := range lo {
		l, h := words(lo2[i*Lanes:]), words(hi2[i*Lanes:])
		s.addBase(&lo[i], l)
		d.sub(&hi[i], &lo[i])
		for j := range h {
			h[j] = subWord(h[j], l[j])
		}
		u.addBase(&d, h)
	}
	return s.element(), u.element()
}

func eqProductRound(lo, hi, lo2, hi2, eq Vec) (at0, atInf E) {
	var s, u sums
	var t, d, d2 Block
	for i := range eq {
		t.mul(&lo[i], &lo2[i])
		s.add(&t, &eq[i])
		d.sub(&hi[i], &lo[i])
		d2.sub(&hi2[i], &lo2[i])
		t.mul(&d, &d2)
		u.add(&t, &eq[i])
	}
	return s.element(), u.element()
}

func fractionRound(p0, p1, q0, q1, eq Vec) (at0, atInf E) {
	h := len(eq)
	var s, u sums
	var t, a, b, c, d Block
	for i := range eq {
		t.cross(&p0[i], &q1[i], &p1[i], &q0[i])
		s.add(&t, &eq[i])
		a.sub(&p0[i+h], &p0[i])
		b.sub(&q1[i+h], &q1[i])
		c.sub(&p1[i+h], &p1[i])
		d.sub(&q0[i+h], &q0[i])
		t.cross(&a, &b, &c, &d)
		u.add(&t, &eq[i])
	}
	return s.element(), u.element()
}

func fractionStep(np, nq, p, q Vec) {
	h := len(np)
	for i := range np {
		np[i].cross(&p[i], &q[i+h], &p[i+h], &q[i])
		nq[i].mul(&q[i], &q[i+h])
	}
}
