package standard_test

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"ayni.example/provenance/standard"
	"ayni.example/tensor/gguf"
)

// FuzzBundle holds that no bundle but the signed ones verifies, that refusals are of the closed list, and that nothing panics.
func FuzzBundle(f *testing.F) {
	key := keyOf(f, 1)
	files := lineage(f, key)
	f.Add(files[standard.SuffixModel])
	f.Add(files[standard.SuffixJob])
	vector, err := os.ReadFile("testdata/model-signing-1.1.0.sigstore.json")
	must(f, err)
	f.Add(vector)
	signed := [][]byte{payload(f, files[standard.SuffixModel]), payload(f, files[standard.SuffixJob])}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, model := standard.VerifyModel(raw, key.Public())
		_, job := standard.VerifyJob(raw, key.Public())
		for i, err := range []error{model, job} {
			if err == nil && !bytes.Equal(payload(t, raw), signed[i]) {
				t.Errorf("verified: %s", raw)
			}
			if err != nil && standard.Reason(err) == "" {
				t.Errorf("%v is not of the closed list", err)
			}
		}
	})
}

// FuzzBill holds that what is read can be written, and is read again as the same.
func FuzzBill(f *testing.F) {
	raw, err := standard.WriteBill(bill())
	must(f, err)
	f.Add(raw)
	f.Add([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"type":"data","name":"x","pedigree":{"ancestors":[{"name":"y"}]}}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := standard.ReadBill(raw)
		if err != nil {
			if standard.Reason(err) == "" {
				t.Errorf("%v is not of the closed list", err)
			}
			return
		}
		b.Claims()
		standard.WriteCard(b)
		if _, err := standard.WriteGraph(b); err != nil {
			t.Error(err)
		}
		again, err := standard.WriteBill(b)
		if err != nil {
			return // others may write what we do not
		}
		back, err := standard.ReadBill(again)
		if err != nil || back.Subject.Ref() != b.Subject.Ref() || !reflect.DeepEqual(back.Subject.Parents, b.Subject.Parents) {
			t.Errorf("%v: %s", err, again)
		}
	})
}

// FuzzCard holds that front matter of strangers gives bounded claims on single lines.
func FuzzCard(f *testing.F) {
	f.Add([]byte("---\nbase_model: [a/b, c]\nlicense: mit\ndatasets:\n- x\n---\n"))
	f.Add([]byte("---\na: &a [*a, *a]\nbase_model: *a\n---\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := standard.ReadCard(raw)
		if err != nil && standard.Reason(err) == "" {
			t.Errorf("%v is not of the closed list", err)
		}
		checkClaims(t, c)
	})
}

// FuzzWeights does the same for the metadata of weights.
func FuzzWeights(f *testing.F) {
	f.Add(ggufWith(f, func(w *gguf.Writer) {
		w.Set("general.base_model.count", uint32(1))
		w.Set("general.base_model.0.name", "x")
	}))
	f.Add(safetensorsWith(f, map[string]string{"base_model": "x", "modelspec.merged_from": "a,b"}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func() (standard.Claims, error){
			func() (standard.Claims, error) { return standard.ReadGGUF(bytes.NewReader(raw), int64(len(raw))) },
			func() (standard.Claims, error) {
				return standard.ReadSafetensors(bytes.NewReader(raw), int64(len(raw)))
			},
		} {
			c, err := read()
			if err != nil && standard.Reason(err) == "" {
				t.Errorf("%v is not of the closed list", err)
			}
			checkClaims(t, c)
		}
	})
}

func checkClaims(t *testing.T, c standard.Claims) {
	t.Helper()
	if len(c.Parents) > 64 {
		t.Errorf("%d parents", len(c.Parents))
	}
	for _, p := range c.Parents {
		if p.Name == "" || len(p.Name) > 1024 || bytes.ContainsAny([]byte(p.Name), "\n\r\x1b") {
			t.Errorf("the name %q", p.Name)
		}
	}
}
