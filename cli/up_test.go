package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/cli"
	"ayni.example/web/operator"
)

// readyMax bounds a first start; a shared machine is slow.
const readyMax = 60 * time.Second

// start runs `ayni up` in this process and returns its URL, and what ends it and returns its exit code and what came after the
// line on standard output.
func start(tb testing.TB, home string) (url string, stop func() (int, string)) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	reader, writer := io.Pipe()
	var talk bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, []string{"up", "--home", home, "--listen", "127.0.0.1:0", "--ollama", "off", "--log", "error"}, nil, writer, &talk)
		_ = writer.Close()
	}()
	line := make(chan string, 1)
	rest := make(chan string, 1)
	go func() {
		all := make([]byte, 256)
		n, _ := reader.Read(all)
		line <- string(all[:n])
		more, _ := io.ReadAll(reader)
		rest <- string(more)
	}()
	select {
	case said := <-line:
		address, found := strings.CutPrefix(said, "ready ")
		if !found || !strings.HasSuffix(said, "\n") {
			tb.Fatalf("standard output begins with %q", said)
		}
		return strings.TrimSpace(address), func() (int, string) { cancel(); return <-ended, <-rest }
	case code := <-ended:
		tb.Fatalf("up ended with %d: %s", code, talk.String())
	case <-time.After(readyMax):
		tb.Fatal("not ready in time")
	}
	return "", nil
}

// TestUp starts a home twice, asks it through HTTP and the command line, and verifies the first start's receipt in the second.
func TestUp(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	url, stop := start(t, home)
	const request = `{"model":"ayni/starter","prompt":"func main() {","max_tokens":4}`
	res, err := http.Post(url+"/v1/completions", "application/json", strings.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	id := res.Header.Get("Ayni-Receipt")
	if res.StatusCode != http.StatusOK || id == "" {
		t.Fatalf("status %d, receipt %q", res.StatusCode, id)
	}
	if code, _, stderr := call(t, "up", "--home", home, "--listen", "127.0.0.1:0"); code != 4 || !strings.Contains(stderr, "another ayni process") {
		t.Errorf("a second process on the home: code %d, %q", code, stderr)
	}
	for _, line := range []string{
		"model list", "provider list", "channel list", "key list", "receipts list", "wallet show", "doctor", "invite",
		"beacon draw raffle/1", "beacon show", "compute audit", "compute audit enlist", "compute audit retire",
	} {
		code, stdout, stderr := call(t, append(strings.Fields(line), "--home", home, "--json")...)
		if code != 0 || !json.Valid([]byte(stdout)) {
			t.Errorf("ayni %s: code %d, %q, %q", line, code, stdout, stderr)
		}
	}
	_, file, _ := call(t, "receipts", "show", id, "--home", home)
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	replays(t, dir, file, request, string(answer))
	proves(t, dir, home)
	if code, more := stop(); code != 0 || more != "" {
		t.Errorf("ended with %d, and printed %q after the line", code, more)
	}
	_, stop = start(t, home)
	defer stop()
	var listed []operator.Receipt
	_, stdout, _ := call(t, "receipts", "list", "--home", home, "--json")
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil || len(listed) != 1 || listed[0].ID != id {
		t.Errorf("receipts after a new start: %s (%v), want %s", stdout, err, id)
	}
}

// replays runs the answer of a receipt file again, away from its home, and with a request that is not the one.
func replays(t *testing.T, dir, file, request, answer string) {
	t.Helper()
	path := map[string]string{
		"file": file, "request": request, "other": strings.Replace(request, "main", "Main", 1),
		"answer": answer, "forged": strings.Replace(answer, `"text":"`, `"text":"x`, 1),
	}
	for name, content := range path {
		path[name] = filepath.Join(dir, name)
		if err := os.WriteFile(path[name], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		passes int
		more   []string
	}{
		"one thread":  {4, []string{"--threads", "1"}},
		"two threads": {4, []string{"--threads", "2"}},
		"answer held": {1, []string{"--answer", path["answer"]}},
		"comparison":  {1, []string{"--answer", path["answer"], "--compare"}},
	} {
		code, stdout, stderr := call(t, append([]string{"receipts", "replay", path["file"], "--request", path["request"], "--json"}, c.more...)...)
		var again operator.Replay
		err := json.Unmarshal([]byte(stdout), &again)
		if code != 0 || err != nil || !again.Same || len(again.Tokens) != 4 || again.Passes != c.passes || again.CPU <= 0 {
			t.Errorf("%s: code %d, %s%s, want %d passes", name, code, stdout, stderr, c.passes)
		}
		if compared := again.Anew > 0; compared != (name == "comparison") {
			t.Errorf("%s: %s", name, stdout)
		}
	}
	if code, _, stderr := call(t, "receipts", "replay", path["file"], "--request", path["request"], "--answer", path["forged"]); code != 1 ||
		!strings.Contains(stderr, "answer differs") {
		t.Errorf("a forged answer: code %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, "receipts", "replay", path["file"], "--request", path["other"]); code != 1 || !strings.Contains(stderr, "request differs") {
		t.Errorf("another request: code %d, %q", code, stderr)
	}
}
