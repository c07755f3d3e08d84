package receipt_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden reads a file of testdata, or writes it anew.
func golden(tb testing.TB, name string, value any) []byte {
	tb.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		b, err := json.MarshalIndent(value, "", "  ")
		must(tb, err)
		must(tb, os.MkdirAll("testdata", 0o755))
		must(tb, os.WriteFile(path, append(b, '\n'), 0o644))
	}
	b, err := os.ReadFile(path)
	must(tb, err)
	return b
}

func newVoucher(tb testing.TB) (receipt.Voucher, ed25519.PrivateKey) {
	tb.Helper()
	key := newKey(rand.NewChaCha8([32]byte{42}))
	v := receipt.Voucher{
		ChainID: "ayni_7-1", Channel: receipt.Digest{1}, Lane: 2, Nonce: 1 << 40,
		Cumulative: math.NewIntWithDecimal(5, 18), Quote: receipt.QuoteID{3}, Head: receipt.Digest{4},
	}
	must(tb, v.Sign(key))
	return v, key
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// newModelVoucher is a voucher of the second format.
func newModelVoucher(tb testing.TB) (receipt.Voucher, ed25519.PrivateKey) {
	tb.Helper()
	v, key := newVoucher(tb)
	v.Model = receipt.Digest{5, 31: 6}
	must(tb, v.Sign(key))
	return v, key
}

func TestVoucherGolden(t *testing.T) {
	for _, test := range []struct {
		file string
		make func(testing.TB) (receipt.Voucher, ed25519.PrivateKey)
	}{{"voucher.json", newVoucher}, {"voucher-2.json", newModelVoucher}} {
		t.Run(test.file, func(t *testing.T) {
			v, _ := test.make(t)
			b, err := v.SignBytes()
			must(t, err)
			encoded, err := v.Encode()
			must(t, err)
			got := map[string]string{"sign_bytes": hex.EncodeToString(b), "encoded": string(encoded)}
			var want map[string]string
			must(t, json.Unmarshal(golden(t, test.file, got), &want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			again, err := receipt.DecodeVoucher(encoded)
			must(t, err)
			if diff := cmp.Diff(v, again); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestVoucherFormats holds that a signature of one format is none of the other: nobody adds, changes or strips a model.
func TestVoucherFormats(t *testing.T) {
	first, key := newVoucher(t)
	second, _ := newModelVoucher(t)
	stripped, added, moved := second, first, second
	stripped.Model, added.Model, moved.Model = receipt.Digest{}, second.Model, receipt.Digest{6, 31: 6}
	for name, v := range map[string]receipt.Voucher{"stripped": stripped, "added": added, "another model": moved} {
		t.Run(name, func(t *testing.T) { wantError(t, v.Verify(public(key)), receipt.ErrSignature) })
	}
	must(t, first.Verify(public(key)))
	must(t, second.Verify(public(key)))
}

func TestVoucherTampered(t *testing.T) {
	for name, draw := range map[string]func(testing.TB) (receipt.Voucher, ed25519.PrivateKey){"1": newVoucher, "2": newModelVoucher} {
		t.Run("format "+name, func(t *testing.T) { testVoucherTampered(t, draw) })
	}
}

func testVoucherTampered(t *testing.T, draw func(testing.TB) (receipt.Voucher, ed25519.PrivateKey)) {
	t.Helper()
	v, key := draw(t)
	must(t, v.Verify(public(key)))
	eachLeaf(t, reflect.ValueOf(&v).Elem(), "Voucher", func() error { return v.Verify(public(key)) }, receipt.ErrSignature, receipt.ErrMalformed)
	must(t, v.Verify(public(key)))
}

// TestVoucherReplay holds that a voucher means nothing on another ledger, channel or lane, nor under another key.
func TestVoucherReplay(t *testing.T) {
	v, key := newVoucher(t)
	other := newKey(rand.NewChaCha8([32]byte{43}))
	tests := []struct {
		name   string
		change func(*receipt.Voucher)
		key    ed25519.PublicKey
		want   error
	}{
		{"another ledger", func(v *receipt.Voucher) { v.ChainID = "ayni_8-1" }, public(key), receipt.ErrSignature},
		{"another channel", func(v *receipt.Voucher) { v.Channel = receipt.Digest{9} }, public(key), receipt.ErrSignature},
		{"another lane", func(v *receipt.Voucher) { v.Lane++ }, public(key), receipt.ErrSignature},
		{"a higher nonce", func(v *receipt.Voucher) { v.Nonce++ }, public(key), receipt.ErrSignature},
		{"more money", func(v *receipt.Voucher) { v.Cumulative = v.Cumulative.AddRaw(1) }, public(key), receipt.ErrSignature},
		{"another quote", func(v *receipt.Voucher) { v.Quote[0]++ }, public(key), receipt.ErrSignature},
		{"another head", func(v *receipt.Voucher) { v.Head[0]++ }, public(key), receipt.ErrSignature},
		{"another key", func(*receipt.Voucher) {}, public(other), receipt.ErrSignature},
		{"no key", func(*receipt.Voucher) {}, nil, receipt.ErrSignature},
		{"no signature", func(v *receipt.Voucher) { v.Signature = nil }, public(key), receipt.ErrSignature},
		{"no ledger", func(v *receipt.Voucher) { v.ChainID = "" }, public(key), receipt.ErrMalformed},
		{"long ledger", func(v *receipt.Voucher) { v.ChainID = strings.Repeat("a", 65) }, public(key), receipt.ErrMalformed},
		{"no amount", func(v *receipt.Voucher) { v.Cumulative = math.Int{} }, public(key), receipt.ErrMalformed},
		{"negative amount", func(v *receipt.Voucher) { v.Cumulative = math.NewInt(-1) }, public(key), receipt.ErrMalformed},
		{"a delivery's bytes", func(v *receipt.Voucher) { a := newAnswer(t, 1); v.Signature = a.delivery.Signature[:] }, public(key), receipt.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changed := v
			test.change(&changed)
			wantError(t, changed.Verify(test.key), test.want)
		})
	}
}

// TestDomains holds that what one key signs in one form is never valid in another.
func TestDomains(t *testing.T) {
	a := newAnswer(t, 9)
	v, _ := newVoucher(t)
	w, _ := newModelVoucher(t)
	signed := map[string][]byte{}
	for name, sign := range map[string]func() ([]byte, error){
		"receipt": a.receipt.SignBytes, "delivery": a.delivery.SignBytes, "voucher": v.SignBytes,
		"voucher of a model": w.SignBytes,
	} {
		b, err := sign()
		must(t, err)
		domain, _, _ := strings.Cut(string(b), "\x00")
		if signed[domain] != nil {
			t.Errorf("%s shares the domain %q", name, domain)
		}
		signed[domain] = b
	}
}

func BenchmarkVoucherVerify(b *testing.B) {
	v, key := newVoucher(b)
	k := public(key)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Verify(k); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "vouchers/s")
}

// BenchmarkEd25519Verify is the limit that BenchmarkVoucherVerify is measured against.
func BenchmarkEd25519Verify(b *testing.B) {
	v, key := newVoucher(b)
	k := public(key)
	message, err := v.SignBytes()
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if !ed25519.Verify(k, message, v.Signature) {
			b.Fatal("not verified")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
}

// BenchmarkVoucherOfLimit takes turns, so that both see the same machine: its ratio is the share of the signature limit.
func BenchmarkVoucherOfLimit(b *testing.B) {
	v, key := newVoucher(b)
	k := public(key)
	message, err := v.SignBytes()
	must(b, err)
	timed := func(verify func() bool) time.Duration {
		start := time.Now()
		if !verify() {
			b.Fatal("not verified")
		}
		return time.Since(start)
	}
	voucher := func() bool { return v.Verify(k) == nil }
	raw := func() bool { return ed25519.Verify(k, message, v.Signature) }
	var vouchers, limit time.Duration
	for b.Loop() {
		vouchers += timed(voucher)
		limit += timed(raw)
		limit += timed(raw)
		vouchers += timed(voucher)
	}
	b.ReportMetric(100*float64(limit)/float64(vouchers), "%-of-limit")
}
