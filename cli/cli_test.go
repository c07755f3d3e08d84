package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/cli"
)

// call runs one command line in this process.
func call(tb testing.TB, args ...string) (code int, stdout, stderr string) {
	tb.Helper()
	var out, talk bytes.Buffer
	code = cli.Main(context.Background(), args, strings.NewReader(""), &out, &talk)
	return code, out.String(), talk.String()
}

func TestExitCodes(t *testing.T) {
	home := t.TempDir()
	garbage := filepath.Join(home, "garbage")
	if err := os.WriteFile(garbage, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no such command":   {[]string{"sing"}, 2, `unknown command "sing"`},
		"no such flag":      {[]string{"version", "--loud"}, 2, "unknown flag: --loud"},
		"too few arguments": {[]string{"verify"}, 2, "accepts 1 arg"},
		"log level":         {[]string{"up", "--log", "loud"}, 2, `log level "loud"`},
		"listen":            {[]string{"up", "--listen", "nowhere"}, 2, "listen"},
		"nothing runs":      {[]string{"model", "list"}, 3, "hint: start it with `ayni up`"},
		"no receipt":        {[]string{"verify", garbage}, 1, "refused: malformed"},
		"no file":           {[]string{"verify", garbage + "x"}, 1, "no such file"},
		"no invitation":     {[]string{"join", "ayni1nonsense"}, 1, "hint: ask for the whole token again"},
		"version":           {[]string{"version"}, 0, ""},
		"completion":        {[]string{"completion", "bash"}, 0, ""},
	} {
		code, stdout, stderr := call(t, append(c.args, "--home", filepath.Join(home, "home"))...)
		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: code %d, want %d, with %q in %q", name, code, c.code, c.says, stderr)
		}
		if (stdout != "") != (c.code == 0) {
			t.Errorf("%s: code %d with %q on standard output", name, code, stdout)
		}
	}
}

func TestConfigShow(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:7171\nkeep_content: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AYNI_HOME", home)
	code, stdout, stderr := call(t, "config", "show", "--json")
	var shown map[string]any
	if err := json.Unmarshal([]byte(stdout), &shown); code != 0 || err != nil {
		t.Fatalf("code %d, %v, %s%s", code, err, stdout, stderr)
	}
	if shown["listen"] != "127.0.0.1:7171" || shown["keep_content"] != true || shown["peer"] != "127.0.0.1" {
		t.Errorf("the file's settings over the defaults, named as in the file: %s", stdout)
	}
	if err := os.WriteFile(file, []byte("listne: 127.0.0.1:7171\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "config", "show"); code != 1 || !strings.Contains(stderr, "listne") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("unknown key: code %d, %q", code, stderr)
	}
}

func TestKilledProcess(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	left := fmt.Sprintf(`{"url":"","operator":"http://127.0.0.1:1","control":"x","pid":%d}`, os.Getpid()) // the id was given anew
	if err := os.WriteFile(filepath.Join(home, "run", "process.json"), []byte(left), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "model", "list", "--home", home); code != 3 || !strings.Contains(stderr, "hint: it ended without saying so") {
		t.Errorf("code %d, %q", code, stderr)
	}
}

// TestEndlessFile names a file that never ends wherever a command takes a file: it is refused, and not read into memory.
func TestEndlessFile(t *testing.T) {
	home := t.TempDir()
	const endless = "/dev/zero"
	if code, _, stderr := call(t, "network", "init", "--home", home, "--name", "Uni A", "--address", "127.0.0.1:1"); code != 0 {
		t.Fatalf("init: code %d, %s", code, stderr)
	}
	for _, line := range []string{
		"network add-validator " + endless, "network genesis --config " + endless, "network propose params " + endless,
		"network start " + endless + " --digest " + strings.Repeat("00", 32), "verify " + endless, "proof trail --import " + endless,
		"wallet backup " + filepath.Join(home, "backup") + " --passphrase-file " + endless,
	} {
		code, _, stderr := call(t, append(strings.Fields(line), "--home", home)...)
		if code == 0 || len(stderr) > 500 {
			t.Errorf("ayni %s: code %d, %d bytes of talk", line, code, len(stderr))
		}
		t.Logf("ayni %s: %s", line, strings.TrimSpace(stderr))
	}
}
