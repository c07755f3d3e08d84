package chain

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
)

// signerHome names the home of the child that TestKilledSigner kills.
const signerHome = "AYNI_TEST_SIGNER_HOME"

// TestKilledSigner kills a process with SIGKILL while it signs, many times: whatever it let out is in the record, and the home
// signs again at once.
func TestKilledSigner(t *testing.T) {
	if home := os.Getenv(signerHome); home != "" {
		signUntilKilled(t, home)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	home, total := t.TempDir(), 0
	for range 15 {
		signed := signAndKill(t, home, time.Duration(random.IntN(40_000))*time.Microsecond)
		total += len(signed)
		s := startSigner(t, home, newChainOf(0))
		if s.hold != nil {
			t.Fatalf("held after a kill: %s", s.hold.Reason)
		}
		for _, at := range signed {
			if at.after(s.keys[0].start) {
				t.Fatalf("%s was let out, the record ends at %s", at, s.keys[0].start)
			}
			if err := s.SignVote(signerChain, vote(s, at.Height, at.Round, cmtproto.PrecommitType, "other")); err == nil {
				t.Fatalf("%s was signed twice", at)
			}
		}
	}
	if total < 15 {
		t.Fatalf("%d signatures before all kills; nothing was tested", total)
	}
	t.Logf("%d signatures", total)
}

// signAndKill returns what a child let out before it was killed.
func signAndKill(t *testing.T, home string, after time.Duration) []position {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledSigner$")
	command.Env = append(os.Environ(), signerHome+"="+home)
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	var signed []position
	for lines := bufio.NewScanner(out); lines.Scan(); {
		at := position{Step: stepPrecommit}
		if _, err := fmt.Sscanf(lines.Text(), "signed %d", &at.Height); err != nil {
			continue
		}
		if signed = append(signed, at); len(signed) == 1 {
			timer.Reset(after)
		}
	}
	if err := command.Wait(); err == nil {
		t.Fatal("the child ended before it was killed")
	}
	return signed
}

// signUntilKilled signs one height after the other.
func signUntilKilled(t *testing.T, home string) {
	t.Helper()
	s := startSigner(t, home, newChainOf(0))
	for height := s.keys[0].start.Height + 1; ; height++ {
		must(t, s.SignVote(signerChain, vote(s, height, 0, cmtproto.PrecommitType, "block")))
		fmt.Printf("signed %d\n", height)
	}
}
