package standard_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"ayni.example/provenance/standard"
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// keyOf is a key that its number gives.
func keyOf(tb testing.TB, n byte) standard.Key {
	tb.Helper()
	scalar := sha256.Sum256([]byte{n})
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	must(tb, err)
	key, err := standard.NewKey(private)
	must(tb, err)
	return key
}

func digest(text string) standard.Digest { return sha256.Sum256([]byte(text)) }

func file(name string) standard.File {
	return standard.File{Name: name, Digest: digest(name), Size: int64(len(name))}
}

// base and corpus are what the artefact was made from.
func base() standard.Component {
	return standard.Component{Name: "ayni/starter", Kind: "model", Asset: digest("asset of base"), Content: digest("base"), Licence: "Apache-2.0"}
}

func corpus() standard.Component {
	return standard.Component{Name: "letters", Kind: "dataset", Asset: digest("asset of letters"), Content: digest("letters"), Licence: "my own words"}
}

func artefact() standard.Artefact {
	return standard.Artefact{
		Name: "tuned.gguf", Manifest: []byte(`{"format":"ayni-asset/1"}`),
		Subject: standard.Component{
			Name: "tuned", Kind: "model", Asset: digest("asset of tuned"), Content: digest("tuned.gguf"), Licence: "CC-BY-4.0", Family: "llama",
			Files: []standard.File{file("tuned.gguf")}, Card: map[string]string{"parameters": "1000000", "context": "256"},
			Parents: []standard.Link{
				{Ref: base().Ref(), Relation: standard.RelationFinetune, Evidence: "observed"},
				{Ref: corpus().Ref(), Relation: standard.RelationData, Evidence: "claimed"},
			},
		},
		Ancestors: []standard.Component{base(), corpus()},
		Job: standard.Job{
			Kind: "train", Parameters: json.RawMessage(`{"recipe":{"steps":10,"seed":7}}`), Internal: map[string]string{"profile": "1"},
			Builder: standard.Builder{Chain: "ayni-1", Address: "0x1111", Version: "v7"}, ID: "order-1",
			Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Finished: time.Date(2026, 1, 2, 3, 5, 5, 0, time.UTC),
		},
	}
}

// lineage is the files about the artefact, by suffix.
func lineage(tb testing.TB, key standard.Key) map[string][]byte {
	tb.Helper()
	texts, err := standard.Lineage(artefact(), key)
	must(tb, err)
	found := make(map[string][]byte)
	for _, t := range texts {
		found[t.Name[len("tuned.gguf"):]] = t.Data
	}
	return found
}
