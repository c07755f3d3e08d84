package registry_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// stockOllama has a real Ollama pull and show our models.
func stockOllama(t *testing.T, bin string) {
	t.Helper()
	server, _, _, _ := served(t)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	if err := probe.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), bin, args...)
		cmd.Env = []string{"HOME=" + dir, "OLLAMA_MODELS=" + dir + "/models", "OLLAMA_HOST=" + address, "PATH=" + os.Getenv("PATH")}
		return cmd
	}
	daemon := command("serve")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = daemon.Process.Kill(); _ = daemon.Wait() }()
	for end := time.Now().Add(30 * time.Second); command("list").Run() != nil; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("Ollama does not start")
		}
	}
	host := strings.TrimPrefix(server.URL, "http://")
	for _, from := range []string{host + "/library/tiny:1", host + "/ayni/own"} {
		if out, err := command("pull", "--insecure", from).CombinedOutput(); err != nil {
			t.Fatalf("pull %s: %v\n%s", from, err, out)
		}
		out, err := command("show", from).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "llama") || strings.Contains(from, "tiny") && !strings.Contains(string(out), "Be brief.") {
			t.Errorf("show %s: %v\n%s", from, err, out)
		}
	}
}
