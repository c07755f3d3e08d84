package e2e_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"ayni.example/chain"
	"ayni.example/cli/machine"
	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/council"
)

// exitRelease is the exit code of a program that does not fit the ledger's release.
const exitRelease = 5

// upgradeKills is how often the new program is killed around its first block.
const upgradeKills = 6

// TestUpgrade rehearses a change of release with two programs and two machines: the old one stops at the height that the
// council chose, the new one is killed while it changes ledger and home, and goes on. A receipt from before still verifies
// offline, money is where it was, and both machines agree.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("AYNI_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 14))
	a, b, rpc := olderPair(t)
	request, answer, file := paidAnswer(t, a, b)
	supply := wealth(t, a)
	height := propose(t, a, rpc)
	due(t, a, chain.ReleaseName(newest(t))+" is due at height "+strconv.FormatInt(height, 10))
	b.kill() // it follows, and may have seen that block or not
	err := a.tryStart()
	if err == nil {
		t.Fatal("the old program started again at the height")
	}
	due(t, a, chain.ReleaseName(newest(t))+" is due")

	asOlder(t, b.home)
	a.bin, b.bin = "", ""
	for range upgradeKills {
		for _, m := range []*node{a, b} {
			m.startAndKill(time.Duration(random.Int64N(int64(2 * time.Second))))
		}
	}
	a.start()
	b.start()
	grown(t, a, b, height)
	if got := wealth(t, a); !got.Equal(supply) {
		t.Errorf("%s credits in all, before the change %s", got, supply)
	}
	if got := readFile(t, filepath.Join(b.home, "peers")); !strings.Contains(got, "@") {
		t.Errorf("peers after the change of the home: %q", got)
	}
	oldReceipt(t, a, request, answer, file)
	paidAnswer(t, a, b)

	a.quit()
	a.start() // a second time
	grown(t, a, b, height)
	a.quit()
	a.bin = older(t)
	if err := a.tryStart(); err == nil {
		t.Fatal("the old program started on the changed ledger")
	}
	due(t, a, "too old for the ledger")
}

// newest is the release that the program under test runs.
func newest(t *testing.T) int {
	t.Helper()
	release, err := chain.Release()
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// older is this program as of the release before the newest, which the first test that asks for it builds.
func older(t *testing.T) string {
	t.Helper()
	path := filepath.Join(shared, "ayni-older")
	older := newest(t) - 1
	building.Lock()
	defer building.Unlock()
	if _, err := os.Stat(path); err == nil {
		return path
	}
	build := exec.Command("go", "build", "-ldflags", "-s -w -X ayni.example/chain.asRelease="+strconv.Itoa(older), "-o", path, "ayni.example/cmd/ayni")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the old program: %v\n%s", err, out)
	}
	return path
}

// olderPair is a network of the release before the newest: the first machine, one that joined, and where the first one's ledger answers.
func olderPair(t *testing.T) (a, b *node, rpc string) {
	t.Helper()
	binary(t) // or skip
	rpc = freeAddress(t)
	a = newMachine(t, "--listen", "127.0.0.1:0", "--name", "asker", "--ollama", "off", "--ledger-rpc", rpc)
	b = newMachine(t, "--listen", "127.0.0.1:0", "--name", "server", "--ollama", "off")
	a.bin, b.bin = older(t), older(t)
	for _, m := range []*node{a, b} {
		write(t, m.home, "keep_content: true\nempty_block_seconds: 1\n")
	}
	a.start()
	b.start("join", read[operator.Invite](a, "invite").Token)
	if got := read[struct{ Release int }](a, "version").Release; got != newest(t)-1 {
		t.Fatalf("the old program is of release %d", got)
	}
	offered(t, a, "ayni/starter")
	return a, b, rpc
}

