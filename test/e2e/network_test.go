package e2e_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// pair is two machines of one network, each with its own home, wallet and network namespace: a began the network and asks,
// b joined it and serves.
func pair(tb testing.TB, backend foreignServer) (a, b *node) {
	tb.Helper()
	nsA, nsB := wire(tb)
	a = newMachine(tb, "--listen", "127.0.0.1:0", "--peer", "10.77.0.1", "--name", "asker", "--ollama", "off")
	b = newMachine(tb, "--listen", "127.0.0.1:0", "--peer", "10.77.0.2", "--name", "server")
	a.netns, b.netns = nsA, nsB
	write(tb, a.home, "keep_content: true\n")
	if backend == nil {
		b.args = append(b.args, "--ollama", "off")
	} else {
		b.args = append(b.args, backend.prepare(tb, b.home)...)
		backend.start(tb, nsB)
	}
	a.start()
	invite := read[operator.Invite](a, "invite")
	b.start("join", invite.Token)
	return a, b
}

// credits reads an amount of credits.
func credits(tb testing.TB, s string) math.Int {
	tb.Helper()
	amount, err := home.Credits(s)
	if err != nil {
		tb.Fatal(err)
	}
	return amount
}

// wait tries until it works or the time is up.
func wait(tb testing.TB, most time.Duration, what string, try func() error) {
	tb.Helper()
	deadline := time.Now().Add(most)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("%s: %v", what, err)
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// offered waits until the asker sees the server's offer of a model.
func offered(tb testing.TB, a *node, model string) operator.Model {
	tb.Helper()
	var found operator.Model
	wait(tb, time.Minute, "offer of "+model, func() error {
		for _, m := range read[[]operator.Model](a, "model", "list") {
			if m.Name == model && m.Provider != "" {
				found = m
				return nil
			}
		}
		return errorf("%s does not see it\n%s", a.home, a.err)
	})
	return found
}

// clients runs the stock clients in a machine's network namespace.
func clients(tb testing.TB, m *node, model string) []string {
	tb.Helper()
	for _, need := range []string{"node", "npm"} {
		if _, err := exec.LookPath(need); err != nil {
			tb.Skipf("%s is not installed", need)
		}
	}
	install(tb, "clients")()
	line := []string{"node", "clients/run.mjs", m.url, model}
	if m.netns != "" {
		line = append([]string{"ip", "netns", "exec", m.netns}, line...)
	}
	var stderr strings.Builder
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("clients with %s: %v\n%s\n%s", model, err, stderr.String(), m.err)
	}
	var seen struct{ Receipts []string }
	if err := json.Unmarshal(out, &seen); err != nil {
		tb.Fatalf("clients printed %q: %v", out, err)
	}
	tb.Logf("%s: %s", model, out)
	return seen.Receipts
}

// TestTwoMachines has stock clients ask the starter here and a foreign server's model on the other machine, and compares the
// money that moved with the receipts.
func TestTwoMachines(t *testing.T) {
	t.Parallel()
	backend := foreign(t)
	a, b := pair(t, backend)
	local := clients(t, a, "ayni/starter")
	if len(local) == 0 {
		t.Error("answers of the starter came without receipts")
	}
	wait(t, time.Minute, "model of the foreign server", func() error {
		_, err := b.try("offer", backend.model(), "--price-input", "0.7", "--price-output", "1.3")
		return err
	})
	offered(t, a, backend.model())
	before := read[operator.Wallet](b, "wallet", "show")
	paid := clients(t, a, backend.model())
	b.run("channel", "claim")
	after := read[operator.Wallet](b, "wallet", "show")
	sum := math.ZeroInt()
	listed := read[[]operator.Receipt](a, "receipts", "list", "--limit", "500")
	for _, id := range paid {
		for _, r := range listed {
			if r.ID == id {
				sum = sum.Add(credits(t, r.Total))
			}
		}
	}
	earned := credits(t, after.Balance).Sub(credits(t, before.Balance))
	fees := credits(t, after.Fees).Sub(credits(t, before.Fees))
	if !earned.Add(fees).Equal(sum) || !sum.IsPositive() {
		t.Errorf("%d receipts say %s credits, the provider's balance changed by %s and it paid %s in fees",
			len(paid), home.FormatCredits(sum), home.FormatCredits(earned), home.FormatCredits(fees))
	}
	t.Logf("%d answers, %s credits by receipts, %s by balance, %s fees", len(paid), home.FormatCredits(sum), home.FormatCredits(earned), home.FormatCredits(fees))
}
