package simtest_test

import (
	"errors"
	"fmt"
	"slices"

	"ayni.example/internal/prooftest"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/zkml"
)

const contexts = 3

// proofModel is what the ledger must know of a model whose answers are proved to it, with real proofs.
type proofModel struct {
	*prooftest.Model
	owner   int // nobody: -1
	retired bool
	nonces  [people]uint64
	values  map[[2]int]valueModel // of a person in a context
}

type valueModel struct {
	nonce        uint64
	output       []int32
	height, time int64
}

// enterProofModel registers the model of the simulation, or finds it registered.
func (s *sim) enterProofModel() {
	if s.proofs.Model == nil {
		s.proofs.Model = prooftest.New(s.tb, 1)
	}
	owner := s.rand.IntN(people)
	msg := s.proofs.Registration(s.accounts[owner])
	if s.proofs.owner >= 0 {
		s.expect("register a model for proofs", msg, zkml.ErrExists)
		return
	}
	s.expect("register a model for proofs", msg, nil)
	s.proofs.owner = owner
}

// retireProofModel is for the owner, once.
func (s *sim) retireProofModel() {
	if s.proofs.owner < 0 || s.step < 3*s.steps/4 {
		return
	}
	sender, want := s.rand.IntN(people), error(nil)
	switch {
	case sender != s.proofs.owner:
		want = zkml.ErrUnauthorised
	case s.proofs.retired:
		want = zkml.ErrRetired
	}
	msg := &zkml.MsgUpdateModel{Owner: s.text(sender), Model: s.proofs.ID(), Price: s.proofs.Registration(s.accounts[sender]).Price, Retire: true}
	s.expect("retire a model", msg, want)
	s.proofs.retired = s.proofs.retired || want == nil
}

// submitProof proves an answer, now and then with a nonce of before or another input than was proved.
func (s *sim) submitProof() {
	if s.proofs.owner < 0 {
		return
	}
	who, context := s.rand.IntN(people), s.rand.IntN(contexts)
	nonce, want := s.proofs.nonces[who]+1+s.rand.Uint64N(3), error(nil)
	input := []int32{s.rand.Int32N(200), s.rand.Int32N(200), s.rand.Int32N(200), s.rand.Int32N(200)}
	again := s.proofs.nonces[who] > 0 && s.chance(6)
	if again {
		nonce = s.proofs.nonces[who]
	}
	msg := s.proofs.Submission(ledgertest.ChainID, s.accounts[who], fmt.Sprint(context), nonce, input...)
	if s.chance(2) {
		msg = msg.WithInput(input)
	}
	switch {
	case s.proofs.retired:
		want = zkml.ErrRetired
	case again:
		want = zkml.ErrReplay
	case s.chance(6):
		msg.Output[0]++
		want = zkml.ErrProof
	}
	s.expect("submit a proof", msg, want)
	if want == nil {
		now := s.Ctx
		s.proofs.nonces[who] = nonce
		s.proofs.values[[2]int{who, context}] = valueModel{nonce, msg.Output, now.BlockHeight(), now.BlockTime().Unix()}
	}
}

// checkProofs holds what other modules read to the last proof: a value stands as long as it must, and is never another.
func (s *sim) checkProofs() {
	s.tb.Helper()
	params := zkml.DefaultParams()
	for at, want := range s.proofs.values {
		got, err := s.Zkml.Check(s.Ctx, zkml.Requirement{Model: s.proofs.ID(), Submitter: s.accounts[at[0]]}, []byte(fmt.Sprint(at[1])))
		old := s.Ctx.BlockHeight() >= want.height+int64(params.RetainBlocks) && s.Ctx.BlockTime().Unix() >= want.time+int64(params.RetainSeconds)
		if old && errors.Is(err, zkml.ErrNotFound) {
			continue
		}
		if err != nil || got.Nonce != want.nonce || !slices.Equal(got.Output, want.output) {
			s.tb.Fatalf("step %d: the value of person %d in context %d is %+v, %v; the model says %+v", s.step, at[0], at[1], got, err, want)
		}
	}
}
