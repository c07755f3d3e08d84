package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ayni.example/tensor/starter"
)

// foreignServer is a server of models that the provider's machine ran before it knew of Ayni.
type foreignServer interface {
	// model is its name of the model that is offered.
	model() string
	// prepare writes the provider's configuration and returns further arguments for it.
	prepare(tb testing.TB, home string) []string
	// start runs the server in a network namespace.
	start(tb testing.TB, netns string)
}

// foreign is the Ollama that OLLAMA_BIN names, or another gateway of this program as an OpenAI-compatible server.
func foreign(tb testing.TB) foreignServer {
	tb.Helper()
	if bin := os.Getenv("OLLAMA_BIN"); bin != "" {
		return &realOllama{bin: bin}
	}
	return &otherGateway{}
}

// realOllama is an Ollama on its usual port, which the provider finds by itself.
type realOllama struct{ bin string }

func (o *realOllama) model() string                       { return "go-starter:latest" }
func (o *realOllama) prepare(testing.TB, string) []string { return nil }
func (o *realOllama) command(netns string, args ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", netns, o.bin}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

func (o *realOllama) start(tb testing.TB, netns string) {
	tb.Helper()
	dir := tb.TempDir()
	env := append(os.Environ(), "OLLAMA_HOST=127.0.0.1:11434", "OLLAMA_MODELS="+filepath.Join(dir, "models"), "HOME="+dir)
	server := o.command(netns, "serve")
	server.Env = env
	if err := server.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = syscall.Kill(-server.Process.Pid, syscall.SIGKILL); _ = server.Wait() })
	weights, file := filepath.Join(dir, "starter.gguf"), filepath.Join(dir, "Modelfile")
	modelfile := "FROM " + weights + "\nTEMPLATE \"{{ .Prompt }}\"\nPARAMETER num_ctx 256\n"
	for name, content := range map[string][]byte{weights: starter.GGUF(), file: []byte(modelfile)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	wait(tb, time.Minute, "ollama create", func() error {
		create := o.command(netns, "create", "go-starter", "-f", file)
		create.Env = env
		out, err := create.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// otherGateway is a machine of a network of its own, of which the provider knows only the URL.
type otherGateway struct{ machine *node }

const otherPort = "17171"

func (o *otherGateway) model() string { return "other/go" }

func (o *otherGateway) prepare(tb testing.TB, home string) []string {
	tb.Helper()
	write(tb, home, "servers:\n- name: other\n  url: http://127.0.0.1:"+otherPort+"/v1\n")
	return []string{"--ollama", "off"}
}

func (o *otherGateway) start(tb testing.TB, netns string) {
	tb.Helper()
	o.machine = newMachine(tb, "--listen", "127.0.0.1:"+otherPort, "--ollama", "off")
	o.machine.netns = netns
	write(tb, o.machine.home, "aliases:\n  other/go: ayni/starter\n")
	o.machine.start()
}

// write puts a configuration into a home that was not started yet.
func write(tb testing.TB, home, config string) {
	tb.Helper()
	if err := os.MkdirAll(home, 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "config.yaml"), []byte(config), 0o600); err != nil {
		tb.Fatal(err)
	}
}
