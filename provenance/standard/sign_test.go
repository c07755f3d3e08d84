package standard_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ayni.example/provenance/standard"
)

func TestModel(t *testing.T) {
	key := keyOf(t, 1)
	folder := fstest.MapFS{
		"b.safetensors": {Data: []byte("weights")}, "a/config.json": {Data: []byte("{}")}, "a.txt": {Data: []byte("text")},
		".git/HEAD": {Data: []byte("ref")}, "note.cdx.json": {Data: []byte("{}")},
	}
	m := standard.Model{Name: "model", Ignored: []string{".git", "note.cdx.json"}}
	var err error
	m.Files, err = standard.Folder(t.Context(), folder, m.Skips)
	must(t, err)
	raw, err := standard.SignModel(m, key)
	must(t, err)
	again, err := standard.SignModel(m, key)
	must(t, err)
	if !bytes.Equal(raw, again) {
		t.Error("two signatures over the same files differ")
	}
	signed, err := standard.VerifyModel(raw, key.Public())
	must(t, err)
	names := make([]string, 0, 3)
	for _, f := range signed.Files {
		names = append(names, f.Name)
	}
	// Folder by folder, as the reference implementation orders: "a/config.json" before "a.txt".
	if diff := cmp.Diff([]string{"a/config.json", "a.txt", "b.safetensors"}, names); diff != "" {
		t.Error(diff)
	}
	if signed.Root() != standard.Root(m.Files) {
		t.Error("the root depends on the order of the files")
	}
	must(t, signed.Check(m.Files))
	for name, change := range map[string]func(){
		"changed": func() { folder["a.txt"] = &fstest.MapFile{Data: []byte("texT")} },
		"missing": func() { delete(folder, "a.txt") },
		"added":   func() { folder["a.txt"], folder["c"] = &fstest.MapFile{Data: []byte("text")}, &fstest.MapFile{} },
	} {
		change()
		found, err := standard.Folder(t.Context(), folder, signed.Skips)
		must(t, err)
		if err := signed.Check(found); standard.Reason(err) != "file" {
			t.Errorf("%s: %v", name, err)
		}
	}
	folder["link"] = &fstest.MapFile{Mode: os.ModeSymlink}
	if _, err := standard.Folder(t.Context(), folder, nil); standard.Reason(err) != "file" {
		t.Errorf("a link: %v", err)
	}
}

// TestReferenceVector verifies what the reference implementation of Model Signing signed.
func TestReferenceVector(t *testing.T) {
	raw, err := os.ReadFile("testdata/model-signing-1.1.0.sigstore.json")
	must(t, err)
	text, err := os.ReadFile("testdata/model-signing-1.1.0.pub.pem")
	must(t, err)
	key, err := standard.ParsePEM(text)
	must(t, err)
	m, err := standard.VerifyModel(raw, key)
	must(t, err)
	must(t, m.Check([]standard.File{{Name: "signme-1", Digest: digest("signme-1\n")}, {Name: "signme-2", Digest: digest("signme-2")}}))
	if !m.Skips(".gitattributes") {
		t.Error("what the signer ignored is not known")
	}
	mutants(t, payload(t, raw), func(where string, changed []byte) {
		if _, err := standard.VerifyModel(withPayload(t, raw, changed), key); standard.Reason(err) != "signature" {
			t.Errorf("payload%s: %v", where, err)
		}
	})
}

func TestNamesRefused(t *testing.T) {
	for name, files := range map[string][]standard.File{
		"none": nil, "outside": {file("../x")}, "absolute": {file("/x")}, "empty": {file("")}, "twice": {file("a"), file("a")},
		"whole and more": {file("."), file("a")}, "long": {file(strings.Repeat("x", 2000))}, "many": make([]standard.File, standard.MaxFiles+1),
	} {
		if _, err := standard.SignModel(standard.Model{Name: "m", Files: files}, keyOf(t, 1)); standard.Reason(err) != "malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJob(t *testing.T) {
	key := keyOf(t, 1)
	job, err := standard.VerifyJob(lineage(t, key)[standard.SuffixJob], key.Public())
	must(t, err)
	want := artefact().Job
	want.Outputs = []standard.File{{Name: "tuned.gguf", Digest: digest("tuned.gguf")}}
	want.Inputs = []standard.Input{
		{Name: "ayni/starter", Digest: digest("base"), Asset: digest("asset of base"), Relation: "finetune"},
		{Name: "letters", Digest: digest("letters"), Asset: digest("asset of letters"), Relation: "train-data"},
	}
	if diff := cmp.Diff(want, job, cmpopts.IgnoreFields(standard.Job{}, "Byproducts")); diff != "" {
		t.Error(diff)
	}
	if len(job.Byproducts) != 3 {
		t.Error(job.Byproducts)
	}
	local := artefact().Job
	local.Builder, local.Outputs = standard.LocalBuilder(key.Public(), "v7"), []standard.File{file("x")}
	raw, err := standard.SignJob(local, key)
	must(t, err)
	back, err := standard.VerifyJob(raw, key.Public())
	must(t, err)
	if diff := cmp.Diff(local.Builder, back.Builder); diff != "" || back.Builder.Chain != "" {
		t.Error(diff)
	}
	for name, change := range map[string]func(*standard.Job){
		"no kind": func(j *standard.Job) { j.Kind = "" }, "no builder": func(j *standard.Job) { j.Builder.Address = "" },
		"parameters": func(j *standard.Job) { j.Parameters = []byte(`[1]`) }, "no outputs": func(j *standard.Job) { j.Outputs = nil },
		"input": func(j *standard.Job) { j.Inputs = []standard.Input{{Name: "x"}} },
	} {
		bad := local
		change(&bad)
		if _, err := standard.SignJob(bad, key); standard.Reason(err) != "malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeys(t *testing.T) {
	key := keyOf(t, 1).Public()
	fromPEM, err := standard.ParsePEM(key.PEM())
	must(t, err)
	fromPoint, err := standard.ParsePoint(key.Point())
	must(t, err)
	if !fromPEM.Equal(key) || !fromPoint.Equal(key) || key.Equal(keyOf(t, 2).Public()) || len(key.Hint()) != 64 {
		t.Error("a key did not come back")
	}
	for name, bad := range map[string][]byte{"empty": nil, "text": []byte("key"), "long": make([]byte, 10000), "private": []byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")} {
		if _, err := standard.ParsePEM(bad); standard.Reason(err) != "malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	point := key.Point()
	point[64] ^= 1
	if _, err := standard.ParsePoint(point); standard.Reason(err) != "malformed" {
		t.Error("a point beside the curve:", err)
	}
	if _, err := standard.SignModel(standard.Model{Name: "m", Files: []standard.File{file("a")}}, standard.Key{}); err == nil {
		t.Error("the zero key signs")
	}
}
