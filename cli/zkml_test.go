package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ayni.example/zk/answer"
)

// compiled makes a model file of a model of zkml/testdata and gives its id.
func compiled(t *testing.T, dir, name string, flags ...string) (file, id string) {
	t.Helper()
	data := filepath.Join("..", "zkml", "testdata", name)
	file = filepath.Join(dir, name+".ayni-model")
	args := append([]string{
		"zkml", "compile", filepath.Join(data, "model.onnx"), "--calibration", filepath.Join(data, "calibration.pb"),
		"--name", name, "-o", file, "--json",
	}, flags...)
	code, stdout, stderr := call(t, args...)
	var made struct{ Model string }
	if err := json.Unmarshal([]byte(stdout), &made); err != nil || code != 0 {
		t.Fatalf("compile: code %d, %s%s", code, stdout, stderr)
	}
	return file, made.Model
}

// TestProveAt128Bits compiles a network for 128 bits, which whoever verifies can demand.
func TestProveAt128Bits(t *testing.T) {
	dir := t.TempDir()
	file, id := compiled(t, dir, "digits-mlp", "--bits", "128", "--public")
	first, _ := compiled(t, t.TempDir(), "digits-mlp", "--public")
	row := filepath.Join("..", "zkml", "testdata", "digits-mlp", "heldout.pb")
	proof, weak := filepath.Join(dir, "answer.proof"), filepath.Join(dir, "weak.proof")
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"zkml", "soundness", file}, 0, "all together                     2^-128"},
		{[]string{"zkml", "soundness", file}, 0, "collision in a tree              2^128 hashes"},
		{[]string{"zkml", "describe", file}, 0, "hashes for nonces"},
		{[]string{"zkml", "describe", file, "--json"}, 0, `"bits": 128`},
		{[]string{"prove", file, "--input", row, "--row", "3", "-o", proof}, 0, "answer"},
		{[]string{"verify", proof, "--model", id, "--bits", "128"}, 0, "it is the model that you named"},
		{[]string{"prove", first, "--input", row, "--row", "3", "-o", weak}, 0, "answer"},
		{[]string{"verify", weak}, 0, "no model was named"},
		{[]string{"verify", weak, "--bits", "128"}, 1, "128"},
	} {
		if code, stdout, stderr := call(t, append(c.args, "--home", dir)...); code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("%v: code %d, no %q in %s%s", c.args, code, c.says, stdout, stderr)
		}
	}
}

// TestProve compiles a real forest, proves an answer and checks it, all offline.
func TestProve(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join("..", "zkml", "testdata", "appraisal-forest")
	file, id := compiled(t, dir, "appraisal-forest", "--held-out", filepath.Join(data, "heldout.pb"), "--targets", filepath.Join(data, "targets.pb"))
	proof := filepath.Join(dir, "answer.proof")
	compile := []string{"zkml", "compile", filepath.Join(data, "model.onnx"), "--calibration", filepath.Join(data, "calibration.pb")}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"zkml", "describe", file}, "R2 0.98"},
		{[]string{"zkml", "describe", file, "--json"}, `"Tail"`},
		{append(compile, "-o", filepath.Join(dir, "unmeasured")), "what is right was not given"},
		{append(compile, "-o", filepath.Join(dir, "unmeasured")), "name      appraisal-forest"},
		{append(compile, "-o", filepath.Join(dir, "unmeasured"), "--json"), `"greatest_difference":`},
		{append(compile, "-o", filepath.Join(dir, "unlabelled"), "--held-out", filepath.Join(data, "heldout.pb")), "on 1000 held-out rows"},
		{[]string{"zkml", "soundness", file}, "all together"},
		{[]string{"prove", file, "--input", filepath.Join(data, "heldout.pb"), "--row", "3", "--bind", "c0ffee", "-o", proof}, "answer"},
		{[]string{"verify", proof}, "no model was named"},
		{[]string{"verify", proof, "--model", id}, "it is the model that you named"},
		{[]string{"verify", proof}, "c0ffee"},
		{[]string{"prove", file, "--input", "0.7,2,5,4,61.8,57,5.7,5.72,3.53", "-o", filepath.Join(dir, "other")}, "answer"},
	} {
		if code, stdout, stderr := call(t, append(c.args, "--home", dir)...); code != 0 || !strings.Contains(stdout, c.says) {
			t.Errorf("%v: code %d, no %q in %s%s", c.args, code, c.says, stdout, stderr)
		}
	}
	empty := filepath.Join(dir, "empty.json")
	if err := os.WriteFile(empty, []byte("[[1],[]]"), 0o600); err != nil {
		t.Fatal(err)
	}
	few := filepath.Join(dir, "few.csv")
	if err := os.WriteFile(few, []byte("0.7,2,5,4,61.8,57,5.7,5.72,3.53\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	changed := filepath.Join(dir, "changed")
	if err := os.WriteFile(changed, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		args []string
		says string
	}{
		{1, []string{"verify", changed}, "refused"},
		{1, []string{"verify", proof, "--model", strings.Repeat("0", 64)}, "refused: model"},
		{1, []string{"verify", proof, "--bits", "128"}, "too weak"},
		{2, []string{"verify", proof, "--bits", "-1"}, "is positive"},
		{1, append(compile, "--held-out", filepath.Join(data, "heldout.pb"), "--targets", empty), "row 2 has 0 numbers"},
		{2, append(compile, "--targets", empty), "goes with --held-out"},
		{1, []string{"zkml", "compile", filepath.Join(data, "model.onnx"), "--calibration", few}, "hint: give more rows"},
		{2, []string{"verify", file, "--model", id}, "no proved answer"},
		{1, []string{"prove", file, "--input", "1,2,3"}, "the model takes 9"},
		{2, []string{"prove", file, "--input", filepath.Join(data, "heldout.pb"), "--row", "0"}, "it has 1000"},
		{1, []string{"prove", file, "--input", "1"}, "the input has 1"},
		{2, []string{"prove", file, "--input", "0.7,2,5,4,61.8,57,5.7,5.72,3.53", "--bind", "xx"}, "bytes in hex"},
		{1, []string{"prove", proof, "--input", "1"}, "not a model file"},
		{3, []string{"prove", file, "--input", "0.7,2,5,4,61.8,57,5.7,5.72,3.53", "--ledger"}, "ayni up"},
		{1, []string{"zkml", "compile", filepath.Join(data, "heldout.pb"), "--calibration", filepath.Join(data, "heldout.pb")}, "ayni:"},
		{2, []string{"zkml", "compile", filepath.Join(data, "model.onnx")}, "calibration"},
	} {
		if code, _, stderr := call(t, append(c.args, "--home", dir)...); code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: code %d, want %d, with %q in %s", c.args, code, c.code, c.says, stderr)
		}
	}
}

