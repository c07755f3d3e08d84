package receipt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/receipt"
)

// closedList is every reason that a check may give.
func closedList() []error {
	return []error{
		receipt.ErrMalformed, receipt.ErrSignature, receipt.ErrRequest, receipt.ErrAnswer, receipt.ErrSalt, receipt.ErrChain,
		receipt.ErrAmount, receipt.ErrNetwork, receipt.ErrUntrusted, receipt.ErrProof, receipt.ErrProvider,
	}
}

func TestFileCheck(t *testing.T) {
	a := newAnswer(t, newSeed(t))
	noDelivery, noOpening := a.file(), a.file()
	noDelivery.Delivery, noOpening.Opening = nil, nil
	wrongSalt := a.file()
	wrongSalt.Opening = &receipt.Opening{Salt: receipt.Salt{1}}
	tests := []struct {
		name            string
		file            receipt.File
		held            receipt.Held
		want            error
		request, answer receipt.Matched
	}{
		{name: "nothing held", file: a.file()},
		{
			name: "all held", file: a.file(), held: receipt.Held{Request: a.request, Answer: a.response},
			request: receipt.MatchedBody, answer: receipt.MatchedResponse,
		},
		{name: "text held", file: noDelivery, held: receipt.Held{Answer: a.text}, answer: receipt.MatchedText},
		{name: "response without a delivery", file: noDelivery, held: receipt.Held{Answer: a.response}, want: receipt.ErrAnswer},
		{name: "no opening to compare the request", file: noOpening, held: receipt.Held{Request: a.request}, want: receipt.ErrSalt},
		{name: "no opening to compare the answer", file: noOpening, held: receipt.Held{Answer: a.text}, want: receipt.ErrSalt},
		{name: "another salt", file: wrongSalt, want: receipt.ErrSalt},
		{name: "empty request", file: a.file(), held: receipt.Held{Request: []byte{}}, want: receipt.ErrRequest},
		{name: "empty answer", file: a.file(), held: receipt.Held{Answer: []byte{}}, want: receipt.ErrAnswer},
		{name: "answer as request", file: a.file(), held: receipt.Held{Request: a.response}, want: receipt.ErrRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			report, err := test.file.Check(test.held)
			if test.want != nil {
				wantError(t, err, test.want)
				return
			}
			must(t, err)
			if report.Request != test.request || report.Answer != test.answer {
				t.Errorf("matched %q and %q, want %q and %q", report.Request, report.Answer, test.request, test.answer)
			}
			if unheld := (test.held.Request == nil) || (test.held.Answer == nil); unheld && len(report.NotChecked) == 0 {
				t.Error("the report does not say what was not compared")
			}
		})
	}
}

// TestFileEveryBit flips each bit of an encoded file: every one is refused for a reason of the closed list.
func TestFileEveryBit(t *testing.T) {
	a := newAnswer(t, newSeed(t))
	encoded, err := a.file().Encode()
	must(t, err)
	held := receipt.Held{Request: a.request, Answer: a.response}
	check := func(data []byte) error {
		f, err := receipt.DecodeFile(data)
		if err != nil {
			return err
		}
		return must2(f.Check(held))
	}
	must(t, check(encoded))
	eachBit(t, encoded, func() { wantError(t, check(encoded), closedList()...) })
	must(t, check(encoded))
}

// TestHeldEveryBit flips each bit of what the user holds.
func TestHeldEveryBit(t *testing.T) {
	a := newAnswer(t, newSeed(t))
	check := func() error {
		return must2(a.file().Check(receipt.Held{Request: a.request, Answer: a.response}))
	}
	must(t, check())
	eachBit(t, a.request, func() { wantError(t, check(), receipt.ErrRequest) })
	eachBit(t, a.response, func() { wantError(t, check(), receipt.ErrAnswer) })
	text := func() error { return must2(a.file().Check(receipt.Held{Answer: a.text})) }
	must(t, text())
	eachBit(t, a.text, func() { wantError(t, text(), receipt.ErrAnswer) })
	must(t, check())
}

