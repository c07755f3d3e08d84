package receipt_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

// answer is one receipt with everything around it.
type answer struct {
	provider, session ed25519.PrivateKey
	salt              receipt.Salt
	request           []byte
	text              []byte
	response          []byte
	receipt           receipt.Receipt
	delivery          receipt.Delivery
}

// newAnswer makes a signed receipt and delivery from a seed.
func newAnswer(tb testing.TB, seed uint64) answer {
	tb.Helper()
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	a := answer{
		provider: newKey(random), session: newKey(random),
		request:  []byte(`{"model":"starter","prompt":"func add(a, b int) int {"}`),
		text:     []byte("\n\treturn a + b\n}"),
		response: []byte(`{"choices":[{"text":"\n\treturn a + b\n}"}]}`),
	}
	_, err := random.Read(a.salt[:])
	must(tb, err)
	id, err := receipt.NewID(random)
	must(tb, err)
	quote, err := receipt.NewQuoteID(random)
	must(tb, err)
	a.receipt = receipt.Receipt{
		Version: receipt.Version, ID: id, ChainID: "ayni_7-1", RequestID: "b1946ac92492d2347c6235b4d2611184",
		Provider: "ayni1provider", Payer: "ayni1payer", PayerKey: receipt.PublicKey(a.session),
		Channel: receipt.Digest{1, 2, 3}, Lane: 4, Quote: quote, Prev: receipt.Digest{9},
		SaltDigest: a.salt.Digest(), Request: a.salt.Request(a.request), Answer: a.salt.Answer(a.text),
		Tokens: a.salt.Tokens([]int32{5, 6, -1}),
		Model:  "starter", ModelDigest: strings.Repeat("ab", 32), Quantisation: "Q8_0", Engine: "ayni-exact", Build: "f32/1",
		Template: receipt.Digest{7}, Sampling: json.RawMessage(`{"temperature":0.7,"top_k":40}`), Seed: 1 << 63,
		Usage: receipt.Usage{Prompt: 9, Completion: 5}, Metered: receipt.MeteredTokens,
		Price: receipt.Price{Input: math.NewInt(100), Output: math.NewInt(300)}, Total: math.NewInt(9*100 + 5*300),
		Assurance: receipt.Exact, ReadableBy: []string{"ayni1payer", "ayni1provider"}, Status: receipt.Complete,
		Finish: "stop", StartedMS: 1_790_000_000_000, FinishedMS: 1_790_000_000_950,
	}
	must(tb, a.receipt.Sign(a.provider))
	digest, err := a.receipt.Digest()
	must(tb, err)
	a.delivery = receipt.Delivery{
		Receipt: digest, Request: a.receipt.Request, Response: a.salt.Response(a.response),
		Endpoint: "/v1/completions", Status: 200,
	}
	must(tb, a.delivery.Sign(a.session))
	return a
}

func (a answer) file() receipt.File {
	delivery := a.delivery
	return receipt.File{Receipt: a.receipt, Opening: &receipt.Opening{Salt: a.salt}, Delivery: &delivery}
}

func newKey(random *rand.ChaCha8) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	random.Read(seed) //nolint:errcheck // never fails
	return ed25519.NewKeyFromSeed(seed)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// newSeed prints the seed of a random test.
func newSeed(tb testing.TB) uint64 {
	tb.Helper()
	seed := uint64(time.Now().UnixNano()) & 0xffff
	tb.Logf("seed %d", seed)
	return seed
}

// wantError fails unless err is one of the named errors.
func wantError(tb testing.TB, err error, want ...error) {
	tb.Helper()
	for _, w := range want {
		if errors.Is(err, w) {
			return
		}
	}
	tb.Errorf("got error %v, want one of %v", err, want)
}

func TestReceiptRoundTrip(t *testing.T) {
	a := newAnswer(t, newSeed(t))
	must(t, a.receipt.Check())
	encoded, err := a.receipt.Encode()
	must(t, err)
	decoded, err := receipt.Decode(encoded)
	must(t, err)
	must(t, decoded.Check())
	again, err := decoded.Encode()
	must(t, err)
	if diff := cmp.Diff(string(encoded), string(again)); diff != "" {
		t.Error(diff)
	}
}

// TestReceiptTampered changes every field that the struct has, found by reflection, so that a new field cannot be forgotten.
func TestReceiptTampered(t *testing.T) {
	a := newAnswer(t, 1)
	fields := 0
	eachLeaf(t, reflect.ValueOf(&a.receipt).Elem(), "Receipt", func() error {
		fields++
		return a.receipt.Check()
	}, receipt.ErrSignature)
	if least := reflect.TypeFor[receipt.Receipt]().NumField(); fields < least {
		t.Errorf("%d fields were tampered with, the struct has %d", fields, least)
	}
	must(t, a.receipt.Check())
}

