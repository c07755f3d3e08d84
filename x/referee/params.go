package referee

import (
	"cosmossdk.io/math"

	"ayni.example/x/credit"
)

// Bounds of what the parameters may be set to.
const (
	basis           = 10_000
	blocksMax       = 1_000_000
	secondsMax      = 366 * 24 * 3600
	drawsBound      = 8
	auditorsBound   = 128
	auditsBound     = 64
	challengesBound = 64
	waitingBound    = 8
	questionsBound  = 8
)

// DefaultParams give a claim an hour to be challenged in, each side of a dispute and each answer two hours, so that a machine may be away
// for as long, draw an auditor for one claim in five, and ask for bonds of a credit.
func DefaultParams() Params {
	credits := math.NewInt(1_000_000_000_000_000_000)
	return Params{
		Window: Span{Blocks: 20, Seconds: 3600}, AuditBps: 2_000, Audit: Span{Blocks: 20, Seconds: 3600}, DrawsMax: 3,
		AuditorsMax: 64, AuditsMax: 8, AuditorBond: credits, SilenceBps: 500, Leave: Span{Blocks: 100, Seconds: 24 * 3600},
		ChallengeBond: credits, ChallengesMax: 16, WaitingMax: 4, Side: Span{Blocks: 60, Seconds: 7200}, BlockSeconds: 60,
		QuestionFee: credits.QuoRaw(100), QuestionsMax: 4, Answer: Span{Blocks: 60, Seconds: 7200}, AuditorFirst: true,
	}
}

// Validate checks the parameters without any state.
func (p Params) Validate() error {
	for _, s := range []struct {
		name string
		span Span
	}{{"window", p.Window}, {"audit", p.Audit}, {"leave", p.Leave}, {"side", p.Side}, {"answer", p.Answer}} {
		if s.span.Blocks == 0 || s.span.Blocks > blocksMax || s.span.Seconds > secondsMax {
			return ErrInvalid.Wrapf("%s of %d blocks and %d s is not 1 to %d blocks and at most %d s",
				s.name, s.span.Blocks, s.span.Seconds, blocksMax, secondsMax)
		}
	}
	for _, n := range []struct {
		name        string
		value, most uint32
		least       uint32
	}{
		{"audit_bps", p.AuditBps, basis, 0},
		{"draws_max", p.DrawsMax, drawsBound, 1},
		{"auditors_max", p.AuditorsMax, auditorsBound, 1},
		{"audits_max", p.AuditsMax, auditsBound, 1},
		{"silence_bps", p.SilenceBps, basis, 0},
		{"challenges_max", p.ChallengesMax, challengesBound, 1},
		{"waiting_max", p.WaitingMax, waitingBound, 0},
		{"block_seconds", p.BlockSeconds, secondsMax, 1},
		{"questions_max", p.QuestionsMax, questionsBound, 1},
	} {
		if n.value < n.least || n.value > n.most {
			return ErrInvalid.Wrapf("%s of %d is not %d to %d", n.name, n.value, n.least, n.most)
		}
	}
	// Free disputes and questions would cost defenders without end.
	if err := credit.CheckPositive("challenge_bond", p.ChallengeBond); err != nil {
		return err
	}
	if err := credit.CheckPositive("question_fee", p.QuestionFee); err != nil {
		return err
	}
	return credit.CheckAmount("auditor_bond", p.AuditorBond)
}

// Asking is what a question costs: of anyone but the auditor at work as much as a challenge, so that who is asked without need has
// something for it.
func (p Params) Asking(c Claim, asker string) math.Int {
	if p.AuditorFirst && !c.Audits(asker) {
		return math.MaxInt(p.QuestionFee, p.ChallengeBond)
	}
	return p.QuestionFee
}

// HalfFloor is the part of a lost bond, or of a question's fee, that goes to whoever had the trouble, rounded down. The rest is for the
// fees, or a defender could keep others away with challenges and questions of its own for nothing.
func HalfFloor(amount math.Int) math.Int { return amount.QuoRaw(2) }

// SilenceCut is what an auditor with a bond loses by silence.
func (p Params) SilenceCut(bond math.Int) math.Int {
	return math.MinInt(bond, p.AuditorBond.MulRaw(int64(p.SilenceBps)).QuoRaw(basis))
}
