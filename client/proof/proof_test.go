package proof_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"ayni.example/client/proof"
	"ayni.example/internal/testchain"
	"ayni.example/receipt"
	"ayni.example/x/credit"
)

// refusals is the closed list that a changed bundle may be refused with.
func refusals() []error {
	return []error{
		receipt.ErrMalformed, receipt.ErrSignature, receipt.ErrNetwork, receipt.ErrUntrusted, receipt.ErrProof,
	}
}

// fixture is a bundle of a channel on a running ledger.
type fixture struct {
	genesis   *cmttypes.GenesisDoc
	collector *proof.Collector
	bundle    proof.Bundle
	raw       []byte
	channel   []byte
	opened    int64
}

func newFixture(tb testing.TB) fixture {
	tb.Helper()
	c := testchain.New(tb, testchain.Config{})
	result, err := c.Client(1).Submit(tb.Context(), &credit.MsgOpenChannel{
		Payer: c.Address(1), Payee: c.Address(2), Signer: bytes.Repeat([]byte{3}, 32), Deposit: testchain.Credits(5),
		ChallengeBlocks: 10, ChallengeSeconds: 100,
	})
	if err != nil {
		tb.Fatal(err)
	}
	var opened credit.MsgOpenChannelResponse
	if err := result.Response(0, &opened); err != nil {
		tb.Fatal(err)
	}
	collector, err := proof.NewCollector(c.Node.RPC(), proof.Trust{Genesis: c.Genesis})
	if err != nil {
		tb.Fatal(err)
	}
	bundle, err := collector.Collect(tb.Context(), result.Height,
		proof.Key{Store: credit.StoreKey, Key: credit.ChannelKey(opened.Channel)},
		proof.Key{Store: credit.StoreKey, Key: []byte{credit.ParamsPrefix}})
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := bundle.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return fixture{genesis: c.Genesis, collector: collector, bundle: bundle, raw: raw, channel: opened.Channel, opened: result.Height}
}

func verify(raw []byte, trust proof.Trust) (proof.Verified, error) {
	bundle, err := proof.Decode(raw)
	if err != nil {
		return proof.Verified{}, err
	}
	return bundle.Verify(trust)
}