// TestRows reads the same numbers from each form.
func TestRows(t *testing.T) {
	dir := t.TempDir()
	file, _ := compiled(t, dir, "appraisal-mlp", "--public")
	want := ""
	for name, text := range map[string]string{
		"rows.csv":  "carat,cut,color,clarity,depth,table,x,y,z\n0.7,2,5,4,61.8,57,5.7,5.72,3.53\n",
		"bare.csv":  "0.7, 2, 5, 4, 61.8, 57, 5.7, 5.72, 3.53",
		"rows.json": "[[0.7,2,5,4,61.8,57,5.7,5.72,3.53]]",
		"row.json":  "[0.7,2,5,4,61.8,57,5.7,5.72,3.53]",
	} {
		rows := filepath.Join(dir, name)
		if err := os.WriteFile(rows, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, "prove", file, "--input", rows, "-o", filepath.Join(dir, "p"), "--json")
		var made struct{ Output []int32 }
		if err := json.Unmarshal([]byte(stdout), &made); err != nil || code != 0 {
			t.Fatalf("%s: code %d, %s", name, code, stderr)
		}
		got, err := json.Marshal(made.Output)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = string(got)
		}
		if string(got) != want {
			t.Errorf("%s: %s, others %s", name, got, want)
		}
	}
	for _, bad := range []string{"1,2\n3,x", "", "[[]]"} {
		if err := os.WriteFile(filepath.Join(dir, "bad.csv"), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := call(t, "prove", file, "--input", filepath.Join(dir, "bad.csv")); code != 1 || !strings.Contains(stderr, "hint: want a .csv") {
			t.Errorf("%q: code %d, %s", bad, code, stderr)
		}
	}
}

