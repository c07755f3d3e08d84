package chain_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"ayni.example/internal/testchain"
)

// exposed is a running ledger with its RPC, and an HTTP client for each of several hosts.
type exposed struct {
	*testchain.Chain
	address string
}

func expose(tb testing.TB, cfg testchain.Config) *exposed {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		tb.Fatal(err)
	}
	cfg.RPC = address
	return &exposed{testchain.New(tb, cfg), address}
}

// dial connects as host n of the loopback network.
func (e *exposed) dial(ctx context.Context, host int) (net.Conn, error) {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(host))}
	return (&net.Dialer{LocalAddr: from, Timeout: 5 * time.Second}).DialContext(ctx, "tcp", e.address)
}

// host is an HTTP client of its own address.
func (e *exposed) host(n int) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		MaxConnsPerHost: 100, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return e.dial(ctx, n) },
	}}
}

func (e *exposed) post(tb testing.TB, c *http.Client, body string) (int, string) {
	tb.Helper()
	response, err := c.Post("http://"+e.address, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func call(method, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s}}`, method, params)
}

// TestRPCOffers: what light clients, wallets and people need is there, by POST and by GET, and nothing else is.
func TestRPCOffers(t *testing.T) {
	e := expose(t, testchain.Config{})
	submit(t, e.Client(1), send(e.Address(1), e.Address(2), 1))
	c := e.host(2)
	defer c.CloseIdleConnections()
	for method, params := range map[string]string{
		"abci_info": "", "block": `"height":"1"`, "block_results": `"height":"1"`, "blockchain": `"minHeight":"1","maxHeight":"2"`,
		"commit": "", "consensus_params": "", "genesis": "", "genesis_chunked": `"chunk":"0"`, "header": "", "health": "", "status": "",
		"validators": `"page":"1","per_page":"100"`,
		"abci_query": `"path":"/ayni.fee.v1.Query/Price","data":""`,
	} {
		if code, answer := e.post(t, c, call(method, params)); code != http.StatusOK || strings.Contains(answer, `"error"`) {
			t.Errorf("%s: %d %.200s", method, code, answer)
		}
	}
	for _, method := range []string{
		"tx", "tx_search", "block_search", "broadcast_tx_commit", "broadcast_tx_async", "check_tx", "unconfirmed_txs", "num_unconfirmed_txs",
		"dump_consensus_state", "consensus_state", "net_info", "broadcast_evidence", "dial_peers", "dial_seeds", "unsafe_flush_mempool",
		"subscribe", "unsubscribe", "unsubscribe_all", "websocket",
	} {
		if _, answer := e.post(t, c, call(method, "")); !strings.Contains(answer, "Method not found") {
			t.Errorf("%s: %.200s", method, answer)
		}
		response, err := c.Get("http://" + e.address + "/" + method)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s", method, response.Status)
		}
	}
}

// TestRPCRefuses: requests without measure end with an error, soon.
func TestRPCRefuses(t *testing.T) {
	e := expose(t, testchain.Config{})
	c := e.host(3)
	defer c.CloseIdleConnections()
	batch := "[" + strings.TrimSuffix(strings.Repeat(call("status", "")+",", 11), ",") + "]"
	query := func(path string, size int) string {
		return call("abci_query", fmt.Sprintf(`"path":%q,"data":%q`, path, hex.EncodeToString(make([]byte, size))))
	}
	giant := base64.StdEncoding.EncodeToString(make([]byte, 513<<10))
	for name, test := range map[string]struct{ body, want string }{
		"huge":                   {call("status", `"x":"`+strings.Repeat("x", 2<<20)+`"`), "request body too large"},
		"deep":                   {call("status", `"x":`+strings.Repeat("[", 500_000)), "exceeded max depth"},
		"deep and well-formed":   {call("status", `"x":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)), "exceeded max depth"},
		"not JSON":               {"\x00\xff{{{", "error unmarshaling"},
		"batch":                  {batch, "exceeds maximum"},
		"all of a store":         {query("/store/bank/subspace", 0), "is not offered"},
		"any path":               {query("/p2p/filter/addr/127.0.0.1:1", 0), "is not offered"},
		"path of a mebibyte":     {query("/"+strings.Repeat("x", 300_000), 0), "is not offered"},
		"giant simulation":       {query("/app/simulate", 65<<10), "more than"},
		"simulation of junk":     {query("/app/simulate", 63<<10), `"code":`},
		"giant transaction":      {call("broadcast_tx_sync", `"tx":"`+giant+`"`), "too large"},
		"transaction of nothing": {call("broadcast_tx_sync", `"tx":""`), `"code":`},
		"no such height":         {call("block", `"height":"999999999"`), "error"},
		"negative height":        {call("block", `"height":"-1"`), "error"},
		"page of a million":      {call("validators", `"page":"1","per_page":"1000000"`), `"count":"1"`},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, answer := e.post(t, c, test.body)
			if !strings.Contains(answer, test.want) {
				t.Errorf("answer %.300s, want %q", answer, test.want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
	t.Run("header", func(t *testing.T) {
		conn, err := e.dial(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = fmt.Fprintf(conn, "GET /status HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", bytes.Repeat([]byte("x"), 64<<10))
		line, _ := bufio.NewReader(conn).ReadString('\n')
		if !strings.Contains(line, "431") {
			t.Errorf("answer %q", line)
		}
	})
}

// TestRPCShares: one host gets so many connections and no more; another is served meanwhile.
func TestRPCShares(t *testing.T) {
	e := expose(t, testchain.Config{})
	open := 0
	for range 100 {
		conn, err := e.dial(t.Context(), 4)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil && strings.Contains(line, "200") {
			open++
		}
	}
	if open != 32 {
		t.Errorf("%d of 100 connections of one host are served", open)
	}
	other := e.host(5)
	defer other.CloseIdleConnections()
	code, answer := e.post(t, other, call("status", ""))
	var status struct{ Result json.RawMessage }
	if err := json.Unmarshal([]byte(answer), &status); code != http.StatusOK || err != nil || len(status.Result) == 0 {
		t.Errorf("another host: %d %.200s", code, answer)
	}
}
