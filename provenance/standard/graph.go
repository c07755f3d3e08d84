package standard

import (
	"encoding/json"
	"fmt"
	"strings"
)

// WriteGraph gives a bill as a graph of W3C PROV, in its JSON form: entities, and what was derived from what.
func WriteGraph(b Bill) ([]byte, error) {
	type attributes map[string]any
	doc := struct {
		Prefix  map[string]string     `json:"prefix"`
		Entity  map[string]attributes `json:"entity"`
		Derived map[string]attributes `json:"wasDerivedFrom,omitempty"`
	}{
		Prefix: map[string]string{"ayni": "https://ayni.example/ns#"},
		Entity: make(map[string]attributes), Derived: make(map[string]attributes),
	}
	n := 0
	for _, c := range append([]Component{b.Subject}, b.Components...) {
		entity := attributes{"prov:label": c.Name, "prov:type": "ayni:" + c.Kind}
		if !c.Content.IsZero() {
			entity["ayni:sha256"] = c.Content.String()
		}
		if c.Licence != "" {
			entity["ayni:licence"] = c.Licence
		}
		doc.Entity[provName(c.Ref())] = entity
		for _, l := range c.Parents {
			n++
			doc.Derived[fmt.Sprintf("_:d%d", n)] = attributes{
				"prov:generatedEntity": provName(c.Ref()), "prov:usedEntity": provName(l.Ref),
				"ayni:relation": l.Relation, "ayni:evidence": l.Evidence,
			}
		}
	}
	return json.MarshalIndent(doc, "", "  ")
}

// provName is a reference as a name of our prefix.
func provName(ref string) string { return "ayni:" + strings.TrimPrefix(ref, "ayni:") }
