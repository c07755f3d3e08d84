package standard_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/provenance/standard"
)

func bill() standard.Bill {
	a := artefact()
	return standard.Bill{Subject: a.Subject, Components: a.Ancestors, Made: a.Job.Finished, Version: "v7"}
}

func TestBill(t *testing.T) {
	raw, err := standard.WriteBill(bill())
	must(t, err)
	again, err := standard.WriteBill(bill())
	must(t, err)
	if string(raw) != string(again) {
		t.Error("two bills of the same differ")
	}
	back, err := standard.ReadBill(raw)
	must(t, err)
	if diff := cmp.Diff(bill(), back); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{`"specVersion": "1.6"`, `"id": "CC-BY-4.0"`, `"name": "my own words"`, `"ref": "ayni:asset:` + digest("asset of letters").String()} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestBillRefused(t *testing.T) {
	for name, change := range map[string]func(*standard.Bill){
		"twice":          func(b *standard.Bill) { b.Components = append(b.Components, base()) },
		"unknown parent": func(b *standard.Bill) { b.Components = b.Components[:1] },
		"no name":        func(b *standard.Bill) { b.Subject.Name = "" },
		"no evidence":    func(b *standard.Bill) { b.Subject.Parents = []standard.Link{{Ref: base().Ref(), Relation: "merge"}} },
		"relation of two": func(b *standard.Bill) {
			b.Subject.Parents = []standard.Link{{Ref: base().Ref(), Relation: "a b", Evidence: "claimed"}}
		},
		"file of no place": func(b *standard.Bill) { b.Subject.Files = []standard.File{file("../x")} },
	} {
		b := bill()
		change(&b)
		if _, err := standard.WriteBill(b); standard.Reason(err) != "malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, raw := range map[string]string{
		"kind:other format":       `{"bomFormat":"SPDX"}`,
		"malformed:no subject":    `{"bomFormat":"CycloneDX","specVersion":"1.6"}`,
		"malformed:bad hash":      `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"file","name":"x","hashes":[{"alg":"SHA-256","content":"zz"}]}}}`,
		"malformed:bad asset":     `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"file","name":"x","properties":[{"name":"ayni:asset","value":"1"}]}}}`,
		"malformed:bad time":      `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"timestamp":"today","component":{"type":"file","name":"x"}}}`,
		"malformed:objects":       `{"bomFormat":"CycloneDX","components":[` + strings.Repeat(`{},`, 40000) + `{}]}`,
		"malformed:too deep":      strings.Repeat(`{"components":[`, 100),
		"malformed:much too long": strings.Repeat(" ", standard.MaxBill+1),
	} {
		reason, _, _ := strings.Cut(name, ":")
		if _, err := standard.ReadBill([]byte(raw)); standard.Reason(err) != reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBillOfOthers reads a bill in the form that others write: parents in pedigree and model card, without our properties.
func TestBillOfOthers(t *testing.T) {
	other := `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"type":"machine-learning-model","name":"sentiment","licenses":[{"license":{"id":"MIT"}}],
	"pedigree":{"ancestors":[{"type":"machine-learning-model","name":"bert","hashes":[{"alg":"SHA-256","content":"` + strings.ToUpper(digest("bert").String()) + `"}]}]},
	"modelCard":{"modelParameters":{"datasets":[{"type":"dataset","name":"reviews","contents":{"url":"https://example.org/reviews"}},{"ref":"set-2"}]}}}},
	"components":[{"type":"data","bom-ref":"set-2","name":"labels"},{"type":"library","name":"torch"}]}`
	b, err := standard.ReadBill([]byte(other))
	must(t, err)
	want := standard.Claims{Name: "sentiment", Kind: "model", Licence: "MIT", Parents: []standard.Claim{
		{Name: "bert", Relation: "finetune", Digest: digest("bert")},
		{Name: "reviews", Relation: "train-data", URI: "https://example.org/reviews"},
		{Name: "labels", Relation: "train-data"},
	}}
	if diff := cmp.Diff(want, b.Claims()); diff != "" {
		t.Error(diff)
	}
}

func TestGraphAndCard(t *testing.T) {
	raw, err := standard.WriteGraph(bill())
	must(t, err)
	var graph struct {
		Entity  map[string]map[string]any    `json:"entity"`
		Derived map[string]map[string]string `json:"wasDerivedFrom"`
	}
	must(t, json.Unmarshal(raw, &graph))
	if len(graph.Entity) != 3 || len(graph.Derived) != 2 {
		t.Errorf("%s", raw)
	}
	for _, d := range graph.Derived {
		if graph.Entity[d["prov:generatedEntity"]] == nil || graph.Entity[d["prov:usedEntity"]] == nil || d["ayni:evidence"] == "" {
			t.Error("an edge leads nowhere:", d)
		}
	}
	card := standard.WriteCard(bill())
	claims, err := standard.ReadCard(card)
	must(t, err)
	want := standard.Claims{Licence: "CC-BY-4.0", Parents: []standard.Claim{
		{Name: "ayni/starter", Relation: "finetune", URI: "https://huggingface.co/ayni/starter"}, {Name: "letters", Relation: "train-data"},
	}}
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("%s\n%s", diff, card)
	}
}
