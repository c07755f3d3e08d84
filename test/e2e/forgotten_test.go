package e2e_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"ayni.example/chain"
	"ayni.example/client/proof"
	"ayni.example/council"
	"ayni.example/web/operator"
)

// forgottenBlocks is how many blocks the machine keeps after the upgrade, and how old evidence against validators may be.
const forgottenBlocks = 10

// TestReceiptForgotten: a receipt with its evidence, taken before an upgrade, still verifies offline when the network has
// changed its release and no machine that runs has the blocks any more from which the evidence was taken.
func TestReceiptForgotten(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	a := newMachine(t, "--listen", "127.0.0.1:0", "--name", "asker", "--ollama", "off", "--ledger-rpc", address)
	b := newMachine(t, "--listen", "127.0.0.1:0", "--name", "server", "--ollama", "off")
	binary(t) // or skip
	a.bin, b.bin = older(t), older(t)
	settings := "keep_content: true\nempty_block_seconds: 1\nsnapshot_blocks: 5\n"
	write(t, a.home, settings)
	write(t, b.home, settings)
	a.start("network", "start", forgetful(t, a), "--digest", council.Digest([]byte(readFile(t, genesisOf(a)))))
	b.start("join", read[operator.Invite](a, "invite").Token)
	offered(t, a, "ayni/starter")
	request, answer, file := paidAnswer(t, a, b)
	blocks := provenBy(t, a, file)

	height := propose(t, a, address)
	due(t, a, " is due at height "+strconv.FormatInt(height, 10))
	b.kill()
	a.bin = ""
	retain := "retain_blocks: " + strconv.Itoa(forgottenBlocks) + "\n"
	write(t, a.home, settings+retain)
	a.start()
	forget(t, a, address, max(height, slices.Max(blocks)), blocks)
	var id struct{ Receipt struct{ ID string } }
	if err := json.Unmarshal(file, &id); err != nil {
		t.Fatal(err)
	}
	if again := a.run("receipts", "show", id.Receipt.ID, "--proofs"); !bytes.Equal(again, file) {
		t.Errorf("the machine gives another file after it forgot the blocks:\n%s\nbefore\n%s", again, file)
	}
	a.quit()
	write(t, a.home, strings.Replace(settings, "seconds: 1", "seconds: 4", 1)+retain) // or it forgets faster than another fetches
	a.start()
	joinLate(t, a, address)
	a.quit() // nothing runs any more
	oldReceipt(t, a, request, answer, file)
}

// joinLate has a machine join that is too late for the first blocks: it is told so, and fetches the state then.
func joinLate(t *testing.T, a *node, address string) {
	t.Helper()
	late := newMachine(t, "--listen", "127.0.0.1:0", "--name", "late", "--ollama", "off")
	token := read[operator.Invite](a, "invite").Token
	if out, err := late.try(append([]string{"join", token}, late.args...)...); err == nil ||
		!strings.Contains(err.Error(), "no longer has the blocks before") || !strings.Contains(err.Error(), "--state-sync") {
		t.Errorf("joined without the first blocks: %s, %v", out, err)
	}
	trusted := read[operator.Network](a, "network", "show")
	late.start("join", token, "--state-sync", "--trust-height", strconv.FormatInt(trusted.Height, 10), "--trust-hash", trusted.Hash, "--sync-from", address)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s", late.err)
		}
	})
	grown(t, a, late, trusted.Height)
	late.quit()
}

// freeAddress is one where nobody listens.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // only its address is wanted
	return listener.Addr().String()
}

func genesisOf(m *node) string { return filepath.Join(filepath.Dir(m.home), "genesis.json") }

// forgetful founds a network of one seat, in which blocks need not be kept for evidence for two days.
func forgetful(tb testing.TB, m *node) string {
	tb.Helper()
	file := genesisOf(m)
	m.run("network", "init", "--name", "asker", "--address", freeAddress(tb))
	m.run("network", "genesis", "-o", file)
	doc, err := chain.DecodeGenesis([]byte(readFile(tb, file)))
	if err != nil {
		tb.Fatal(err)
	}
	doc.ConsensusParams.Evidence.MaxAgeNumBlocks = forgottenBlocks
	raw, err := chain.EncodeGenesis(doc)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// provenBy are the heights of the blocks by which a receipt file proves what stands on the ledger.
func provenBy(t *testing.T, m *node, file []byte) []int64 {
	t.Helper()
	var held struct {
		Proofs struct{ Registered, Settled json.RawMessage }
	}
	if err := json.Unmarshal(file, &held); err != nil {
		t.Fatal(err)
	}
	doc, err := chain.LoadGenesis(m.home)
	if err != nil {
		t.Fatal(err)
	}
	heights := make([]int64, 0, 4)
	for _, raw := range []json.RawMessage{held.Proofs.Registered, held.Proofs.Settled} {
		bundle, err := proof.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		verified, err := bundle.Verify(proof.Trust{Genesis: doc})
		if err != nil {
			t.Fatal(err)
		}
		heights = append(heights, verified.Height, verified.Height+1) // the state's, and that of the block that commits to it
	}
	return heights
}

// forget waits until a machine has no block up to a height, and asks it for those that it had.
func forget(t *testing.T, m *node, address string, height int64, blocks []int64) {
	t.Helper()
	rpc, err := rpchttp.New("http://"+address, "/websocket")
	if err != nil {
		t.Fatal(err)
	}
	wait(t, time.Minute, "forget blocks", func() error {
		status, err := rpc.Status(t.Context())
		if err != nil {
			return err
		}
		if earliest := status.SyncInfo.EarliestBlockHeight; earliest <= height {
			return errorf("block %d is there, at height %d", earliest, status.SyncInfo.LatestBlockHeight)
		}
		return nil
	})
	for _, h := range blocks {
		if block, err := rpc.Block(t.Context(), &h); err == nil {
			t.Errorf("block %d is there: %v", h, block.BlockID)
		}
	}
	status, err := rpc.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("evidence from blocks %v; %s has blocks %d to %d", blocks, m.home, status.SyncInfo.EarliestBlockHeight, status.SyncInfo.LatestBlockHeight)
}