func TestProvesChannel(t *testing.T) {
	f := newFixture(t)
	t.Logf("bundle of %d bytes, %d blocks", len(f.raw), len(f.bundle.Blocks))
	got, err := verify(f.raw, proof.Trust{Genesis: f.genesis})
	if err != nil {
		t.Fatal(err)
	}
	value, ok := got.Value(credit.StoreKey, credit.ChannelKey(f.channel))
	var channel credit.Channel
	if !ok || channel.Unmarshal(value) != nil || !channel.Deposit.Equal(testchain.Credits(5)) {
		t.Fatalf("proven channel: %v %v", ok, channel)
	}
	if got.ChainID != testchain.ChainID || got.Height < f.opened || got.Time.IsZero() {
		t.Fatalf("proven at %+v", got)
	}
	if _, ok := got.Value(credit.StoreKey, []byte("other")); ok {
		t.Fatal("a key that was not proven has a value")
	}
	start := time.Now()
	for range 100 {
		if _, err := verify(f.raw, proof.Trust{Genesis: f.genesis}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("verified in %v", time.Since(start)/100)
}

// TestEveryBit changes each bit of a real bundle; none may pass, and each is refused by name.
func TestEveryBit(t *testing.T) {
	f := newFixture(t)
	trust := proof.Trust{Genesis: f.genesis}
	counts := map[error]int{}
	for i := range len(f.raw) * 8 {
		bad := bytes.Clone(f.raw)
		bad[i/8] ^= 1 << (i % 8)
		_, err := verify(bad, trust)
		if err == nil {
			t.Fatalf("bit %d of byte %d (%q) changed and accepted", i%8, i/8, f.raw[i/8])
		}
		counts[named(t, err)]++
	}
	for _, reason := range refusals() {
		t.Logf("%6d refused: %v", counts[reason], reason)
	}
}

// TestEveryInnerBit changes each bit behind the base64, so that the outer form stays canonical.
func TestEveryInnerBit(t *testing.T) {
	f := newFixture(t)
	trust := proof.Trust{Genesis: f.genesis}
	parts := map[string][]byte{}
	for i := range f.bundle.Blocks {
		b := &f.bundle.Blocks[i]
		parts["header"], parts["commit"], parts["validator"] = b.Header, b.Commit, b.Validators[0].Key
	}
	for i := range f.bundle.Entries {
		e := &f.bundle.Entries[i]
		name := hex.EncodeToString(e.Key[:1])
		parts["key "+name], parts["value "+name], parts["tree "+name], parts["root "+name] = e.Key, e.Value, e.Tree, e.Root
	}
	for name, part := range parts {
		for i := range len(part) * 8 {
			part[i/8] ^= 1 << (i % 8)
			_, err := f.bundle.Verify(trust)
			part[i/8] ^= 1 << (i % 8)
			if err == nil {
				t.Fatalf("bit %d of byte %d of %s changed and accepted", i%8, i/8, name)
			}
			_ = named(t, err)
		}
	}
	if _, err := f.bundle.Verify(trust); err != nil {
		t.Fatalf("restored bundle refused: %v", err)
	}
}

func TestCheckpoint(t *testing.T) {
	f := newFixture(t)
	last, err := f.collector.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	header := f.bundle.Blocks[len(f.bundle.Blocks)-1]
	for _, test := range []struct {
		name  string
		trust proof.Trust
		want  error
	}{
		{"its own block", proof.Trust{Checkpoint: &last}, nil},
		{"another hash", proof.Trust{Checkpoint: &proof.Checkpoint{Height: last.Height, Hash: make([]byte, 32)}}, receipt.ErrUntrusted},
		{"another height", proof.Trust{Checkpoint: &proof.Checkpoint{Height: last.Height - 1, Hash: last.Hash}}, receipt.ErrUntrusted},
		{"nothing", proof.Trust{}, proof.ErrNoTrust},
		{"both", proof.Trust{Genesis: f.genesis, Checkpoint: &last}, proof.ErrNoTrust},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := verify(f.raw, test.trust); !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v (header of %d bytes)", err, test.want, len(header.Header))
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	f := newFixture(t)
	otherNetwork := *f.genesis
	otherNetwork.ChainID = "ayni_7-1"
	otherKeys := *f.genesis
	otherKeys.Validators = nil
	stranger := testchain.New(t, testchain.Config{}).Genesis
	for _, test := range []struct {
		name    string
		genesis *cmttypes.GenesisDoc
		change  func(*proof.Bundle)
		want    error
	}{
		{"other network", &otherNetwork, nil, receipt.ErrNetwork},
		{"no validators", &otherKeys, nil, receipt.ErrUntrusted},
		{"other validators", stranger, nil, receipt.ErrUntrusted},
		{"chain id of another", &otherNetwork, func(b *proof.Bundle) { b.ChainID = otherNetwork.ChainID }, receipt.ErrNetwork},
		{"version", f.genesis, func(b *proof.Bundle) { b.Version = 2 }, receipt.ErrMalformed},
		{"no blocks", f.genesis, func(b *proof.Bundle) { b.Blocks = nil }, receipt.ErrMalformed},
		{"too many blocks", f.genesis, func(b *proof.Bundle) { b.Blocks = make([]proof.Block, 65) }, receipt.ErrMalformed},
		{"block twice", f.genesis, func(b *proof.Bundle) { b.Blocks = append(b.Blocks, b.Blocks[0]) }, receipt.ErrUntrusted},
		{"no entries", f.genesis, func(b *proof.Bundle) { b.Entries = nil }, receipt.ErrMalformed},
		{"too many entries", f.genesis, func(b *proof.Bundle) { b.Entries = make([]proof.Entry, 65) }, receipt.ErrMalformed},
		{"entry twice", f.genesis, func(b *proof.Bundle) { b.Entries = append(b.Entries, b.Entries[0]) }, receipt.ErrMalformed},
		{"store", f.genesis, func(b *proof.Bundle) { b.Entries[0].Store = "provider" }, receipt.ErrProof},
		{"key of another", f.genesis, func(b *proof.Bundle) { b.Entries[0].Key = b.Entries[1].Key }, receipt.ErrProof},
		{"value of another", f.genesis, func(b *proof.Bundle) { b.Entries[0].Value = b.Entries[1].Value }, receipt.ErrProof},
		{"power", f.genesis, func(b *proof.Bundle) { b.Blocks[0].Validators[0].Power++ }, receipt.ErrUntrusted},
		{"power zero", f.genesis, func(b *proof.Bundle) { b.Blocks[0].Validators[0].Power = 0 }, receipt.ErrMalformed},
		{"power beyond all", f.genesis, func(b *proof.Bundle) { b.Blocks[0].Validators[0].Power = 1 << 62 }, receipt.ErrMalformed},
		{"validator twice", f.genesis, func(b *proof.Bundle) {
			b.Blocks[0].Validators = append(b.Blocks[0].Validators, b.Blocks[0].Validators[0])
		}, receipt.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			bundle, err := proof.Decode(f.raw)
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(&bundle)
			}
			if _, err := bundle.Verify(proof.Trust{Genesis: test.genesis}); !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestCollectAbsent(t *testing.T) {
	f := newFixture(t)
	_, err := f.collector.Collect(t.Context(), 0, proof.Key{Store: credit.StoreKey, Key: credit.ChannelKey(make([]byte, 32))})
	if !errors.Is(err, proof.ErrAbsent) {
		t.Fatalf("error %v, want ErrAbsent", err)
	}
}

// TestCollectFromCheckpoint leads from an old block to a new one.
func TestCollectFromCheckpoint(t *testing.T) {
	c := testchain.New(t, testchain.Config{})
	byGenesis, err := proof.NewCollector(c.Node.RPC(), proof.Trust{Genesis: c.Genesis})
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := byGenesis.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var last int64
	for range 3 {
		result, err := c.Client(0).Submit(t.Context(), &credit.MsgIssue{
			Issuer: c.Address(0), Recipient: c.Address(1), Amount: math.NewInt(1),
		})
		if err != nil {
			t.Fatal(err)
		}
		last = result.Height
	}
	trust := proof.Trust{Checkpoint: &checkpoint}
	collector, err := proof.NewCollector(c.Node.RPC(), trust)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := collector.Collect(t.Context(), last, proof.Key{Store: credit.StoreKey, Key: []byte{credit.ParamsPrefix}})
	if err != nil {
		t.Fatal(err)
	}
	if len(bundle.Blocks) != 2 {
		t.Fatalf("%d blocks, want the checkpoint's and the last", len(bundle.Blocks))
	}
	got, err := bundle.Verify(trust)
	if err != nil || got.Height < last {
		t.Fatalf("verified %+v, %v", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	fixture := newFixture(f)
	f.Add(fixture.raw)
	f.Add([]byte(`{"version":1,"chain_id":"","blocks":[],"entries":[]}`))
	trust := proof.Trust{Genesis: fixture.genesis}
	f.Fuzz(func(t *testing.T, raw []byte) {
		bundle, err := proof.Decode(raw)
		if err != nil {
			_ = named(t, err)
			return
		}
		again, err := bundle.Encode()
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("decoded and encoded to other bytes: %v", err)
		}
		if _, err := bundle.Verify(trust); err == nil && !bytes.Equal(raw, fixture.raw) {
			t.Fatal("another bundle verifies")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	f := newFixture(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verify(f.raw, proof.Trust{Genesis: f.genesis}); err != nil {
			b.Fatal(err)
		}
	}
}

func named(tb testing.TB, err error) error {
	tb.Helper()
	for _, reason := range refusals() {
		if errors.Is(err, reason) {
			return reason
		}
	}
	tb.Fatalf("refused without a name: %v", err)
	return nil
}

// TestAbsent proves that a channel is not there, and refuses each bit of that proof when it is changed.
func TestAbsent(t *testing.T) {
	f := newFixture(t)
	trust := proof.Trust{Genesis: f.genesis}
	missing, present := credit.ChannelKey(bytes.Repeat([]byte{0x55}, 32)), f.bundle.Entries[0].Key
	bundle, err := f.collector.Collect(t.Context(), 0, proof.Key{Store: credit.StoreKey, Key: missing, Absent: true},
		proof.Key{Store: credit.StoreKey, Key: present, Absent: true})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := bundle.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := verify(raw, trust)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Absent(credit.StoreKey, missing) || got.Absent(credit.StoreKey, present) || got.Absent(credit.StoreKey, []byte("unheard")) {
		t.Errorf("absent: the missing one %v, a present one %v", got.Absent(credit.StoreKey, missing), got.Absent(credit.StoreKey, present))
	}
	if _, ok := got.Value(credit.StoreKey, missing); ok {
		t.Error("what is not there has a value")
	}
	entry := &bundle.Entries[0]
	for name, part := range map[string][]byte{"key": entry.Key, "tree": entry.Tree, "root": entry.Root} {
		for i := range len(part) * 8 {
			part[i/8] ^= 1 << (i % 8)
			_, err := bundle.Verify(trust)
			part[i/8] ^= 1 << (i % 8)
			if err == nil {
				t.Fatalf("bit %d of byte %d of %s changed and accepted", i%8, i/8, name)
			}
			_ = named(t, err)
		}
	}
	for name, lie := range map[string]func(){
		"present as absent": func() { bundle.Entries[1].Value = nil },
		"absent as present": func() { entry.Value = []byte{1} },
		"absent as empty":   func() { entry.Value = []byte{} },
	} {
		before := []proof.Entry{bundle.Entries[0], bundle.Entries[1]}
		lie()
		if _, err := bundle.Verify(trust); !errors.Is(err, receipt.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
		copy(bundle.Entries, before)
	}
}