// propose has the council, whose one seat is the first machine's, change to the newest release some blocks from now.
func propose(t *testing.T, m *node, rpc string) int64 {
	t.Helper()
	h, err := home.At(m.home)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := machine.OpenWallet(h, "")
	if err != nil {
		t.Fatal(err)
	}
	account := keys.Wallet().Account
	remote, err := rpchttp.New("http://"+rpc, "/websocket")
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := chain.LoadGenesis(m.home)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Config{RPC: remote, ChainID: genesis.ChainID, Signer: &ethkey.PrivKey{Key: account[:]}})
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	height := status.Height + 8
	plan, err := codectypes.NewAnyWithValue(&upgradetypes.MsgSoftwareUpgrade{
		Authority: chain.CouncilAddress(), Plan: upgradetypes.Plan{Name: chain.ReleaseName(newest(t)), Height: height},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), &council.MsgPropose{
		Proposer: machine.Address(keys.Wallet()), Summary: "change to the newest release", Messages: []*codectypes.Any{plan},
	}); err != nil {
		t.Fatal(err)
	}
	return height
}

// due waits until a process has ended because its program does not fit the ledger, and said so.
func due(t *testing.T, m *node, says string) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- m.cmd.Wait() }()
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitRelease || !strings.Contains(m.err.String(), says) {
			t.Fatalf("ended with %v, want code %d and %q in\n%s", err, exitRelease, says, m.err)
		}
	case <-time.After(startMax):
		t.Fatalf("still running\n%s", m.err)
	}
	m.cmd = nil
}

// asOlder arranges a home as programs before numbered layouts did.
func asOlder(t *testing.T, dir string) {
	t.Helper()
	if err := errors.Join(
		os.Rename(filepath.Join(dir, "peers"), filepath.Join(dir, "data", "peers")), os.Remove(filepath.Join(dir, "layout")),
	); err != nil {
		t.Fatal(err)
	}
}

// startAndKill runs `ayni up` for a moment.
func (m *node) startAndKill(after time.Duration) {
	m.tb.Helper()
	m.cmd = m.command(append([]string{"up"}, m.args...)...)
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	m.err = &syncBuffer{}
	m.cmd.Stderr = m.err
	if err := m.cmd.Start(); err != nil {
		m.tb.Fatal(err)
	}
	time.Sleep(after)
	m.kill()
}

// grown waits until both machines are past the height with one state that agrees with itself.
func grown(t *testing.T, a, b *node, height int64) {
	t.Helper()
	wait(t, time.Minute, "agreement", func() error {
		first, second := read[operator.Check](a, "network", "check"), read[operator.Check](b, "network", "check")
		switch {
		case !first.OK || !second.OK:
			t.Fatalf("%+v\n%+v", first, second)
		case first.Height != second.Height || first.Height <= height:
			return errorf("heights %d and %d", first.Height, second.Height)
		case first.AppHash != second.AppHash:
			t.Fatalf("at height %d states %s and %s", first.Height, first.AppHash, second.AppHash)
		}
		return nil
	})
}

// oldReceipt verifies a receipt in a home without a network.
func oldReceipt(t *testing.T, a *node, request, answer, file []byte) {
	t.Helper()
	dir, args := t.TempDir(), []string{"verify"}
	for _, part := range []struct {
		flag string
		text []byte
	}{
		{"", file},
		{"--request", request},
		{"--answer", answer},
		{"--genesis", []byte(readFile(t, filepath.Join(a.home, "ledger/config/genesis.json")))},
	} {
		path := filepath.Join(dir, "part"+part.flag)
		if err := os.WriteFile(path, part.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if part.flag != "" {
			args = append(args, part.flag)
		}
		args = append(args, path)
	}
	verdict := read[operator.Verdict](newMachine(t), args...)
	got := map[string]bool{}
	for _, v := range verdict.Verdicts {
		got[v.Name] = true
	}
	for _, want := range []string{"signed", "registered", "settled", "request", "answer"} {
		if !got[want] {
			t.Errorf("no verdict %q on a receipt from before the change: %+v", want, verdict)
		}
	}
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// quit ends the process as its owner would.
func (m *node) quit() {
	m.tb.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		m.tb.Fatal(err)
	}
	if err := m.cmd.Wait(); err != nil {
		m.tb.Fatalf("end: %v\n%s", err, m.err)
	}
	m.cmd = nil
}
