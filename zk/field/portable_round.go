package field

func productRound(lo, hi, lo2, hi2 Vec) (at0, atInf E) {
	var s, u, t, d, d2 Block
	for i := range lo {
		t.mul(&lo[i], &lo2[i])
		s.add(&s, &t)
		d.sub(&hi[i], &lo[i])
		d2.sub(&hi2[i], &lo2[i])
		t.mul(&d, &d2)
		u.add(&u, &t)
	}
	return s.sum(), u.sum()
}

func productRoundBase(lo, hi Vec, lo2, hi2 []Element) (at0, atInf E) {
	var s, u, t, d Block
	var d2 [Lanes]Element
	for i := range lo {
		l, h := (*[Lanes]Element)(lo2[i*Lanes:]), (*[Lanes]Element)(hi2[i*Lanes:])
		t.mulBase(&lo[i], l)
		s.add(&s, &t)
		d.sub(&hi[i], &lo[i])
		for j := range d2 {
			d2[j][0] = subWord(h[j][0], l[j][0])
		}
		t.mulBase(&d, &d2)
		u.add(&u, &t)
	}
	return s.sum(), u.sum()
}

func eqProductRound(lo, hi, lo2, hi2, eq Vec) (at0, atInf E) {
	var s, u, t, d, d2 Block
	for i := range eq {
		t.mul(&lo[i], &lo2[i])
		t.mul(&t, &eq[i])
		s.add(&s, &t)
		d.sub(&hi[i], &lo[i])
		d2.sub(&hi2[i], &lo2[i])
		t.mul(&d, &d2)
		t.mul(&t, &eq[i])
		u.add(&u, &t)
	}
	return s.sum(), u.sum()
}

func fractionRound(p0, p1, q0, q1, eq Vec) (at0, atInf E) {
	h := len(eq)
	var s, u, a, b, c, d Block
	for i := range eq {
		a.mul(&p0[i], &q1[i])
		b.mul(&p1[i], &q0[i])
		a.add(&a, &b)
		a.mul(&a, &eq[i])
		s.add(&s, &a)
		a.sub(&p0[i+h], &p0[i])
		b.sub(&q1[i+h], &q1[i])
		c.sub(&p1[i+h], &p1[i])
		d.sub(&q0[i+h], &q0[i])
		a.mul(&a, &b)
		c.mul(&c, &d)
		a.add(&a, &c)
		a.mul(&a, &eq[i])
		u.add(&u, &a)
	}
	return s.sum(), u.sum()
}

func fractionStep(np, nq, p, q Vec) {
	h := len(np)
	var a, b, c Block
	for i := range np {
		a.mul(&p[i], &q[i+h])
		b.mul(&p[i+h], &q[i])
		c.mul(&q[i], &q[i+h])
		np[i].add(&a, &b)
		nq[i] = c
	}
}
