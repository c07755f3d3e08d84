package keeper_test

import (
	"math/rand"
	"testing"
	"time"

	"ayni.example/internal/disputetest"
	"ayni.example/x/referee"
)

const (
	steps     = 20 // more than sixteen: two rounds of them
	answersOf = 15
)

// TestHonestDefenderWins: wherever a challenger points, first at each part in turn and then anywhere, the defender answers from its book
// and wins. The challenger pays half its bond for the trouble.
func TestHonestDefenderWins(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	training := disputetest.New(t, disputetest.Small(), steps, steps, 1)
	book := training.Honest(t)
	f := newFixture(t, training)
	id := f.claim("one", book, 0, steps)
	games, rounds := 0, 4
	if testing.Short() {
		rounds = 1
	}
	for first := range uint32(16) {
		for range rounds {
			f.params(func(p *referee.Params) { p.Window = referee.Span{Blocks: 1_000_000} })
			f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
			if !f.play(id, book, anywhere(first, r)) {
				t.Fatalf("an honest defender has lost after %v answers", f.answers)
			}
			if f.answers[0] > answersOf || f.answers[1] > answersOf {
				t.Fatalf("%v answers, at most %d a side", f.answers, answersOf)
			}
			games++
			f.have("dora", purse+int64(games)*bond/2)
			f.have("carl", purse-int64(games)*bond)
			if f.state(id).Over {
				id = f.claim(string(rune('a'+games)), book, 0, steps)
			}
		}
	}
	t.Logf("%d games, the last one of %v answers", games, f.answers)
}

// TestEachLieIsRefuted: whatever the defender lied about, an honest challenger who points by its own book wins.
func TestEachLieIsRefuted(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	for name, shape := range map[string]func() *disputetest.Training{
		"tiny":  func() *disputetest.Training { return disputetest.New(t, disputetest.Tiny(), steps, steps, 2) },
		"small": func() *disputetest.Training { return disputetest.New(t, disputetest.Small(), steps, steps, 3) },
	} {
		training := shape()
		book := training.Honest(t)
		lies := disputetest.Lies()
		if testing.Short() && name != "tiny" {
			lies = lies[:1]
		}
		for _, lie := range lies {
			t.Run(name+"/"+lie, func(t *testing.T) {
				r := rand.New(rand.NewSource(seed))
				for _, at := range []int{0, steps - 1, r.Intn(steps)} {
					liar := training.Lie(t, book, lie, at, seed)
					f := newFixture(t, training)
					id := f.claim("lie", liar, 0, steps)
					f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
					if f.play(id, liar, f.honest(book)) {
						t.Fatalf("at step %d the liar has won after %v answers", at, f.answers)
					}
					if f.answers[0] > answersOf || f.answers[1] > answersOf {
						t.Errorf("%v answers, at most %d a side", f.answers, answersOf)
					}
					if f.ends["lie"] != text("carl") {
						t.Errorf("the claim ended as %q", f.ends["lie"])
					}
					t.Logf("step %d: %v answers, %s", at, f.answers, f.told)
					f.have("carl", purse)
					f.have("payer", purse)
				}
			})
		}
	}
}
