package verdict_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/internal/testchain"
	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

const peerID = "12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5"

// shelf keeps one lane's receipts, and proofs, in memory.
type shelf struct {
	lane   []receipt.Receipt
	proofs map[string]json.RawMessage
	saved  int
}

func newShelf(lane ...receipt.Receipt) *shelf {
	return &shelf{lane: lane, proofs: map[string]json.RawMessage{}}
}

func (s *shelf) Place(_ context.Context, id receipt.ID) (uint64, error) {
	for i, r := range s.lane {
		if r.ID == id {
			return uint64(i), nil
		}
	}
	return 0, errors.New("none kept")
}

func (s *shelf) Chain(ctx context.Context, id receipt.ID, head receipt.Digest) ([]receipt.Digest, error) {
	from, err := s.Place(ctx, id)
	if err != nil {
		return nil, err
	}
	var chain []receipt.Digest
	for i, r := range s.lane[from:] {
		at, err := r.Head()
		if err != nil {
			return nil, err
		}
		if i > 0 {
			digest, err := r.Digest()
			if err != nil {
				return nil, err
			}
			chain = append(chain, digest)
		}
		if at == head {
			return chain, nil
		}
	}
	return nil, receipt.ErrChain
}

func (s *shelf) PaidLanes(_ context.Context, each func(receipt.Digest, uint32, uint64)) error {
	if len(s.lane) > 0 {
		each(s.lane[0].Channel, s.lane[0].Lane, uint64(len(s.lane)))
	}
	return nil
}

func (s *shelf) PaidOn(_ context.Context, _ receipt.Digest, _ uint32, from uint64, limit int) ([]receipt.Receipt, error) {
	rest := s.lane[min(from, uint64(len(s.lane))):]
	return rest[:min(limit, len(rest))], nil
}

func (s *shelf) Proof(_ context.Context, subject, kind string) (json.RawMessage, error) {
	if raw, ok := s.proofs[kind+subject]; ok {
		return raw, nil
	}
	return nil, errors.New("none kept")
}

func (s *shelf) SaveProof(_ context.Context, subject, kind string, raw json.RawMessage) error {
	s.proofs[kind+subject] = raw
	s.saved++
	return nil
}

// sale is one answer that account 2 sold to account 1 on a running ledger.
type sale struct {
	t            *testing.T
	chain        *testchain.Chain
	key, session ed25519.PrivateKey
	trust        proof.Trust
	model        []byte
	receipt      receipt.Receipt
	paidFor      receipt.Digest // what vouchers name; zero: nothing, as in the first format
}

func (s *sale) submit(account int, msgs ...sdk.Msg) func(int, sdk.Msg) {
	s.t.Helper()
	result, err := s.chain.Client(account).Submit(s.t.Context(), msgs...)
	if err != nil {
		s.t.Fatal(err)
	}
	return func(i int, m sdk.Msg) {
		if err := result.Response(i, m); err != nil {
			s.t.Fatal(err)
		}
	}
}

func newSale(t *testing.T) *sale {
	t.Helper()
	s := &sale{t: t, chain: testchain.New(t, testchain.Config{})}
	s.key, s.session = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	s.trust = proof.Trust{Genesis: s.chain.Genesis}
	payer, payee, model := s.chain.Address(1), s.chain.Address(2), bytes.Repeat([]byte{7}, 32)
	s.model = model
	public, session := receipt.PublicKey(s.key), receipt.PublicKey(s.session)
	s.submit(2,
		&provider.MsgRegister{Address: payee, Name: "shop", ReceiptKey: public[:], PeerId: peerID, Bond: testchain.Credits(1)},
		&inference.MsgRegisterModel{Registrant: payee, Model: inference.Model{Digest: model, Name: "tiny", Context: 512}},
		&inference.MsgSetOffer{Provider: payee, Offer: inference.Offer{
			Model: model, Name: "tiny", PriceInput: math.NewInt(2), PriceOutput: math.NewInt(3), Engine: "exact", Context: 512,
			Capabilities: []string{"completion"}, Assurances: []string{"signed"},
		}})
	var opened credit.MsgOpenChannelResponse
	s.submit(1, &credit.MsgOpenChannel{
		Payer: payer, Payee: payee, Signer: session[:], Deposit: testchain.Credits(5), ChallengeBlocks: 10, ChallengeSeconds: 100,
	})(0, &opened)
	salt := receipt.Salt{5}
	s.receipt = receipt.Receipt{
		Version: receipt.Version, ID: receipt.ID("r-" + strings.Repeat("a", 26)), ChainID: testchain.ChainID, RequestID: "one",
		Provider: payee, Payer: payer, PayerKey: session, Channel: receipt.Digest(opened.Channel), Quote: receipt.QuoteID{1},
		SaltDigest: salt.Digest(), Request: salt.Request([]byte("{}")), Answer: salt.Answer([]byte("hi")),
		Model: "tiny", ModelDigest: hex.EncodeToString(model), Engine: "exact", Sampling: json.RawMessage(`{}`),
		Usage: receipt.Usage{Prompt: 4, Completion: 1}, Metered: receipt.MeteredReported,
		Price: receipt.Price{Input: math.NewInt(2), Output: math.NewInt(3)}, Total: math.NewInt(11),
		Assurance: receipt.Signed, Status: receipt.Complete, Finish: "stop",
	}
	return s
}

