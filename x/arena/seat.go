package arena

import "cosmossdk.io/math"

// RoleName is the word for a role.
func RoleName(r Role) string {
	switch r {
	case Contestant:
		return "contestant"
	case Evaluator:
		return "evaluator"
	case Author:
		return "author"
	case RoleUnspecified:
	}
	return "member"
}

// PriceAt is what a contestant's seat costs at a time.
func (a Arena) PriceAt(now int64) math.Int { return a.Rules.Price.After(a.Price, now-a.Priced) }

// Taken counts the seats of a role.
func (a *Arena) Taken(r Role) *uint32 {
	switch r {
	case Contestant:
		return &a.Contestants
	case Evaluator:
		return &a.Evaluators
	case Author, RoleUnspecified:
	}
	return &a.Authors
}

// Refund is a sponsor's part of what a closed arena has left, by what it and those who have not claimed put in; the last gets all.
func (a Arena) Refund(put math.Int) math.Int { return mulDiv(a.Budget, put, a.Funded) }

// Prune is who of a role makes room: not the immune; of contestants who was paid least, of evaluators who has least at stake; then who
// came first. Authors make room for nobody: what they have sealed would be lost.
func (a Arena) Prune(seated []*Member) *Member {
	var worst *Member
	for _, m := range seated {
		if m.Role == Author || a.Epoch < m.Since+uint64(a.Rules.Immunity) {
			continue
		}
		if worst == nil || m.worse(worst) {
			worst = m
		}
	}
	return worst
}

// worse tells whether a member makes room before another of its role.
func (m *Member) worse(o *Member) bool {
	mine, others := m.Paid, o.Paid
	if m.Role == Evaluator {
		mine, others = m.Bond.Amount, o.Bond.Amount
	}
	if !mine.Equal(others) {
		return mine.LT(others)
	}
	return m.Number < o.Number
}

// Gone tells whether nothing is left of a member.
func (m Member) Gone() bool {
	return !m.Seated && m.Bond.Shares.IsZero() && m.Leaving.Shares.IsZero() && m.Earned.IsZero()
}

// Spendable is what of the budget members may get, so that the owner's part is left for each.
func (a *Arena) Spendable() math.Int {
	return mulDiv(a.Budget, math.NewInt(Basis), math.NewInt(Basis+int64(a.Rules.OwnerBps)))
}

// OwnerPart is the owner's on top of what members get.
func (a *Arena) OwnerPart(paid math.Int) math.Int {
	return paid.MulRaw(int64(a.Rules.OwnerBps)).QuoRaw(Basis)
}

// ScorePpm is what a scoreboard shows of a contestant or an evaluator, in millionths.
func (s *Standing) ScorePpm(r Role) uint32 {
	score := max(s.Quality, s.Incentive)
	if r == Evaluator {
		score = max(s.Skill, s.Dividends)
	}
	return uint32(uint64(max(score, 0)) * 1_000_000 >> 32)
}