// TestFileChainEveryBit flips each bit of the parts that only the ledger's proof can confirm: the file is refused or leads
// to another head. What is inside a proof is for client/proof to check.
func TestFileChainEveryBit(t *testing.T) {
	a := newAnswer(t, newSeed(t))
	f := a.file()
	f.Chain = []receipt.Digest{{1}, {2}}
	f.Proofs = &receipt.Proofs{Settled: json.RawMessage(`{}`)}
	encoded, err := f.Encode()
	must(t, err)
	head, err := f.Head()
	must(t, err)
	from := strings.Index(string(encoded), `"chain"`)
	from += strings.Index(string(encoded[from:]), `"chain":[`) // the last key of that name in the file is the chain
	eachBit(t, encoded[from:], func() {
		g, err := receipt.DecodeFile(encoded)
		if err == nil {
			var report receipt.Report
			report, err = g.Check(receipt.Held{})
			if err == nil && report.Head != head {
				return
			}
		}
		wantError(t, err, closedList()...)
	})
}

func TestDecodeFileRefuses(t *testing.T) {
	a := newAnswer(t, 8)
	encoded, err := a.file().Encode()
	must(t, err)
	text := string(encoded)
	tests := []struct{ name, data string }{
		{"empty", ""},
		{"no line feed", strings.TrimSuffix(text, "\n")},
		{"two line feeds", text + "\n"},
		{"white space", strings.Replace(text, ":", ": ", 1)},
		{"unknown field", strings.Replace(text, `{"receipt":{`, `{"receipt":{"extra":1,`, 1)},
		{"duplicate key", strings.Replace(text, `"lane":4`, `"lane":4,"lane":4`, 1)},
		{"other letter case", strings.Replace(text, `"lane"`, `"Lane"`, 1)},
		{"other escape", strings.Replace(text, `"stop"`, `"\u0073top"`, 1)},
		{"upper-case digest", strings.Replace(text, a.receipt.Answer.String(), strings.ToUpper(a.receipt.Answer.String()), 1)},
		{"number with sign", strings.Replace(text, `"total":"2400"`, `"total":"+2400"`, 1)},
		{"number with zeros", strings.Replace(text, `"total":"2400"`, `"total":"02400"`, 1)},
		{"null opening", strings.Replace(text, `"opening":{`, `"opening":null,"opening":{`, 1)},
		{"trailing data", strings.TrimSuffix(text, "\n") + "{}\n"},
		{"too deep", strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n"},
		{"too long", strings.Repeat(" ", 17<<20) + "\n"},
		{"empty proofs in chain", strings.TrimSuffix(text, "}\n") + `,"chain":[]}` + "\n"},
		{"proof with duplicate keys", strings.TrimSuffix(text, "}\n") + `,"proofs":{"settled":{"a":1,"a":1}}}` + "\n"},
		{"proof no object", strings.TrimSuffix(text, "}\n") + `,"proofs":{"settled":[]}}` + "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.data == text {
				t.Fatal("the case changes nothing")
			}
			wantError(t, must2(receipt.DecodeFile([]byte(test.data))), receipt.ErrMalformed)
		})
	}
}

func TestGoldenDigests(t *testing.T) {
	salt := receipt.Salt{1}
	got := map[string]string{
		"salt":     salt.Digest().String(),
		"request":  salt.Request([]byte("ask")).String(),
		"answer":   salt.Answer([]byte("say")).String(),
		"response": salt.Response([]byte("say")).String(),
		"tokens":   salt.Tokens([]int32{1, -1}).String(),
		"head":     receipt.Head(receipt.Digest{1}, receipt.Digest{2}).String(),
	}
	running := salt.AnswerHash()
	running.Write([]byte("s"))  //nolint:errcheck // never fails
	running.Write([]byte("ay")) //nolint:errcheck // never fails
	if running.Digest() != salt.Answer([]byte("say")) {
		t.Error("the running answer digest differs")
	}
	var want map[string]string
	must(t, json.Unmarshal(golden(t, "digests.json", got), &want))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// eachBit flips each bit of data in turn, and back. One failure of a kind is enough to read.
func eachBit(t *testing.T, data []byte, check func()) {
	t.Helper()
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			check()
			data[i] ^= 1 << bit
			if t.Failed() {
				t.Fatalf("bit %d of byte %d", bit, i)
			}
		}
	}
}