// TestProveOnLedger registers a model on a running home's ledger, has it verify an answer, and sees replays refused.
func TestProveOnLedger(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a home")
	}
	home, dir := filepath.Join(t.TempDir(), "home"), t.TempDir()
	_, stop := start(t, home)
	defer stop()
	file, id := compiled(t, dir, "appraisal-mlp")
	proof := filepath.Join(dir, "item.proof")
	input := "0.7,2,5,4,61.8,57,5.7,5.72,3.53"
	var mine struct{ Address string }
	run(t, &mine, "wallet", "show", "--home", home)
	promise := []string{"payout", "promise", "--to", mine.Address, "--model", file, "--context", "item 7", "--unit", "0.001", "--most"}
	for _, c := range []struct {
		code int
		args []string
		says string
	}{
		{0, []string{"zkml", "list"}, "no model is registered"},
		{1, []string{"zkml", "quote", file}, "ayni zkml register FILE"},
		{0, []string{"zkml", "register", file, "--price", "0.5"}, id},
		{1, []string{"zkml", "register", file}, "hint: `ayni zkml add FILE`"},
		{0, []string{"zkml", "list"}, "0.5"},
		{2, []string{"zkml", "update", id}, "--price or --terms"},
		{1, []string{"zkml", "update", id, "--terms", "MIT"}, "hint: give the SHA-256"},
		{1, []string{"zkml", "update", id, "--price", "much"}, "much"},
		{1, []string{"zkml", "update", strings.Repeat("0", 64), "--price", "1"}, "ayni zkml register FILE"},
		{0, []string{"zkml", "update", file, "--terms", strings.Repeat("ab", 32), "--json"}, `"price": "0.5"`},
		{0, []string{"zkml", "update", id, "--price", "0.25"}, strings.Repeat("ab", 32)},
		{0, []string{"zkml", "quote", id}, "0.25"},
		{0, []string{"zkml", "quote", file}, "the ledger's fee"},
		{0, []string{"zkml", "describe", id}, "appraisal-mlp"},
		{0, []string{"zkml", "values", id}, "has verified no answer"},
		{0, []string{"payout", "list"}, "nothing is promised"},
		{2, promise[:4], "required flag"},
		{1, append(promise, "1000000000"), "hint"},
		{0, append(promise, "2"), "locked"},
		{0, []string{"payout", "list", "--payer", mine.Address}, "item 7"},
		{1, []string{"payout", "collect", mine.Address, "1"}, "ayni zkml values MODEL"},
		{2, []string{"payout", "collect", mine.Address, "first"}, "ayni payout list"},
		{0, []string{"prove", file, "--input", input, "-o", proof}, "answer"},
		{1, []string{"zkml", "submit", proof}, "--ledger"},
		{0, []string{"prove", file, "--input", input, "-o", proof, "--ledger", "--context", "item 7"}, "answer"},
		{0, []string{"verify", proof, "--model", id}, `context "item 7", nonce 1`},
		{0, []string{"zkml", "submit", proof}, "at height"},
		{0, []string{"payout", "collect", mine.Address, "1"}, "2 credits"},
		{1, []string{"zkml", "submit", proof}, "hint: each proof counts once"},
		{0, []string{"zkml", "values", file}, `"item 7"`},
		{0, []string{"prove", file, "--input", input, "-o", proof, "--ledger", "--context", "item 8"}, "answer"},
		{0, []string{"verify", proof}, "nonce 2"},
		{0, []string{"zkml", "retire", file, "--json"}, `"retired": true`},
		{1, []string{"zkml", "retire", id}, "hint: that is for good"},
		{1, []string{"zkml", "update", id, "--price", "1"}, "hint: that is for good"},
		{0, []string{"zkml", "list"}, "retired"},
		{1, []string{"zkml", "submit", proof}, "model is retired"},
	} {
		code, stdout, stderr := call(t, append(c.args, "--home", home)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("%v: code %d, want %d, with %q in %s%s", c.args, code, c.code, c.says, stdout, stderr)
		}
	}
	renamed(t, proof)
}

// renamed says of a proof that it is for another ledger, account, context or nonce than it is bound to.
func renamed(t *testing.T, proof string) {
	t.Helper()
	raw, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*answer.Use){
		"chain":     func(u *answer.Use) { u.Chain += "x" },
		"submitter": func(u *answer.Use) { u.Submitter = []byte("somebody else") },
		"context":   func(u *answer.Use) { u.Context = []byte("item 9") },
		"nonce":     func(u *answer.Use) { u.Nonce++ },
	} {
		a, err := answer.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		change(&a.Use)
		if err := os.WriteFile(proof, a.Encode(), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := call(t, "verify", proof); code != 1 || !strings.Contains(stderr, "refused: binding") {
			t.Errorf("another %s: code %d, %s", name, code, stderr)
		}
	}
}

// TestInstances proves three rows of a forest at a time.
func TestInstances(t *testing.T) {
	dir := t.TempDir()
	rows := filepath.Join("..", "zkml", "testdata", "tumour-forest", "heldout.pb")
	one, _ := compiled(t, dir, "tumour-forest")
	several, id := compiled(t, t.TempDir(), "tumour-forest", "--instances", "3")
	proof := filepath.Join(dir, "answer.proof")
	var all, last struct{ Output []int32 }
	run(t, &all, "prove", several, "--input", rows, "--row", "5", "-o", proof)
	run(t, nil, "verify", proof, "--model", id)
	run(t, &last, "prove", one, "--input", rows, "--row", "7", "-o", proof)
	if n := len(last.Output); len(all.Output) != 3*n || !slices.Equal(all.Output[2*n:], last.Output) {
		t.Errorf("together %v, the last alone %v", all.Output, last.Output)
	}
}
