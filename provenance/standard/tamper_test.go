package standard_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"ayni.example/provenance/standard"
)

// mutants calls each with a document for every change of one place in it: texts, numbers and truths differ, entries are gone or twice.
func mutants(tb testing.TB, raw []byte, each func(where string, changed []byte)) {
	tb.Helper()
	var doc any
	must(tb, json.Unmarshal(raw, &doc))
	emit := func(where string) {
		changed, err := json.Marshal(doc)
		must(tb, err)
		each(where, changed)
	}
	walk(doc, "", func(any) {}, emit)
}

// walk changes a value through put and everything below it in place, and puts it back.
func walk(v any, where string, put func(any), emit func(string)) {
	swap := func(what string, other any) {
		put(other)
		emit(where + " " + what)
		put(v)
	}
	switch v := v.(type) {
	case string:
		swap("other text", v+"0")
		if v != "" {
			last := v[len(v)-1]
			swap("last letter", v[:len(v)-1]+string(rune(last^1)))
		}
	case float64:
		swap("other number", v+1)
	case bool:
		swap("other truth", !v)
	case []any:
		for i := range v {
			walk(v[i], fmt.Sprintf("%s[%d]", where, i), func(x any) { v[i] = x }, emit)
		}
		if len(v) > 0 {
			swap("shorter", v[:len(v)-1])
			swap("longer", append(slices.Clone(v), v[0]))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			old := v[name]
			walk(old, where+"."+name, func(x any) { v[name] = x }, emit)
			if list, ok := old.([]any); ok && len(list) == 0 {
				continue // an empty list may as well not be there
			}
			delete(v, name)
			emit(where + "." + name + " missing")
			v[name] = old
		}
	}
}

// TestTamperedBundles changes every field of both bundles and of the statements inside, and wants a reason of the closed list each time.
func TestTamperedBundles(t *testing.T) {
	key := keyOf(t, 1)
	files := lineage(t, key)
	verify := map[string]func([]byte) error{
		standard.SuffixModel: func(raw []byte) error { _, err := standard.VerifyModel(raw, key.Public()); return err },
		standard.SuffixJob:   func(raw []byte) error { _, err := standard.VerifyJob(raw, key.Public()); return err },
	}
	for suffix, check := range verify {
		count := 0
		refused := func(where string, changed []byte) {
			count++
			if err := check(changed); standard.Reason(err) == "" {
				t.Errorf("%s%s: %v", suffix, where, err)
			}
		}
		must(t, check(files[suffix]))
		mutants(t, files[suffix], refused)
		mutants(t, payload(t, files[suffix]), func(where string, changed []byte) {
			again := withPayload(t, files[suffix], changed)
			if err := check(again); standard.Reason(err) != "signature" {
				t.Errorf("%s payload%s: %v", suffix, where, err)
			}
			count++
		})
		if count < 40 {
			t.Errorf("%s: only %d changes were tried", suffix, count)
		}
	}
}

// TestTamperedBill holds that the job's signature covers the bill and the manifest: no byte of them can change.
func TestTamperedBill(t *testing.T) {
	key := keyOf(t, 1)
	files := lineage(t, key)
	job, err := standard.VerifyJob(files[standard.SuffixJob], key.Public())
	must(t, err)
	for _, suffix := range []string{standard.SuffixBill, standard.SuffixAsset, standard.SuffixModel} {
		name := "tuned.gguf" + suffix
		must(t, job.CheckFile(name, digest(string(files[suffix]))))
		if err := job.CheckFile(name, digest(string(files[suffix])+" ")); standard.Reason(err) != "file" {
			t.Error(suffix, err)
		}
	}
	if err := job.CheckFile("other.json", digest("")); standard.Reason(err) != "file" {
		t.Error(err)
	}
	mutants(t, files[standard.SuffixBill], func(where string, changed []byte) {
		if job.CheckFile("tuned.gguf"+standard.SuffixBill, digest(string(changed))) == nil {
			t.Errorf("the bill may change at %s", where)
		}
		if _, err := standard.ReadBill(changed); err != nil && standard.Reason(err) == "" {
			t.Errorf("bill%s: %v is not of the closed list", where, err)
		}
	})
}

// TestSwapped holds that neither statement passes for the other, and no other key for this one.
func TestSwapped(t *testing.T) {
	key := keyOf(t, 1)
	files := lineage(t, key)
	_, err := standard.VerifyModel(files[standard.SuffixJob], key.Public())
	if standard.Reason(err) != "kind" {
		t.Error(err)
	}
	_, err = standard.VerifyJob(files[standard.SuffixModel], key.Public())
	if standard.Reason(err) != "kind" {
		t.Error(err)
	}
	for name, other := range map[string]standard.PublicKey{"another": keyOf(t, 2).Public(), "none": {}} {
		if _, err := standard.VerifyModel(files[standard.SuffixModel], other); standard.Reason(err) != "key" {
			t.Error(name, err)
		}
	}
}

func payload(tb testing.TB, raw []byte) []byte {
	tb.Helper()
	var b struct {
		Envelope struct {
			Payload []byte `json:"payload"`
		} `json:"dsseEnvelope"`
	}
	must(tb, json.Unmarshal(raw, &b))
	return b.Envelope.Payload
}

func withPayload(tb testing.TB, raw, payload []byte) []byte {
	tb.Helper()
	var doc map[string]any
	must(tb, json.Unmarshal(raw, &doc))
	doc["dsseEnvelope"].(map[string]any)["payload"] = base64.StdEncoding.EncodeToString(payload)
	again, err := json.Marshal(doc)
	must(tb, err)
	return again
}
