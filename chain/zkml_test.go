package chain_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/internal/prooftest"
	"ayni.example/internal/testchain"
	"ayni.example/x/payout"
	"ayni.example/x/zkml"
)

// TestProofsComeWithRelease: a ledger of release 2 changes to the release that verifies proofs, and verifies.
func TestProofsComeWithRelease(t *testing.T) {
	a, model := age(t, 2), prooftest.New(t, 1)
	me := sdk.AccAddress(testchain.Keys(1)[0].PubKey().Address())
	old, c, done := a.start(t, 2)
	if _, _, err := c.RegisterModel(a.ctx, model.Registration(me)); err == nil {
		t.Fatal("a ledger without proofs registered a model")
	}
	plan(t, old, c, 3)
	if err := <-done; !errors.Is(err, chain.ErrUpgradeDue) {
		t.Fatalf("the old program ends with %v", err)
	}
	old.Close()

	node, c, done := a.start(t, 3)
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.RegisterModel(a.ctx, model.Registration(me)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SubmitProof(a.ctx, model.Submission(testchain.ChainID, me, "item", 1, 1, 2, 3, 4)); err != nil {
		t.Fatal(err)
	}
	if err := node.App().Invariants(); err != nil {
		t.Fatal(err)
	}
	a.cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestProvedOverRPC has another program register a model, have an answer verified, be paid for it, and prove the value to somebody
// who has the genesis alone: all of it over the RPC that others are offered.
func TestProvedOverRPC(t *testing.T) {
	e, model := expose(t, testchain.Config{}), prooftest.New(t, 1)
	rpc, err := client.DialHTTP("http://" + e.address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{RPC: rpc, ChainID: testchain.ChainID, Signer: e.Keys[1]})
	if err != nil {
		t.Fatal(err)
	}
	oracle := sdk.AccAddress(e.Keys[1].PubKey().Address())
	registration := model.Registration(oracle)
	id, entered, err := c.RegisterModel(t.Context(), registration)
	if err != nil || string(id) != string(model.ID()) {
		t.Fatalf("model %x: %v", id, err)
	}
	within(t, "registration", entered.Gas, zkml.RegisterGas(registration.Size()))
	quote, err := c.ProofQuote(t.Context(), id)
	if err != nil || !quote.Fee.IsPositive() {
		t.Fatalf("quote %+v: %v", quote, err)
	}
	submission := positive(model, oracle)
	submitted, err := c.SubmitProof(t.Context(), submission)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "proof", submitted.Gas, quote.Cost.SubmitGas(submission.Size()))
	if _, err := c.SubmitProof(t.Context(), submission); !errors.Is(err, zkml.ErrReplay) {
		t.Errorf("submitted twice: %v", err)
	}
	v, err := c.VerifiedValue(t.Context(), id, c.Address(), []byte("item"))
	if err != nil || !slices.Equal(v.Output, submission.Output) || v.Height != submitted.Height {
		t.Fatalf("value %+v: %v", v, err)
	}
	if p, err := c.Prover(t.Context(), id, c.Address()); err != nil || p.Nonce != submission.Nonce {
		t.Fatalf("prover %+v: %v", p, err)
	}
	pays(t, e, c, id, v)
	provesValue(t, e, "value "+hex.EncodeToString(id)+" "+c.Address()+" item", `"output":[`, v.Height)
	provesValue(t, e, "zkml "+hex.EncodeToString(id), `"name":"a forest"`, v.Height)
}

// TestSimulatedModels: who asks how many registrations would go, without paying for one, is told no more than a block could do.
func TestSimulatedModels(t *testing.T) {
	e, model := expose(t, testchain.Config{}), prooftest.New(t, 1)
	host := e.host(2)
	defer host.CloseIdleConnections()
	order := client.Order{ChainID: testchain.ChainID, Number: 1, Gas: 1, Fee: math.NewInt(1)}
	simulate := func() string {
		raw := hex.EncodeToString(sign(t, order, e.Keys[1]))
		_, answer := e.post(t, host, call("abci_query", fmt.Sprintf(`"path":"/app/simulate","data":%q`, raw)))
		return answer
	}
	add := func(n int) {
		for range n {
			m := model.Registration(sdk.AccAddress(e.Keys[1].PubKey().Address()))
			m.Root[0] ^= byte(len(order.Messages)) // another model each
			order.Messages = append(order.Messages, m)
		}
	}
	add(2)
	if answer := simulate(); !strings.Contains(answer, `"code":0`) {
		t.Fatalf("2 registrations: %.300s", answer)
	}
	add(28)
	if answer := simulate(); !strings.Contains(answer, "out of gas") {
		t.Errorf("30 registrations, each of two million gas: %.300s", answer)
	}
}

// positive is a submission whose output is worth something.
func positive(model *prooftest.Model, who sdk.AccAddress) *zkml.MsgSubmitProof {
	for nonce := uint64(1); ; nonce++ {
		m := model.Submission(testchain.ChainID, who, "item", nonce, int32(nonce)*997%65536, int32(nonce)*31%65536, int32(nonce)*7919%65536, 5)
		if m.Output[0] > 0 {
			return m
		}
	}
}

// within tells whether the gas that a client asked for is enough, and not three times what was needed.
func within(t *testing.T, what string, used int64, limit uint64) {
	t.Helper()
	t.Logf("%s: %d gas of %d", what, used, limit)
	if uint64(used) > limit || uint64(used) < limit/3 {
		t.Errorf("%s: %d gas used of %d", what, used, limit)
	}
}

// pays has the first account promise a payment by the value, and its beneficiary collect.
func pays(t *testing.T, e *exposed, c *client.Client, model []byte, v zkml.Verified) {
	t.Helper()
	payer := e.Client(2)
	submit(t, payer, &payout.MsgPromise{Payer: payer.Address(), Number: 1, Blocks: 100, Seconds: 100, Terms: payout.Terms{
		Beneficiary: c.Address(), Model: model, Submitter: c.Address(), Context: v.Context, FreshBlocks: 50,
		Unit: math.NewInt(1000), Most: testchain.Credits(1),
	}})
	done := submit(t, c, &payout.MsgCollect{Beneficiary: c.Address(), Payer: payer.Address(), Number: 1})
	var answer payout.MsgCollectResponse
	if err := done.Response(0, &answer); err != nil || !answer.Paid.Equal(math.NewInt(1000).MulRaw(int64(v.Output[0]))) {
		t.Fatalf("paid %v: %v", answer.Paid, err)
	}
}

// provesValue has a node prove an entry of the state, and checks the proof with nothing but the genesis.
func provesValue(t *testing.T, e *exposed, words, says string, height int64) {
	t.Helper()
	key, err := verdict.FindFact(strings.Fields(words))
	if err != nil {
		t.Fatal(err)
	}
	trust := proof.Trust{Genesis: e.Genesis}
	collector, err := proof.NewCollector(e.Node.RPC(), trust)
	if err != nil {
		t.Fatal(err)
	}
	submit(t, e.Client(0), send(e.Address(0), e.Address(0), 1)) // a block that commits to the state
	bundle, err := collector.Collect(t.Context(), height, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := bundle.Encode()
	if err != nil {
		t.Fatal(err)
	}
	shown, err := verdict.VerifyBundle(raw, &trust)
	if err != nil || len(shown.Findings) == 0 || shown.Findings[0].Name != verdict.Present || !strings.Contains(shown.Findings[0].Detail, says) {
		t.Fatalf("%s: %+v, %v", words, shown, err)
	}
}
