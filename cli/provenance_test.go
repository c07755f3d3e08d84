package cli_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/provenance/standard"
)

// signedFolder holds an artefact with what lies beside it, and gives the key's file.
func signedFolder(t *testing.T) (folder, key string) {
	t.Helper()
	folder = t.TempDir()
	weights := []byte("weights")
	scalar := sha256.Sum256([]byte("key"))
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		t.Fatal(err)
	}
	signer, err := standard.NewKey(private)
	if err != nil {
		t.Fatal(err)
	}
	base := standard.Component{Name: "some/base", Kind: "model", Content: sha256.Sum256([]byte("base"))}
	texts, err := standard.Lineage(standard.Artefact{
		Name: "model.gguf",
		Subject: standard.Component{
			Name: "mine", Kind: "model", Content: sha256.Sum256(weights), Files: []standard.File{{Name: "model.gguf", Digest: sha256.Sum256(weights), Size: 7}},
			Parents: []standard.Link{{Ref: base.Ref(), Relation: "finetune", Evidence: "claimed"}},
		},
		Ancestors: []standard.Component{base}, Job: standard.Job{Kind: "train", Builder: standard.LocalBuilder(signer.Public(), "test")},
	}, signer)
	if err != nil {
		t.Fatal(err)
	}
	key = filepath.Join(t.TempDir(), "key.pem")
	for name, data := range map[string][]byte{filepath.Join(folder, "model.gguf"): weights, key: signer.Public().PEM()} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range texts {
		if err := os.WriteFile(filepath.Join(folder, text.Name), text.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder, key
}

// TestProvenanceVerify checks an artefact without a home, a network or a running process.
func TestProvenanceVerify(t *testing.T) {
	folder, key := signedFolder(t)
	model, home := filepath.Join(folder, "model.gguf"), filepath.Join(t.TempDir(), "none")
	tampered := t.TempDir()
	if err := os.CopyFS(tampered, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tampered, "model.gguf"), []byte("weightz"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"verify", model, "--key", key}, 0, "by the holder of the key: train, from some/base"},
		{[]string{"verify", folder, "--key", key}, 0, "1, as signed with key"},
		{[]string{"verify", model + ".slsa.json", "--key", key, "--json"}, 0, `"ok": true`},
		{[]string{"verify", model}, 1, "name the signer's key with --key"},
		{[]string{"verify", tampered, "--key", key}, 1, "refused: file differs from what was signed"},
		{[]string{"verify", t.TempDir(), "--key", key}, 1, "no signature lies in it"},
		{[]string{"verify", model, "--key", model}, 1, "want a public key"},
		{[]string{"verify", filepath.Join(folder, "absent"), "--key", key}, 1, "no such file"},
		{[]string{"verify"}, 2, "accepts 1 arg"},
		{[]string{"show", "x"}, 3, "ayni up"},
		{[]string{"export", "x"}, 2, "name a --format"},
		{[]string{"key"}, 1, "wallet does not exist"},
	} {
		args := append(append([]string{"provenance"}, c.args...), "--home", home)
		if code, stdout, stderr := call(t, args...); code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("%v: code %d, no %q in %s%s", c.args, code, c.says, stdout, stderr)
		}
	}
}

// TestProvenanceImport prints claims as claims: a name without a digest stays unresolved, and nothing is invented.
func TestProvenanceImport(t *testing.T) {
	folder, _ := signedFolder(t)
	card := "---\nlicense: mit\nbase_model: some/base\ndatasets: [more/data]\n---\n"
	if err := os.WriteFile(filepath.Join(folder, "README.md"), []byte(card), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "model.gguf")); err != nil { // it is no GGUF file
		t.Fatal(err)
	}
	home := filepath.Join(t.TempDir(), "none")
	code, stdout, stderr := call(t, "provenance", "import", folder, "--json", "--home", home)
	var got struct {
		Parents []struct{ Name, Relation, Evidence, State, Source, SHA256, Asset string }
		Licence string
	}
	if err := json.Unmarshal([]byte(stdout), &got); code != 0 || err != nil {
		t.Fatalf("code %d, %s%s", code, stdout, stderr)
	}
	if len(got.Parents) != 2 || got.Parents[0].State != "unregistered" || got.Parents[0].Name != "some/base" ||
		got.Parents[1].State != "unresolved" || got.Parents[1].Relation != "train-data" || got.Parents[1].Asset != "" {
		t.Errorf("%+v", got)
	}
	for _, p := range got.Parents {
		if p.Evidence != "claimed" || p.Source == "" {
			t.Errorf("%+v", p)
		}
	}
	for _, c := range []struct {
		path string
		code int
		says string
	}{
		{filepath.Join(folder, "README.md"), 0, "unresolved: only its name is said"},
		{filepath.Join(folder, "absent"), 1, "no such file"},
		{t.TempDir(), 1, "hint: want a README.md"},
	} {
		if code, stdout, stderr := call(t, "provenance", "import", c.path, "--home", home); code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("%s: code %d, no %q in %s%s", c.path, code, c.says, stdout, stderr)
		}
	}
}
