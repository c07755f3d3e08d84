package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ayni.example/council"
	"ayni.example/web/operator"
)

// TestSeatMoves: a seat's node that starts at another address tells the ledger, and the other machine goes by it, now and in its next
// start.
func TestSeatMoves(t *testing.T) {
	t.Parallel()
	binary(t) // or skip
	common := []string{"--listen", "127.0.0.1:0", "--ollama", "off"}
	a, b := newMachine(t, common...), newMachine(t, common...)
	request, genesis := filepath.Join(t.TempDir(), "b.json"), filepath.Join(t.TempDir(), "genesis.json")
	first, old, next := freeAddress(t), freeAddress(t), freeAddress(t)
	seat := read[council.Request](a, "network", "init", "--name", "Uni A", "--address", first, "--power", "300")
	b.run("network", "request", "--network", seat.Network, "--name", "Uni B", "--address", old, "-o", request)
	a.run("network", "add-validator", request)
	digest := read[struct{ Digest string }](a, "network", "genesis", "-o", genesis).Digest
	for _, m := range []*node{a, b} {
		m.start("network", "start", genesis, "--digest", digest)
	}
	wait(t, startMax, "the seats stand where they began", func() error { return goesBy(a, old, next) })
	b.quit()
	b.args = append(b.args, "--ledger-listen", next, "--ledger-address", next)
	b.start()
	wait(t, startMax, "the other machine goes by the new address", func() error { return goesBy(a, next, old) })
	a.quit()
	b.quit()
	a.start()
	b.start()
	wait(t, startMax, "the two are connected", func() error {
		if n := read[operator.Network](a, "network", "show"); len(n.Peers) != 1 {
			return errorf("%+v", n.Peers)
		}
		return nil
	})
}

// goesBy tells whether a machine knows the other's node at an address, and no longer at another.
func goesBy(m *node, now, before string) error {
	kept, err := os.ReadFile(filepath.Join(m.home, "peers"))
	seats := read[[]operator.Seat](m, "network", "seats")
	at := slices.ContainsFunc(seats, func(s operator.Seat) bool { return strings.HasSuffix(s.Peer, "@"+now) })
	if err != nil || !at || !strings.Contains(string(kept), "@"+now) || strings.Contains(string(kept), "@"+before) {
		return errorf("seats %+v, peers %q, %v\n%s", seats, kept, err, m.err)
	}
	return nil
}
