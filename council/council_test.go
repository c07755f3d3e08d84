package council_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ayni.example/chain"
	"ayni.example/council"
	"ayni.example/internal/ethkey"
)

const network = "ayni_4711-1"

// prover is a consensus key at hand.
type prover struct{ key ed25519.PrivateKey }

func (p prover) Key() ed25519.PublicKey                { return p.key.Public().(ed25519.PublicKey) }
func (p prover) Prove(digest [32]byte) ([]byte, error) { return ed25519.Sign(p.key, digest[:]), nil }

// seat is what the n-th organisation asks; the same in every run.
func seat(tb testing.TB, n byte) council.Ask {
	tb.Helper()
	random := rand.NewChaCha8([32]byte{n})
	account, err := ethkey.Generate(random)
	if err != nil {
		tb.Fatal(err)
	}
	node, consensus := make([]byte, 20), make([]byte, ed25519.SeedSize)
	_, _ = random.Read(node)
	_, _ = random.Read(consensus)
	return council.Ask{
		Network: network, Name: fmt.Sprintf("Uni %d", n), Peer: fmt.Sprintf("%x@127.0.0.1:%d", node, 26000+int(n)),
		Account: account, Consensus: prover{ed25519.NewKeyFromSeed(consensus)},
	}
}

func request(tb testing.TB, ask council.Ask) council.Request {
	tb.Helper()
	r, err := council.Sign(ask)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestRequestComesBack(t *testing.T) {
	r := request(t, seat(t, 1))
	raw, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := council.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Encode(); err != nil || !bytes.Equal(raw, again) {
		t.Fatalf("%s came back as %s, %v", raw, again, err)
	}
}

// TestTampered changes one field at a time.
func TestTampered(t *testing.T) {
	good, other := request(t, seat(t, 1)), request(t, seat(t, 2))
	flipped := func(b []byte) []byte { c := bytes.Clone(b); c[len(c)-1] ^= 1; return c }
	for name, c := range map[string]struct {
		change func(*council.Request)
		want   error
	}{
		"form":                    {func(r *council.Request) { r.Form = "ayni/seat-request/2" }, council.ErrForm},
		"network's form":          {func(r *council.Request) { r.Network = "cosmoshub-4" }, council.ErrForm},
		"network":                 {func(r *council.Request) { r.Network = "ayni_4712-1" }, council.ErrAccount},
		"name":                    {func(r *council.Request) { r.Name = "Uni 2" }, council.ErrAccount},
		"no name":                 {func(r *council.Request) { r.Name = "" }, council.ErrName},
		"long name":               {func(r *council.Request) { r.Name = strings.Repeat("a", 65) }, council.ErrName},
		"name that hides":         {func(r *council.Request) { r.Name = "Uni\u202e1" }, council.ErrName},
		"name with a line":        {func(r *council.Request) { r.Name = "Uni\n1" }, council.ErrName},
		"name with space":         {func(r *council.Request) { r.Name = " Uni 1" }, council.ErrName},
		"operator":                {func(r *council.Request) { r.Operator = other.Operator }, council.ErrOperator},
		"account":                 {func(r *council.Request) { r.Account = other.Account }, council.ErrOperator},
		"no account":              {func(r *council.Request) { r.Account = nil }, council.ErrOperator},
		"account and operator":    {func(r *council.Request) { r.Account, r.Operator = other.Account, other.Operator }, council.ErrAccount},
		"consensus key":           {func(r *council.Request) { r.Consensus = other.Consensus }, council.ErrAccount},
		"short consensus key":     {func(r *council.Request) { r.Consensus = r.Consensus[:31] }, council.ErrConsensus},
		"peer":                    {func(r *council.Request) { r.Peer = other.Peer }, council.ErrAccount},
		"peer without a port":     {func(r *council.Request) { r.Peer = strings.TrimSuffix(r.Peer, ":26001") }, council.ErrPeer},
		"peer anywhere":           {func(r *council.Request) { r.Peer = strings.Replace(r.Peer, "127.0.0.1", "0.0.0.0", 1) }, council.ErrPeer},
		"proof":                   {func(r *council.Request) { r.Proof = flipped(r.Proof) }, council.ErrAccount},
		"no proof":                {func(r *council.Request) { r.Proof = nil }, council.ErrAccount},
		"signature":               {func(r *council.Request) { r.Signature = flipped(r.Signature) }, council.ErrAccount},
		"signature of another":    {func(r *council.Request) { r.Signature = other.Signature }, council.ErrAccount},
		"signature one byte long": {func(r *council.Request) { r.Signature = append(bytes.Clone(r.Signature), 0) }, council.ErrAccount},
	} {
		r := good
		c.change(&r)
		raw, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := council.Decode(raw); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// stolen shows the proof of a key that it does not have, made for another operator or network.
type stolen struct {
	prover
	network  string
	operator []byte
}

func (s stolen) Prove([32]byte) ([]byte, error) {
	return council.Prove(s.network, s.operator, s.prover)
}

// TestForeignKey: the account's owner signs everything, and still cannot take a consensus key that is not at hand.
func TestForeignKey(t *testing.T) {
	owner, thief := seat(t, 1), seat(t, 2)
	for name, consensus := range map[string]council.Prover{
		"proof for its owner":       stolen{owner.Consensus.(prover), network, owner.Account.PubKey().Address()},
		"proof for another network": stolen{owner.Consensus.(prover), "ayni_1-1", thief.Account.PubKey().Address()},
	} {
		ask := thief
		ask.Consensus = consensus
		r := request(t, ask)
		if err := r.Verify(network); !errors.Is(err, council.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := request(t, owner).Verify("ayni_1-1"); !errors.Is(err, council.ErrNetwork) {
		t.Errorf("a request for another network: %v", err)
	}
}

func TestDraftRefuses(t *testing.T) {
	first := seat(t, 1)
	d := council.NewDraft(network)
	if err := d.Add(request(t, first), 10); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*council.Ask)
		power  int64
		want   error
		says   string
	}{
		"itself":        {func(a *council.Ask) { *a = first }, 10, council.ErrTaken, "name"},
		"name":          {func(a *council.Ask) { a.Name = first.Name }, 10, council.ErrTaken, "name"},
		"operator":      {func(a *council.Ask) { a.Account = first.Account }, 10, council.ErrTaken, "operator"},
		"consensus key": {func(a *council.Ask) { a.Consensus = first.Consensus }, 10, council.ErrTaken, "consensus key"},
		"node":          {func(a *council.Ask) { a.Peer = first.Peer[:40] + "@127.0.0.1:9" }, 10, council.ErrTaken, "node's id"},
		"address":       {func(a *council.Ask) { a.Peer = a.Peer[:40] + "@127.0.0.1:26001" }, 10, council.ErrTaken, "node's address"},
		"network":       {func(a *council.Ask) { a.Network = "ayni_1-1" }, 10, council.ErrNetwork, ""},
		"no power":      {func(*council.Ask) {}, 0, council.ErrPower, ""},
		"all power":     {func(*council.Ask) {}, chain.PowerMax + 1, council.ErrPower, ""},
		"nothing wrong": {func(*council.Ask) {}, 1, nil, ""},
	} {
		ask := seat(t, 2)
		c.change(&ask)
		trial := *d
		err := trial.Add(request(t, ask), c.power)
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// founded is a draft of n organisations.
func founded(tb testing.TB, n byte) *council.Draft {
	tb.Helper()
	d := council.NewDraft(network)
	for i := range n {
		if err := d.Add(request(tb, seat(tb, i+1)), int64(i)+1); err != nil {
			tb.Fatal(err)
		}
	}
	return d
}

func TestFreeze(t *testing.T) {
	d := founded(t, 3)
	raw, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if d, err = council.DecodeDraft(raw); err != nil {
		t.Fatal(err)
	}
	terms, err := council.ParseTerms([]byte(`
balances: {"Uni 1": "5000", "0x00000000000000000000000000000000000000aa": "1.5"}
issuers:
  "Uni 2": {quota: "100000", period: 24h}
`))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_700_000_000, 0)
	genesis, err := d.Freeze(terms, at)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = chain.EncodeGenesis(genesis); err != nil {
		t.Fatal(err)
	}
	again, err := d.Freeze(terms, at)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := chain.EncodeGenesis(again); err != nil || !bytes.Equal(raw, other) {
		t.Fatalf("the same draft gave two genesis files: %v", err)
	}
	back, err := council.Open(raw, strings.ToUpper(council.Digest(raw))+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Validators) != 3 || back.ChainID != network {
		t.Fatalf("got %+v", back)
	}
	var state struct {
		Council struct {
			Seats []struct{ Operator, Peer string }
		}
		Credit struct {
			Issuers []struct{ Address, Quota string }
		}
		Bank struct {
			Balances []struct {
				Address string
				Coins   []struct{ Denom, Amount string }
			}
		}
	}
	if err := json.Unmarshal(back.AppState, &state); err != nil {
		t.Fatal(err)
	}
	if seats := state.Council.Seats; len(seats) != 3 || seats[0].Peer == "" {
		t.Errorf("seats %+v, want three with their nodes", seats)
	}
	second := ethkey.Format(seat(t, 2).Account.PubKey().Address())
	if len(state.Credit.Issuers) != 1 || state.Credit.Issuers[0].Address != second || state.Credit.Issuers[0].Quota != "100000"+strings.Repeat("0", 18) {
		t.Errorf("issuers %+v, want %s alone", state.Credit.Issuers, second)
	}
	balances := map[string]string{}
	for _, b := range state.Bank.Balances {
		for _, coin := range b.Coins {
			balances[b.Address+coin.Denom] = coin.Amount
		}
	}
	stranger, _ := hex.DecodeString("00000000000000000000000000000000000000aa")
	for who, want := range map[string]string{
		ethkey.Format(seat(t, 1).Account.PubKey().Address()): "5000" + strings.Repeat("0", 18),
		ethkey.Format(stranger):                              "15" + strings.Repeat("0", 17), second: "",
	} {
		if got := balances[who+"acredit"]; got != want {
			t.Errorf("balance of %s is %q, want %q", who, got, want)
		}
	}
	raw[len(raw)/2] ^= 1
	if _, err := council.Open(raw, council.Digest(append(raw, ' '))); !errors.Is(err, council.ErrDigest) {
		t.Errorf("a changed file: %v", err)
	}
}

func TestTermsRefuse(t *testing.T) {
	d := founded(t, 2)
	for text, says := range map[string]string{
		`balance: {"Uni 1": "1"}`:                                 "unknown field",
		`balances: {"Uni 9": "1"}`:                                "neither a seat's name nor an address",
		`balances: {"Uni 1": "-1"}`:                               "no amount",
		`issuers: {"Uni 1": {quota: "1"}}`:                        "whole seconds",
		`issuers: {"Uni 1": {quota: "many", period: 1h}}`:         "quota",
		`issuers: {"Uni 1": {quota: "1", period: 1h, until: 1h}}`: "unknown field",
		`issuers: {"Uni 1": {quota: "1", period: 100000h}}`:       "whole seconds",
	} {
		terms, err := council.ParseTerms([]byte(text))
		if err == nil {
			_, err = d.Freeze(terms, time.Unix(1_700_000_000, 0))
		}
		if !errors.Is(err, council.ErrTerms) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

func FuzzDecode(f *testing.F) {
	raw, err := request(f, seat(f, 1)).Encode()
	if err != nil {
		f.Fatal(err)
	}
	draft, err := founded(f, 2).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(draft)
	f.Add([]byte(`balances: {"Uni 1": "1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := council.Decode(raw); err == nil {
			if again, err := r.Encode(); err != nil || !bytes.Equal(bytes.TrimSuffix(raw, []byte("\n")), bytes.TrimSuffix(again, []byte("\n"))) {
				t.Fatalf("%q came back as %q, %v", raw, again, err)
			}
		}
		if d, err := council.DecodeDraft(raw); err == nil {
			if again, err := d.Encode(); err != nil || !bytes.Equal(bytes.TrimSuffix(raw, []byte("\n")), bytes.TrimSuffix(again, []byte("\n"))) {
				t.Fatalf("%q came back as %q, %v", raw, again, err)
			}
		}
		_, _ = council.ParseTerms(raw)
		_, _ = council.Open(raw, council.Digest(raw))
	})
}
