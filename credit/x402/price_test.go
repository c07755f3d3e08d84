package x402_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit/x402"
	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
)

// treasury is an account that nobody has a key for.
func treasury() []byte { return bytes.Repeat([]byte{0xaa}, ethkey.AddressSize) }

// toolPrices are of tools: any costs 700 of the seller's, and talk of one agent 900, which the treasury gets.
func toolPrices() []x402.Price {
	every := x402.Price{Method: http.MethodPost, Path: "/mcp/*", Scheme: x402.Exact, Amount: math.NewInt(700)}
	talk := x402.Price{
		Method: http.MethodPost, Path: "/mcp/agents/1", Tool: "talk", Payee: treasury(), Scheme: x402.Exact, Amount: math.NewInt(900),
	}
	return []x402.Price{every, talk}
}

func called(tool string) string {
	return `{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"` + tool + `","arguments":{}}}`
}

// TestToolsCost: only calls of tools cost something, a tool's own price goes before that of any, and the payee has the money.
func TestToolsCost(t *testing.T) {
	s := newShop(t)
	for _, free := range []string{`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, `[` + called("talk") + `]`, "hello", "", `{"method":7}`} {
		if got := s.post("/mcp/agents/1", free, nil); got.status != http.StatusNotFound { // the shop's word for what it does not sell
			t.Errorf("%q: %d", free, got.status)
		}
	}
	for _, test := range []struct {
		path, tool, amount string
		payee              string
	}{
		{"/mcp/agents/1", "talk", "900", ethkey.Format(treasury())},
		{"/mcp/agents/1", "log", "700", s.chain.Address(1)},
		{"/mcp/agents/2", "talk", "700", s.chain.Address(1)},
	} {
		asked := s.post(test.path, called(test.tool), nil)
		ways, err := x402.Ways(asked.header, chainNumber)
		must(t, err)
		if to := ethkey.Format(ways[0].To); to != test.payee || ways[0].Amount.String() != test.amount {
			t.Errorf("%s of %s: %s to %s", test.tool, test.path, ways[0].Amount, to)
		}
	}
	asked := s.post("/mcp/agents/1", called("talk"), nil)
	ways, err := x402.Ways(asked.header, chainNumber)
	must(t, err)
	key := s.chain.Keys[2]
	pay := func(n byte, to []byte) http.Header {
		way := ways[0]
		way.To = to
		header, err := way.Sign(x402.Payer{From: key.PubKey().Address(), Nonce: bytes.Repeat([]byte{n}, 32), Sign: key.SignDigest}, "purchase-of-talk-00"+string('0'+n), time.Now())
		must(t, err)
		return header
	}
	if got := s.post("/mcp/agents/1", called("talk"), pay(1, s.chain.Keys[1].PubKey().Address())); got.status != http.StatusPaymentRequired {
		t.Errorf("paid to the seller instead: %d %s", got.status, got.body)
	}
	header := pay(2, ways[0].To)
	if got := s.post("/mcp/agents/1", called("talk"), header); got.status != http.StatusOK || got.settled.Amount != "900" {
		t.Fatalf("%+v", got)
	}
	if has, err := s.chain.Client(1).Balance(t.Context(), ethkey.Format(treasury())); err != nil || !has.Equal(math.NewInt(900)) {
		t.Errorf("the payee has %s, %v", has, err)
	}
	if got := s.post("/mcp/agents/1", called("charter"), header); got.status != http.StatusConflict {
		t.Errorf("the same payment for another tool: %d", got.status)
	}
}

func TestPriceLines(t *testing.T) {
	payee := "0x00000000000000000000000000000000000000aa"
	line := func(change func(*x402.PriceLine)) x402.PriceLine {
		l := x402.PriceLine{Path: "/mcp/agents/1", Method: http.MethodPost, Scheme: x402.Exact, Amount: "0.5"}
		change(&l)
		return l
	}
	for _, test := range []struct {
		line x402.PriceLine
		want string
	}{
		{line(func(l *x402.PriceLine) { l.Tool, l.Payee = "talk", payee }), ""},
		{line(func(l *x402.PriceLine) { l.Tool, l.Path = "talk", "/v1/models" }), "has tools"},
		{line(func(l *x402.PriceLine) { l.Tool, l.Model = "talk", "m" }), "no model"},
		{line(func(l *x402.PriceLine) { l.Payee = "nobody" }), "payee"},
		{line(func(l *x402.PriceLine) { l.Amount = "0" }), "more than nothing"},
	} {
		_, err := test.line.Price()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.line, err, test.want)
		}
	}
	var f x402.PriceFile
	every, talk := line(func(*x402.PriceLine) {}), line(func(l *x402.PriceLine) { l.Tool, l.Payee = "talk", payee })
	f.Set(every)
	f.Set(talk)
	talk.Amount = "0.7"
	f.Set(talk)
	path := filepath.Join(t.TempDir(), "payments.yaml")
	must(t, x402.WritePrices(path, f))
	list, _, err := x402.NewPriceList(path, clock.System, func(err error) { t.Error(err) })
	must(t, err)
	prices := list.Prices()
	if len(prices) != 2 || prices[1].Tool != "talk" || !strings.EqualFold(ethkey.Hex(prices[1].Payee), payee) || prices[1].Amount.String() != "700000000000000000" {
		t.Errorf("read again: %+v", prices)
	}
	if !f.Remove(x402.PriceLine{Path: "/mcp/agents/1", Method: http.MethodPost, Tool: "talk"}) || len(f.Prices) != 1 || f.Prices[0] != every {
		t.Errorf("left: %+v", f.Prices)
	}
}