// claim signs the receipt and claims so much in all up to it.
func (s *sale) claim(nonce uint64, claimed math.Int) {
	s.t.Helper()
	if err := s.receipt.Sign(s.key); err != nil {
		s.t.Fatal(err)
	}
	head, err := s.receipt.Head()
	if err != nil {
		s.t.Fatal(err)
	}
	v := receipt.Voucher{
		ChainID: s.receipt.ChainID, Channel: s.receipt.Channel, Nonce: nonce, Cumulative: claimed, Quote: s.receipt.Quote, Head: head, Model: s.paidFor,
	}
	if err := v.Sign(s.session); err != nil {
		s.t.Fatal(err)
	}
	s.submit(2, &credit.MsgClaim{Claimer: s.receipt.Provider, Vouchers: []credit.Voucher{credit.NewVoucher(v)}})
}

func (s *sale) notary(store verdict.Store) *verdict.Notary {
	s.t.Helper()
	collector, err := proof.NewCollector(s.chain.Node.RPC(), s.trust)
	if err != nil {
		s.t.Fatal(err)
	}
	return &verdict.Notary{Collector: collector, Store: store, Trust: s.trust, Latest: s.chain.Node.Height}
}

// gathered claims total for the receipt and gathers what the ledger proves.
func (s *sale) gathered(nonce uint64, claimed math.Int) receipt.File {
	s.t.Helper()
	s.claim(nonce, claimed)
	file, err := s.notary(newShelf(s.receipt)).Gather(s.t.Context(), receipt.File{Receipt: s.receipt})
	if err != nil {
		s.t.Fatal(err)
	}
	return file
}

// TestVerify has an honest sale reach its three verdicts, and then each lie that its provider could sign refused by name.
func TestVerify(t *testing.T) {
	s := newSale(t)
	honest := s.gathered(1, s.receipt.Total)
	got, err := verdict.Verify(honest, receipt.Held{}, &s.trust)
	if err != nil || len(got.Findings) != 3 || got.Findings[1].Name != verdict.Registered || got.Findings[2].Name != verdict.Settled {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, test := range []struct {
		name string
		lie  func(*receipt.Receipt)
		is   error
	}{
		{"price", func(r *receipt.Receipt) { r.Price.Output, r.Total = math.NewInt(4), math.NewInt(12) }, receipt.ErrProvider},
		{"name of the model", func(r *receipt.Receipt) { r.Model = "huge" }, receipt.ErrProvider},
		{"weights", func(r *receipt.Receipt) { r.ModelDigest = strings.Repeat("08", 32) }, receipt.ErrProof},
		{"provider", func(r *receipt.Receipt) { r.Provider = s.chain.Address(0) }, receipt.ErrProof},
		{"payer", func(r *receipt.Receipt) { r.Payer = s.chain.Address(0) }, receipt.ErrProvider},
		{"channel", func(r *receipt.Receipt) { r.Channel[0] ^= 1 }, receipt.ErrProof},
		{"lane", func(r *receipt.Receipt) { r.Lane = 1 }, receipt.ErrProof},
		{"network", func(r *receipt.Receipt) { r.ChainID = "ayni_8-1" }, receipt.ErrNetwork},
		{"usage", func(r *receipt.Receipt) { r.Usage.Prompt, r.Total = 5, math.NewInt(13) }, receipt.ErrAmount},
		{"not in the claim", func(r *receipt.Receipt) { r.RequestID = "two" }, receipt.ErrChain},
		{"no channel", func(r *receipt.Receipt) { r.Channel = receipt.Digest{} }, receipt.ErrProvider},
		{"own machine with a price", func(r *receipt.Receipt) { r.Channel, r.Payer = receipt.Digest{}, r.Provider }, receipt.ErrAmount},
	} {
		file := honest
		test.lie(&file.Receipt)
		if err := file.Receipt.Sign(s.key); err != nil {
			t.Fatal(err)
		}
		if _, err := verdict.Verify(file, receipt.Held{}, &s.trust); !errors.Is(err, test.is) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.is)
		}
	}
}

// TestPaidFor: the model of the claim is the receipt's, or it is said that the claim does not tell.
func TestPaidFor(t *testing.T) {
	for _, same := range []bool{true, false} {
		s := newSale(t)
		if s.paidFor = (receipt.Digest{9}); same {
			s.paidFor = receipt.Digest(s.model)
		}
		v, err := verdict.Verify(s.gathered(1, s.receipt.Total), receipt.Held{}, &s.trust)
		if err != nil || len(v.Findings) != 3 {
			t.Fatalf("%+v, %v", v, err)
		}
		told := slices.ContainsFunc(v.NotChecked, func(o string) bool { return strings.Contains(o, "another model") })
		if strings.HasSuffix(v.Findings[2].Detail, "paid for this model") != same || told == same {
			t.Errorf("a claim of the same model, %v: %+v", same, v)
		}
	}
}

// TestRetiredKey says of a key that was given up that nobody knows when it signed.
func TestRetiredKey(t *testing.T) {
	s := newSale(t)
	next := receipt.PublicKey(s.session)
	s.submit(2, &provider.MsgUpdate{Address: s.receipt.Provider, Name: "shop", ReceiptKey: next[:], PeerId: peerID})
	got, err := verdict.Verify(s.gathered(1, s.receipt.Total), receipt.Held{}, &s.trust)
	if err != nil || !strings.Contains(strings.Join(got.NotChecked, "\n"), "retired this key") {
		t.Errorf("%+v, %v", got, err)
	}
}