func TestDeliveryTampered(t *testing.T) {
	a := newAnswer(t, 2)
	must(t, a.delivery.Check(a.receipt))
	eachLeaf(t, reflect.ValueOf(&a.delivery).Elem(), "Delivery", func() error { return a.delivery.Check(a.receipt) }, receipt.ErrSignature)
	other := newAnswer(t, 3)
	t.Run("of another receipt and key", func(t *testing.T) {
		wantError(t, other.delivery.Check(a.receipt), receipt.ErrSignature)
	})
	t.Run("of another receipt of the same payer", func(t *testing.T) {
		moved := a.receipt
		moved.Finish = "length"
		must(t, moved.Sign(a.provider))
		wantError(t, a.delivery.Check(moved), receipt.ErrChain)
	})
	t.Run("of another request", func(t *testing.T) {
		d := a.delivery
		d.Request = receipt.Digest{1}
		must(t, d.Sign(a.session))
		wantError(t, d.Check(a.receipt), receipt.ErrRequest)
	})
}

// TestResigned holds what Check refuses even though the provider signs it.
func TestResigned(t *testing.T) {
	tests := []struct {
		name   string
		change func(*receipt.Receipt)
		want   error
	}{
		{"version", func(r *receipt.Receipt) { r.Version = 2 }, receipt.ErrMalformed},
		{"id", func(r *receipt.Receipt) { r.ID = "r-short" }, receipt.ErrMalformed},
		{"no chain", func(r *receipt.Receipt) { r.ChainID = "" }, receipt.ErrMalformed},
		{"no payer", func(r *receipt.Receipt) { r.Payer = "" }, receipt.ErrMalformed},
		{"no payer key", func(r *receipt.Receipt) { r.PayerKey = receipt.Key{} }, receipt.ErrMalformed},
		{"long name", func(r *receipt.Receipt) { r.Model = strings.Repeat("m", 257) }, receipt.ErrMalformed},
		{"not UTF-8", func(r *receipt.Receipt) { r.Model = "\xff" }, receipt.ErrMalformed},
		{"no answer", func(r *receipt.Receipt) { r.Answer = receipt.Digest{} }, receipt.ErrMalformed},
		{"no request", func(r *receipt.Receipt) { r.Request = receipt.Digest{} }, receipt.ErrMalformed},
		{"no salt", func(r *receipt.Receipt) { r.SaltDigest = receipt.Digest{} }, receipt.ErrMalformed},
		{"assurance", func(r *receipt.Receipt) { r.Assurance = "trust me" }, receipt.ErrMalformed},
		{"status", func(r *receipt.Receipt) { r.Status = "" }, receipt.ErrMalformed},
		{"metered paid but complete", func(r *receipt.Receipt) { r.Metered = receipt.MeteredPaid }, receipt.ErrMalformed},
		{"aborted but metered", func(r *receipt.Receipt) { r.Status = receipt.Aborted }, receipt.ErrMalformed},
		{"sampling no object", func(r *receipt.Receipt) { r.Sampling = json.RawMessage(`[]`) }, receipt.ErrMalformed},
		{"sampling with space", func(r *receipt.Receipt) { r.Sampling = json.RawMessage(`{"a": 1}`) }, receipt.ErrMalformed},
		{"sampling twice", func(r *receipt.Receipt) { r.Sampling = json.RawMessage(`{"a":1,"a":1}`) }, receipt.ErrMalformed},
		{"time", func(r *receipt.Receipt) { r.FinishedMS = r.StartedMS - 1 }, receipt.ErrMalformed},
		{"readable by too many", func(r *receipt.Receipt) { r.ReadableBy = make([]string, 17) }, receipt.ErrMalformed},
		{"negative price", func(r *receipt.Receipt) { r.Price.Input = math.NewInt(-1) }, receipt.ErrMalformed},
		{"absent price", func(r *receipt.Receipt) { r.Price.Output = math.Int{} }, receipt.ErrMalformed},
		{"huge price", func(r *receipt.Receipt) { r.Price.Input = math.NewInt(1).Mul(math.NewIntWithDecimal(1, 70)) }, receipt.ErrMalformed},
		{"huge usage", func(r *receipt.Receipt) { r.Usage.Prompt = 1 << 41 }, receipt.ErrMalformed},
		{"negative total", func(r *receipt.Receipt) { r.Total = math.NewInt(-1) }, receipt.ErrMalformed},
		{"total one more", func(r *receipt.Receipt) { r.Total = r.Total.AddRaw(1) }, receipt.ErrAmount},
		{"total one less", func(r *receipt.Receipt) { r.Total = r.Total.SubRaw(1) }, receipt.ErrAmount},
		{"aborted usage dearer than paid", func(r *receipt.Receipt) { abort(r, 899, 9, 0) }, receipt.ErrAmount},
		{"aborted usage hides a token", func(r *receipt.Receipt) { abort(r, 1200, 9, 0) }, receipt.ErrAmount},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newAnswer(t, 4).receipt
			test.change(&r)
			wantError(t, r.Sign(newAnswer(t, 4).provider), test.want)
			signed := forceSign(t, r)
			wantError(t, signed.Check(), test.want)
		})
	}
}

