// Package prooftest makes real models and real proofs for tests of the ledger: a small decision forest, proved with parameters
// of 96 bits.
package prooftest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/zkml"
	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/prover"
	"ayni.example/zk/soundness"
)

// Features is how many integers go into the model, each from 0 to 65,535.
const Features = 4

// Model is a forest with committed weights.
type Model struct {
	*prover.Model
	tb testing.TB
}

// New makes the model of a seed.
func New(tb testing.TB, seed uint64) *Model {
	tb.Helper()
	forest := circuittest.Forest(rand.New(rand.NewPCG(seed, 1)), 4, 3, 1, Features)
	plan, err := prover.Search(forest.Circuit, soundness.Goal{})
	if err != nil {
		tb.Fatal(err)
	}
	m, err := prover.New(prover.Config{Circuit: forest.Circuit, Weights: forest.Weights, Parameters: plan.Parameters})
	if err != nil {
		tb.Fatal(err)
	}
	return &Model{Model: m, tb: tb}
}

// Registration enters the model.
func (m *Model) Registration(owner sdk.AccAddress) *zkml.MsgRegisterModel {
	root := m.Root()
	return &zkml.MsgRegisterModel{
		Owner: ethkey.Format(owner), Name: "a forest", Circuit: m.Circuit().Encode(), Root: root[:], Parameters: m.Parameters().Encode(),
		Price: math.NewInt(5),
	}
}

// ID is the model's on every ledger.
func (m *Model) ID() []byte { return zkml.ID(m.Circuit(), m.Root(), m.Parameters()) }

// Submission proves what the model says of an input, to one ledger, for one account, context and nonce.
func (m *Model) Submission(chainID string, submitter sdk.AccAddress, subject string, nonce uint64, input ...int32) *zkml.MsgSubmitProof {
	m.tb.Helper()
	binding := zkml.Binding(chainID, m.ID(), submitter, []byte(subject), nonce)
	proof, output, err := m.Prove(binding[:], [][]int32{input})
	if err != nil {
		m.tb.Fatal(err)
	}
	return &zkml.MsgSubmitProof{
		Submitter: ethkey.Format(submitter), Model: m.ID(), Input: input, Output: slices.Concat(output...), Nonce: nonce,
		Context: []byte(subject), Proof: proof,
	}
}
