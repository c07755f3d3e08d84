package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startMax bounds how long a machine may take to be ready; a shared machine is slow.
const startMax = 90 * time.Second

// node is one home and, while it runs, one process.
type node struct {
	tb    testing.TB
	home  string
	bin   string // program; "" for the one under test
	netns string // network namespace, "" for this one
	args  []string
	env   []string // beside this process's own
	url   string
	cmd   *exec.Cmd
	err   *syncBuffer
	took  time.Duration // from start to ready
	began time.Time
	line  <-chan string // of standard output
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// binary is the program under test.
func binary(tb testing.TB) string {
	tb.Helper()
	bin := os.Getenv("AYNI_BIN")
	if bin == "" {
		tb.Skip("AYNI_BIN is not set: run make e2e")
	}
	return bin
}

func newMachine(tb testing.TB, args ...string) *node {
	tb.Helper()
	m := &node{tb: tb, home: filepath.Join(tb.TempDir(), "home"), args: args}
	tb.Cleanup(m.kill)
	return m
}

// command is ayni with this machine's home, in its network namespace.
func (m *node) command(args ...string) *exec.Cmd {
	m.tb.Helper()
	bin := m.bin
	if bin == "" {
		bin = binary(m.tb)
	}
	at := slices.Index(args, "--") // behind it are a program's own
	if at < 0 {
		at = len(args)
	}
	line := append([]string{bin}, slices.Insert(slices.Clone(args), at, "--home", m.home)...)
	if m.netns != "" {
		line = append([]string{"nsenter", "--net=/run/netns/" + m.netns}, line...) // unlike ip it leaves /sys with its cgroups
	}
	cmd := exec.Command(line[0], line[1:]...)
	if len(m.env) > 0 {
		cmd.Env = append(os.Environ(), m.env...)
	}
	return cmd
}

// start runs `ayni up` (or the given command) and waits for its one line.
func (m *node) start(args ...string) {
	m.tb.Helper()
	if err := m.tryStart(args...); err != nil {
		m.tb.Fatalf("%v\nstandard error:\n%s", err, m.err)
	}
}

func (m *node) tryStart(args ...string) error {
	m.tb.Helper()
	if err := m.begin(args...); err != nil {
		return err
	}
	return m.await()
}

// begin runs the command without waiting for it.
func (m *node) begin(args ...string) error {
	m.tb.Helper()
	if len(args) == 0 {
		args = []string{"up"}
	}
	m.url, m.began = "", time.Now()
	m.cmd = m.command(append(args, m.args...)...)
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	m.err = &syncBuffer{}
	m.cmd.Stderr = m.err
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := m.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	m.line = ready
	go func() {
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			ready <- scanner.Text()
		}
		close(ready)
	}()
	return nil
}

// await waits for the one line of what was begun.
func (m *node) await() error {
	m.tb.Helper()
	select {
	case line := <-m.line:
		url, ok := strings.CutPrefix(line, "ready ")
		if !ok {
			return errorf("want one line `ready URL`, got %q", line)
		}
		m.url, m.took = url, time.Since(m.began)
		return nil
	case <-time.After(startMax):
		return errorf("not ready after %s", startMax)
	}
}

// kill ends the process as a power cut would.
func (m *node) kill() {
	if m.cmd == nil || m.cmd.Process == nil {
		return
	}
	_ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL)
	_ = m.cmd.Wait()
	m.cmd = nil
}

// run is one command on this machine's home; it returns standard output.
func (m *node) run(args ...string) []byte {
	m.tb.Helper()
	out, err := m.try(args...)
	if err != nil {
		m.tb.Fatalf("ayni %s: %v\n%s", strings.Join(args, " "), err, m.err)
	}
	return out
}

func (m *node) try(args ...string) ([]byte, error) {
	m.tb.Helper()
	cmd := m.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, errorf("%w: %s%s", err, out, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// read runs a command with --json and decodes what it prints.
func read[T any](m *node, args ...string) T {
	m.tb.Helper()
	var value T
	out := m.run(append(args, "--json")...)
	if err := json.Unmarshal(out, &value); err != nil {
		m.tb.Fatalf("ayni %s: %v in %s", strings.Join(args, " "), err, out)
	}
	return value
}

// answer is what came back over HTTP.
type answer struct {
	status  int
	receipt string
	body    []byte
}

// post asks the machine over HTTP, from its own network namespace.
func (m *node) post(path string, body []byte) (answer, error) {
	if m.netns != "" {
		return m.curl(path, body)
	}
	client := http.Client{Timeout: 2 * time.Minute}
	res, err := client.Post(m.url+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header.Get("Ayni-Receipt"), text}, err
}

func (m *node) curl(path string, body []byte) (answer, error) {
	cmd := exec.Command("ip", "netns", "exec", m.netns, "curl", "-sS", "--raw", "-D", "-", "--data-binary", "@-", "-H", "Content-Type: application/json", m.url+path)
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.Output()
	if err != nil {
		return answer{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), nil)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header.Get("Ayni-Receipt"), text}, err
}