func abort(r *receipt.Receipt, total int64, prompt, completion uint64) {
	r.Status, r.Metered = receipt.Aborted, receipt.MeteredPaid
	r.Total, r.Usage = math.NewInt(total), receipt.Usage{Prompt: prompt, Completion: completion}
}

// forceSign signs what Sign refuses, as a provider with other software would.
func forceSign(tb testing.TB, r receipt.Receipt) receipt.Receipt {
	tb.Helper()
	b, err := r.SignBytes()
	must(tb, err)
	r.Signature = receipt.Signature(ed25519.Sign(newAnswer(tb, 4).provider, b))
	return r
}

// TestCovered holds the rule of aborted receipts: the usage is all that was paid for, and Check agrees.
func TestCovered(t *testing.T) {
	random := rand.New(rand.NewPCG(newSeed(t), 0))
	for range 2000 {
		a := newAnswer(t, 5)
		price := receipt.Price{Input: math.NewInt(random.Int64N(5)), Output: math.NewInt(random.Int64N(5))}
		prompt, completion := uint64(random.IntN(20)), uint64(random.IntN(20))
		limit, err := price.Cost(receipt.Usage{Prompt: prompt, Completion: completion})
		must(t, err)
		paid := math.NewInt(random.Int64N(limit.Int64() + 1))
		covered, err := price.Covered(paid, prompt)
		must(t, err)
		cost, err := price.Cost(covered)
		must(t, err)
		if cost.GT(paid) || covered.Prompt > prompt || (covered.Completion > 0 && covered.Prompt < prompt) {
			t.Fatalf("paid %s at %v for a prompt of %d covers %v", paid, price, prompt, covered)
		}
		a.receipt.Price = price
		abort(&a.receipt, paid.Int64(), covered.Prompt, covered.Completion)
		a.receipt.Answer, a.receipt.Tokens = receipt.Digest{}, receipt.Digest{}
		must(t, a.receipt.Sign(a.provider))
		must(t, a.receipt.Check())
	}
}

func TestHeadChain(t *testing.T) {
	a, b := newAnswer(t, 6), newAnswer(t, 7)
	first, err := a.receipt.Head()
	must(t, err)
	digest, err := b.receipt.Digest()
	must(t, err)
	f := a.file()
	f.Chain = []receipt.Digest{digest}
	head, err := f.Head()
	must(t, err)
	if head != receipt.Head(first, digest) || head == first {
		t.Error("the chain does not lead where it should")
	}
	wantError(t, must2(f.Check(receipt.Held{})), receipt.ErrChain)
	f.Proofs = &receipt.Proofs{Settled: json.RawMessage(`{"claim":1}`)}
	report, err := f.Check(receipt.Held{})
	must(t, err)
	if report.Head != head {
		t.Error("the report tells another head")
	}
}

func must2[T any](_ T, err error) error { return err }

// eachLeaf changes every field in turn, down to its last part, checks, and changes it back.
func eachLeaf(t *testing.T, v reflect.Value, name string, check func() error, want ...error) {
	t.Helper()
	change := func(how string, value any) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.Set(reflect.ValueOf(value).Convert(v.Type()))
		t.Run(name+how, func(t *testing.T) { wantError(t, check(), want...) })
		v.Set(old)
	}
	switch {
	case v.Type() == reflect.TypeFor[math.Int]():
		change("", v.Interface().(math.Int).AddRaw(1))
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		change("", []byte(`{"temperature":0.8}`))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			eachLeaf(t, v.Field(i), name+"."+v.Type().Field(i).Name, check, want...)
		}
	case v.Kind() == reflect.Array:
		for _, i := range []int{0, v.Len() / 2, v.Len() - 1} {
			eachLeaf(t, v.Index(i), fmt.Sprintf("%s[%d]", name, i), check, want...)
		}
	case v.Kind() == reflect.Slice:
		change(" shorter", v.Slice(0, v.Len()-1).Interface())
		change(" longer", reflect.Append(v.Slice3(0, v.Len(), v.Len()), reflect.Zero(v.Type().Elem())).Interface())
		change(" nil", reflect.Zero(v.Type()).Interface())
		for i := range v.Len() {
			eachLeaf(t, v.Index(i), fmt.Sprintf("%s[%d]", name, i), check, want...)
		}
	case v.Kind() == reflect.String:
		change("", v.String()+"x")
		change(" empty", "")
	case v.CanInt():
		change("", v.Int()+1)
	case v.CanUint():
		change("", uint8(v.Uint()%256)^1)
	default:
		t.Fatalf("field %s has a kind that this test does not know", name)
	}
}
