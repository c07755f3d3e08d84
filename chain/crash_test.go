package chain_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"ayni.example/internal/testchain"
)

// crashHome names the home of the child that TestCrash kills.
const crashHome = "AYNI_TEST_CRASH_HOME"

// TestCrash kills a node with SIGKILL while it makes blocks, several times over the same home: each time it comes back with
// every transaction that it had reported to be in a block.
func TestCrash(t *testing.T) {
	if home := os.Getenv(crashHome); home != "" {
		crashChild(t, home)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	home := t.TempDir()
	reported := map[string]bool{}
	for round := range 5 {
		for _, hash := range runAndKill(t, home, time.Duration(random.IntN(400))*time.Millisecond) {
			reported[hash] = true
		}
		c := testchain.New(t, testchain.Config{Home: home})
		for hash := range reported {
			raw, err := hex.DecodeString(hash)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Client(1).Wait(t.Context(), raw, 1); err != nil {
				t.Fatalf("round %d: transaction %s was in a block and is lost: %v", round, hash, err)
			}
		}
		submit(t, c.Client(1), send(c.Address(1), c.Address(2), 1))
		if err := c.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if len(reported) == 0 {
		t.Fatal("no transaction before any kill; nothing was tested")
	}
	t.Logf("%d transactions survived", len(reported))
}

// runAndKill returns the transactions that a child reported before it was killed.
func runAndKill(t *testing.T, home string, after time.Duration) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	command.Env = append(os.Environ(), crashHome+"="+home)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var hashes []string
	lines := bufio.NewScanner(out)
	timer := time.AfterFunc(testTimeout, func() { _ = command.Process.Kill() })
	for lines.Scan() {
		var hash string
		if _, err := fmt.Sscanf(lines.Text(), "committed %s", &hash); err != nil {
			continue
		}
		if hashes = append(hashes, hash); len(hashes) == 1 {
			timer.Reset(after)
		}
	}
	if err := command.Wait(); err == nil {
		t.Fatal("the child ended before it was killed")
	}
	return hashes
}

// crashChild makes blocks until it is killed.
func crashChild(t *testing.T, home string) {
	t.Helper()
	c := testchain.New(t, testchain.Config{Home: home, TimeoutCommit: 5 * time.Millisecond})
	for {
		result, err := c.Client(1).Submit(t.Context(), send(c.Address(1), c.Address(2), 1))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("committed %x\n", result.Hash)
	}
}
