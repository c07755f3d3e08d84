package cli_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ayni.example/zkml/onnx"
)

// TestGuideProofs follows docs/guide/proofs.md: what needs no ledger is run as it stands there, of the rest the command and its
// flags must exist. test/e2e and examples/appraisal run that.
func TestGuideProofs(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "docs", "guide", "proofs.md"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs(filepath.Join("..", "zkml", "testdata", "appraisal-forest"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	model, err := os.ReadFile(filepath.Join(data, "model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("forest.onnx", model, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"rows.csv": "calibration.pb", "test.csv": "heldout.pb", "test-prices.csv": "targets.pb"} {
		writeCSV(t, name, filepath.Join(data, from))
	}
	run, shown := 0, 0
	for line := range strings.Lines(string(guide)) {
		args := strings.Fields(line)
		if len(args) < 2 || args[0] != "ayni" || strings.HasPrefix(line, " ") {
			continue
		}
		args = args[1:]
		switch word := strings.Join(args[:2], " "); {
		case strings.HasPrefix(word, "zkml compile"), strings.HasPrefix(word, "zkml describe"), strings.HasPrefix(word, "verify "),
			strings.HasPrefix(word, "prove ") && !strings.Contains(line, "--ledger"):
			run++
		default:
			args = append(args, "--help")
			shown++
		}
		if at := len(args) - 1; args[at] == "ID" && args[0] == "verify" {
			args = args[:at-1] // and --model
		}
		if code, stdout, stderr := call(t, append(args, "--home", dir)...); code != 0 {
			t.Errorf("%s: code %d, %s%s", strings.TrimSpace(line), code, stdout, stderr)
		}
	}
	if run < 4 || shown < 4 {
		t.Errorf("%d commands were run and %d looked up: the guide has others", run, shown)
	}
}

// writeCSV writes the first rows of an ONNX tensor.
func writeCSV(t *testing.T, name, tensor string) {
	t.Helper()
	raw, err := os.ReadFile(tensor)
	if err != nil {
		t.Fatal(err)
	}
	_, x, err := onnx.ReadTensor(raw)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := x.Rows()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // a failed write shows when the file is read
	w := csv.NewWriter(f)
	for _, row := range rows[:min(100, len(rows))] {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
}
