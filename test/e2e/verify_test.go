package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/chain"
	"ayni.example/cli/machine"
	"ayni.example/client/proof"
	"ayni.example/receipt"
	"ayni.example/web/operator"
)

// paidAnswer asks the other machine over the network and returns what a user holds: request, answer and receipt file.
func paidAnswer(tb testing.TB, a, b *node) (request, answer, file []byte) {
	tb.Helper()
	request = []byte(`{"model":"ayni/starter","prompt":"func main() {\n\t","max_tokens":24,"seed":11,"provider":{"local":"never"}}`)
	got, err := a.post("/v1/completions", request)
	if err != nil || got.status != 200 {
		tb.Fatalf("ask: %v, %d %s\n%s", err, got.status, got.body, a.err)
	}
	b.run("channel", "claim")
	wait(tb, time.Minute, "settled", func() error {
		file = a.run("receipts", "show", got.receipt, "--proofs")
		var f struct {
			Proofs struct{ Settled json.RawMessage }
		}
		if err := json.Unmarshal(file, &f); err != nil {
			return err
		}
		if len(f.Proofs.Settled) == 0 {
			return errorf("no proof of settlement yet")
		}
		return nil
	})
	return request, got.body, file
}

// TestVerifyElsewhere takes a receipt to a third home that never was in the network, with the genesis alone.
func TestVerifyElsewhere(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	offered(t, a, "ayni/starter")
	request, answer, file := paidAnswer(t, a, b)
	dir := t.TempDir()
	put := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	genesis, err := os.ReadFile(filepath.Join(a.home, "ledger/config/genesis.json"))
	if err != nil {
		t.Fatal(err)
	}
	third := newMachine(t)
	args := []string{"verify", put("receipt", file), "--request", put("request", request), "--answer", put("answer", answer), "--genesis", put("genesis", genesis)}
	verdict := read[operator.Verdict](third, args...)
	for _, want := range []string{"signed", "registered", "settled", "request", "answer"} {
		found := false
		for _, f := range verdict.Verdicts {
			found = found || f.Name == want
		}
		if !found {
			t.Errorf("no verdict %q in %+v", want, verdict)
		}
	}
	args[1] = put("tampered", append(append([]byte{}, file[:len(file)/2]...), append([]byte{file[len(file)/2] ^ 1}, file[len(file)/2+1:]...)...))
	if out, err := third.try(args...); err == nil {
		t.Errorf("a changed file passed: %s", out)
	}
	everyByte(t, request, answer, file, genesis)
	for _, threads := range []string{"1", "2"} {
		replay := read[operator.Replay](a, "receipts", "replay", verdict.ID, "--threads", threads)
		if !replay.Same {
			t.Errorf("replay on %s threads: %s", threads, replay.Reason)
		}
	}
}

// everyByte changes each byte of file, request and answer, and expects a refusal of the closed list.
func everyByte(t *testing.T, request, answer, file, genesis []byte) {
	t.Helper()
	doc, err := chain.DecodeGenesis(genesis)
	if err != nil {
		t.Fatal(err)
	}
	trust := &proof.Trust{Genesis: doc}
	judge := func(file, request, answer []byte) operator.Verdict {
		return machine.Judge(file, receipt.Held{Request: request, Answer: answer}, trust)
	}
	if v := judge(file, request, answer); !v.OK {
		t.Fatalf("the unchanged receipt is refused: %s", v.Refused)
	}
	closed := []string{
		receipt.ErrMalformed.Error(), receipt.ErrSignature.Error(), receipt.ErrRequest.Error(), receipt.ErrAnswer.Error(),
		receipt.ErrSalt.Error(), receipt.ErrChain.Error(), receipt.ErrAmount.Error(), receipt.ErrNetwork.Error(),
		receipt.ErrUntrusted.Error(), receipt.ErrProof.Error(), receipt.ErrProvider.Error(),
	}
	seen := map[string]int{}
	try := func(what string, i int, v operator.Verdict) {
		if v.OK {
			t.Errorf("byte %d of the %s was changed and nothing was said", i, what)
			return
		}
		for _, e := range closed {
			if strings.Contains(v.Refused, e) {
				seen[what+": "+e]++
				return
			}
		}
		t.Errorf("byte %d of the %s: %q is not of the closed list", i, what, v.Refused)
	}
	for i := range file {
		try("receipt", i, judge(changed(file, i), request, answer))
	}
	for i := range request {
		try("request", i, judge(file, changed(request, i), answer))
	}
	for i := range answer {
		try("answer", i, judge(file, request, changed(answer, i)))
	}
	t.Logf("%d + %d + %d bytes changed: %v", len(file), len(request), len(answer), seen)
}

func changed(content []byte, i int) []byte {
	c := append([]byte{}, content...)
	c[i] ^= 1
	return c
}
