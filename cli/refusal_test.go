package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/chain"
	"ayni.example/cli"
	"ayni.example/web/operator"
)

// TestLedgerRefusals: what the ledger would refuse is told with its cause and with what to do, and nothing is opened or sent that
// could only fail later.
func TestLedgerRefusals(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	_, stop := start(t, home)
	defer stop()
	var n operator.Network
	run(t, &n, "network", "show", "--home", home)
	request := filepath.Join(t.TempDir(), "request.json")
	run(t, nil, "network", "request", "--network", "ayni_1-1", "--name", "Uni B", "--address", "127.0.0.1:26656", "-o", request, "--home", filepath.Join(t.TempDir(), "other"))
	release, err := chain.Release()
	if err != nil {
		t.Fatal(err)
	}
	next := fmt.Sprintf("network propose upgrade %d --height 1", release+1)
	for line, says := range map[string][]string{
		"network propose upgrade 99 --height 100000": {`"release-99" cannot be proposed`, "hint: `ayni version`"},
		next:                     {"height 1 has passed: the ledger is at", "hint: name a height"},
		"network vote 99 yes":    {"proposal 99: not found", "hint: is it of this network", "nothing was sent, and nothing was paid"},
		"network issue nobody 5": {"recipient: not an address", "hint: nothing was sent"},
		"network issue " + n.Operator + " 500000000": {"quota of the period is spent", "hint: wait until the period is over"},
		"network return": {"is not jailed for its absence", "hint: nothing was sent"},
		"network propose quota " + n.Operator + " --gas 1000": {"failed at message 1: sender may not do this (fee 3)", "hint: nothing of it took effect"},
		"network propose admit " + request:                    {"the request is for another network: ayni_1-1 instead of " + n.ChainID, "--network " + n.ChainID},
		"network propose reinstate " + request:                {"the request is for another network", "--network " + n.ChainID},
		"network add-validator " + request:                    {"the request is for another network", "--network " + n.ChainID},
		"network quota nobody 5":                              {"not an address", "hint: nothing was sent"},
		"history --days -3":                                   {`days "-3": want a whole number`},
		"history --days 0":                                    {"ask for 1 to 366 days"},
		"history --days 400":                                  {"ask for 1 to 366 days"},
		"history --limit -1":                                  {`limit "-1": want a whole number`},
	} {
		code, _, stderr := call(t, append(strings.Fields(line), "--home", home)...)
		for _, want := range says {
			if code != 1 || !strings.Contains(stderr, want) || strings.Contains(stderr, "simulate") {
				t.Errorf("ayni %s: code %d, want %q in %q", line, code, want, stderr)
			}
		}
	}
	var proposals []operator.Proposal
	if run(t, &proposals, "network", "proposals", "--home", home); len(proposals) != 1 {
		t.Errorf("a refused proposal was opened: %+v", proposals)
	}
}

// TestQuotaOfOne: the machine that began a network alone grants itself a quota, sees it, and uses it before its credits.
func TestQuotaOfOne(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	_, stop := start(t, home)
	defer stop()
	var before, granted, after operator.Wallet
	run(t, &before, "wallet", "show", "--home", home)
	if before.GasPrice != "1000000000" || before.Quota != 0 {
		t.Fatalf("%+v", before)
	}
	run(t, nil, "network", "quota", before.Address, "5000000", "--home", home)
	if run(t, &granted, "wallet", "show", "--home", home); granted.Quota != 5_000_000 || granted.QuotaLeft != 5_000_000 {
		t.Fatalf("%+v", granted)
	}
	run(t, nil, "network", "issue", before.Address, "1", "--home", home)
	if run(t, &after, "wallet", "show", "--home", home); after.QuotaLeft >= 5_000_000 {
		t.Errorf("the quota was not used: %+v, before %+v", after, granted)
	}
	if _, shown, _ := call(t, "wallet", "show", "--home", home); !strings.Contains(shown, "of 5000000 gas left") || !strings.Contains(shown, "1000000000 acredit") {
		t.Errorf("not shown: %s", shown)
	}
}

// still is a ledger that makes no block.
type still struct{ operator.Ledger }

func (still) Network(context.Context) (operator.Network, error) {
	return operator.Network{Height: 41, Time: time.Unix(1_700_000_000, 0).UTC()}, nil
}

func (still) Issue(ctx context.Context, _ operator.IssueRequest) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestPatience: whoever waits for a ledger that stands still learns it.
func TestPatience(t *testing.T) {
	server := httptest.NewServer((&operator.Server{Ledger: still{}, Token: "t"}).Handler())
	defer server.Close()
	home := t.TempDir()
	running, err := json.Marshal(map[string]any{"url": "", "operator": server.URL, "control": "t", "pid": os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "run", "process.json"), running, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second) // longer than the command is quiet
	defer cancel()
	var talk bytes.Buffer
	code := cli.Main(ctx, []string{"network", "issue", "ayni1x", "5", "--home", home}, nil, &talk, &talk)
	if code != 1 || !strings.Contains(talk.String(), "waiting for a block: the last one, 41, is of 2023-11-14T22:13:20Z") {
		t.Errorf("code %d, %s", code, talk.String())
	}
}
