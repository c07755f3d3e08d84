package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
)

// fixture writes a small model that runs.
func fixture(tb testing.TB, spec llamatest.Spec) string {
	tb.Helper()
	raw, err := llamatest.Build(spec)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "tiny.gguf")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// run is a command that must work; its JSON goes into the value, if there is one.
func run(tb testing.TB, into any, args ...string) {
	tb.Helper()
	code, stdout, stderr := call(tb, append(args, "--json")...)
	if code != 0 {
		tb.Fatalf("ayni %s: code %d, %s", strings.Join(args, " "), code, stderr)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(stdout), into); err != nil {
		tb.Fatalf("ayni %s: %v in %s", strings.Join(args, " "), err, stdout)
	}
}

type modelLine struct {
	Name         string
	Digest       string
	Quantisation string
	Size         int64
	Problem      string
}

// TestModels makes, shows, quantises, exports and removes models on the disk of a home on which nothing runs.
func TestModels(t *testing.T) {
	t.Setenv("AYNI_HOME", filepath.Join(t.TempDir(), "home"))
	file := fixture(t, llamatest.Spec{Width: 256, Inner: 256})
	run(t, nil, "models", "create", "tiny", "--from", file, "--system", "Be brief.", "--param", "temperature=0.5", "--param", "stop=x")
	run(t, nil, "models", "create", "ns/tiny:hot", "--from", "tiny", "--param", "temperature=2")

	var small struct {
		Before, After int64
		SizeBefore    int64 `json:"size_before"`
		SizeAfter     int64 `json:"size_after"`
		Report        struct{ RMSE, Relative float64 }
	}
	run(t, &small, "models", "quantise", "tiny", "tiny:q4", "--to", "Q4_K")
	if small.SizeAfter >= small.SizeBefore/3 || small.Report.RMSE <= 0 || small.Report.Relative > 0.1 {
		t.Errorf("quantised: %+v", small)
	}
	var list []modelLine
	run(t, &list, "models", "ls")
	if len(list) != 3 || list[0].Name != "ns/tiny:hot" || list[1].Quantisation != "F32" || list[2].Quantisation != "Q4_K" {
		t.Errorf("listed: %+v", list)
	}
	var shown struct {
		Weights  string
		Verified bool
		Settings model.Settings
		Metadata map[string]any
	}
	run(t, &shown, "models", "show", "ns/tiny:hot", "--verify", "--metadata")
	if !shown.Verified || *shown.Settings.Params.Temperature != 2 || shown.Settings.Params.Stop[0] != "x" ||
		shown.Settings.System != "Be brief." || shown.Metadata["general.architecture"] != "llama" {
		t.Errorf("shown: %+v", shown)
	}
	exported := filepath.Join(t.TempDir(), "out.gguf")
	run(t, nil, "models", "export", "tiny", "--out", exported)
	want, _ := os.ReadFile(file)
	if have, err := os.ReadFile(exported); err != nil || !bytes.Equal(have, want) {
		t.Errorf("the exported file differs: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "out")
	run(t, nil, "models", "export", "tiny:q4", "--format", "safetensors", "--out", folder)
	run(t, nil, "models", "create", "back", "--from", folder)

	var removed struct{ Freed int64 }
	run(t, &removed, "models", "rm", "tiny")
	if removed.Freed > 10_000 {
		t.Errorf("%d bytes were freed though another model has the weights", removed.Freed)
	}
	run(t, nil, "models", "show", "ns/tiny:hot", "--verify")
	run(t, &removed, "models", "rm", "ns/tiny:hot", "tiny:q4", "back")
	if left, err := os.ReadDir(filepath.Join(os.Getenv("AYNI_HOME"), "models", "blobs")); err != nil || len(left) != 0 {
		t.Errorf("%d blobs are left, %v", len(left), err)
	}
}

// TestModelsRefused knows what people do wrong: each has a cause, a hint where one helps, and leaves nothing behind.
func TestModelsRefused(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	t.Setenv("AYNI_HOME", home)
	dir := t.TempDir()
	text, empty := filepath.Join(dir, "text"), filepath.Join(dir, "empty")
	if err := os.WriteFile(text, []byte("no model at all, just text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	good := fixture(t, llamatest.Spec{Type: gguf.Q8_0})
	for name, c := range map[string]struct {
		line string
		code int
		says string
	}{
		"text":          {"models create a --from " + text, 1, "is not GGUF"},
		"no file":       {"models create a --from ./none.gguf", 1, "hint: check the path"},
		"no model":      {"models create a --from none", 1, "hint: `ayni models ls`"},
		"empty folder":  {"models create a --from " + empty, 1, "hint: the folder needs config.json"},
		"no source":     {"models create a", 2, "--from is missing"},
		"name":          {"models create ../a --from " + good, 2, "no name of a model"},
		"built in":      {"models create ayni/starter --from " + good, 2, "built-in"},
		"parameter":     {"models create a --param warmth=1 --from " + good, 2, "unknown field"},
		"no adapter":    {"models create a --from " + good + " --adapter " + text, 1, "is not GGUF"},
		"not adapters":  {"models create a --from " + good + " --adapter " + good, 1, "LoRA adapter"},
		"template":      {"models create a --from " + good + " --template " + filepath.Join(dir, "none"), 1, "no such file"},
		"show":          {"models show a", 1, "no such model: a:latest"},
		"rm":            {"models rm a", 1, "no such model"},
		"quantise type": {"models quantise a b", 2, "--to is missing"},
		"export format": {"models export a --format onnx", 1, "no such model"},
	} {
		code, stdout, stderr := call(t, strings.Fields(c.line)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: code %d, want %d, with %q in %q", name, code, c.code, c.says, stderr)
		}
	}
	for _, part := range []string{"blobs", "partial"} {
		if left, err := os.ReadDir(filepath.Join(home, "models", part)); err != nil || len(left) != 0 {
			t.Errorf("%d files are left in %s, %v", len(left), part, err)
		}
	}
}

// TestModelsPullRefused knows what is wrong before anything is downloaded, or right after.
func TestModelsPullRefused(t *testing.T) {
	t.Setenv("AYNI_HOME", filepath.Join(t.TempDir(), "home"))
	good := fixture(t, llamatest.Spec{})
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "tiny.gguf") {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
			return
		}
		http.Error(w, "nothing", http.StatusNotFound)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	right, wrong := string(artifact.DigestOf(raw)), string(artifact.DigestOf(nil))
	for name, c := range map[string]struct {
		line string
		code int
		says string
	}{
		"no digest":     {"models pull --insecure " + server.URL + "/tiny.gguf", 2, "--trust-first"},
		"plain address": {"models pull " + server.URL + "/tiny.gguf --digest " + right, 2, "want https"},
		"other digest":  {"models pull --insecure " + server.URL + "/tiny.gguf --digest " + wrong, 1, "hint: do not use what came"},
		"bad digest":    {"models pull --insecure " + server.URL + "/tiny.gguf --digest abc", 2, "no digest"},
		"no such file":  {"models pull --insecure " + server.URL + "/none.gguf --digest " + right, 1, "hint: check name and tag"},
		"no such model": {"models pull --insecure " + host + "/ns/none", 1, "hint: check name and tag"},
		"plain host":    {"models pull " + host + "/ns/none", 1, "--insecure"},
		"no file":       {"models pull ./none.gguf", 1, "hint: check the path"},
		"name":          {"models pull a/b/c/d", 2, "no name of a model"},
		"nobody":        {"models pull --insecure 127.0.0.1:1/ns/none", 1, "hint: nobody answers there"},
		"built in":      {"models pull ayni/starter", 2, "built-in model"},
		"wrong file":    {"models pull " + good + " --digest " + wrong, 1, "have the digest"},
	} {
		code, stdout, stderr := call(t, strings.Fields(c.line)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: code %d, want %d, with %q in %q", name, code, c.code, c.says, stderr)
		}
	}
	run(t, nil, "models", "pull", good, "--digest", right, "--as", "a")
	if code, _, _ := call(t, "models", "pull", good, "--digest", wrong, "--as", "a"); code == 0 {
		t.Error("another digest was taken")
	}
	run(t, nil, "models", "show", "a", "--verify")
	run(t, nil, "models", "pull", "--insecure", server.URL+"/tiny.gguf", "--digest", right, "--as", "b")
	code, _, stderr := call(t, "models", "pull", "--insecure", server.URL+"/other/tiny.gguf?sig=x", "--trust-first")
	if code != 0 || !strings.Contains(stderr, "/other/tiny.gguf to "+right) {
		t.Errorf("trusted at first: code %d, %q", code, stderr)
	}
	run(t, nil, "models", "pull", "--insecure", server.URL+"/other/tiny.gguf?sig=y", "--as", "c")
	var list []modelLine
	if run(t, &list, "models", "ls"); len(list) != 4 {
		t.Errorf("listed: %+v", list)
	}
	run(t, nil, "models", "rm", "a", "b", "c", "tiny")
	raw = append(raw, 0)
	if code, _, stderr := call(t, "models", "pull", "--insecure", server.URL+"/other/tiny.gguf", "--trust-first"); code != 1 ||
		!strings.Contains(stderr, "hint: do not use what came") {
		t.Errorf("another file at a pinned address: code %d, %q", code, stderr)
	}
}
