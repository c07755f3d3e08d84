package standard

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// ReadBill reads a bill that this program or another one wrote, in CycloneDX 1.2 to 1.7. A link of another program has the relation that the
// place in the document gives, and is claimed.
func ReadBill(raw []byte) (Bill, error) {
	var doc cdx.BOM
	if err := bound(raw, MaxBill); err != nil {
		return Bill{}, err
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Bill{}, fmt.Errorf("%w: bill: %w", ErrMalformed, err)
	}
	switch {
	case doc.BOMFormat != cdx.BOMFormat:
		return Bill{}, fmt.Errorf("%w: format %.40q, not %s", ErrKind, doc.BOMFormat, cdx.BOMFormat)
	case doc.Metadata == nil || doc.Metadata.Component == nil:
		return Bill{}, fmt.Errorf("%w: the bill does not say what it is of", ErrMalformed)
	}
	var r billReader
	bill := Bill{Subject: r.read(*doc.Metadata.Component)}
	if doc.Metadata.Timestamp != "" {
		made, err := time.Parse(time.RFC3339, doc.Metadata.Timestamp)
		if err != nil {
			return Bill{}, fmt.Errorf("%w: time stamp: %w", ErrMalformed, err)
		}
		bill.Made = made.UTC()
	}
	if t := doc.Metadata.Tools; t != nil && t.Components != nil && len(*t.Components) == 1 && (*t.Components)[0].Name == "ayni" {
		bill.Version = (*t.Components)[0].Version
	}
	if doc.Components != nil {
		for _, c := range *doc.Components {
			bill.Components = append(bill.Components, r.read(c))
		}
	}
	bill.link(doc)
	return bill, r.err
}

// billReader keeps the first mistake.
type billReader struct {
	err   error
	count int
}

func (r *billReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
}

func (r *billReader) read(c cdx.Component) Component {
	if r.count++; r.count > MaxComponents {
		r.fail("more than %d components", MaxComponents)
		return Component{}
	}
	out := Component{Name: c.Name, Description: c.Description, Licence: licenceOf(c.Licenses), Content: r.hash(c), Kind: kindOf(c)}
	if out.Name == "" || len(out.Name) > maxName {
		r.fail("the component %.80q has no name, or a long one", c.Name)
	}
	if c.ExternalReferences != nil {
		for _, ref := range *c.ExternalReferences {
			if ref.Type == cdx.ERTypeDistribution && out.URI == "" {
				out.URI = ref.URL
			}
		}
	}
	if c.ModelCard != nil && c.ModelCard.ModelParameters != nil {
		out.Family = c.ModelCard.ModelParameters.ArchitectureFamily
	}
	r.properties(c, &out)
	if c.Components != nil {
		for _, f := range *c.Components {
			if f.Type == cdx.ComponentTypeFile {
				out.Files = append(out.Files, File{Name: f.Name, Digest: r.hash(f), Size: sizeOf(f)})
			}
		}
	}
	if len(out.Files) > 0 && r.err == nil {
		r.err = checkFiles(out.Files)
	}
	return out
}

func (r *billReader) properties(c cdx.Component, out *Component) {
	if c.Properties == nil {
		return
	}
	for _, p := range *c.Properties {
		name, isCard := strings.CutPrefix(p.Name, propertyCard)
		switch {
		case isCard:
			if out.Card == nil {
				out.Card = make(map[string]string)
			}
			out.Card[name] = p.Value
		case p.Name == propertyKind:
			out.Kind = p.Value
		case p.Name == propertyAsset:
			d, err := ParseDigest(p.Value)
			if err != nil {
				r.fail("asset of %.80q: %w", c.Name, err)
			}
			out.Asset = d
		case p.Name == propertyLink:
			words := strings.SplitN(p.Value, " ", 3)
			if len(words) != 3 || len(out.Parents) == maxLinks {
				r.fail("parent %.80q of %.80q", p.Value, c.Name)
				return
			}
			out.Parents = append(out.Parents, Link{Relation: words[0], Evidence: words[1], Ref: words[2]})
		}
	}
}

// hash is the SHA-256 of a component, if it has one.
func (r *billReader) hash(c cdx.Component) Digest {
	if c.Hashes == nil {
		return Digest{}
	}
	for _, h := range *c.Hashes {
		if h.Algorithm != cdx.HashAlgoSHA256 {
			continue
		}
		d, err := ParseDigest(strings.ToLower(h.Value))
		if err != nil {
			r.fail("hash of %.80q: %w", c.Name, err)
		}
		return d
	}
	return Digest{}
}

func kindOf(c cdx.Component) string {
	switch c.Type {
	case cdx.ComponentTypeMachineLearningModel:
		return "model"
	case cdx.ComponentTypeData:
		return "dataset"
	case cdx.ComponentTypeApplication:
		return "app"
	default:
		return string(c.Type)
	}
}

func sizeOf(c cdx.Component) int64 {
	if c.Properties != nil {
		for _, p := range *c.Properties {
			if n, err := strconv.ParseInt(p.Value, 10, 64); err == nil && n >= 0 && p.Name == propertySize {
				return n
			}
		}
	}
	return 0
}

// link gives a subject of another program the parents that pedigree and model card name.
func (b *Bill) link(doc cdx.BOM) {
	subject := *doc.Metadata.Component
	if len(b.Subject.Parents) > 0 {
		return
	}
	var r billReader
	add := func(c Component, relation string) {
		if r.err != nil || len(b.Subject.Parents) == maxLinks || len(b.Components) == MaxComponents {
			return
		}
		known := false
		for _, other := range b.Components {
			known = known || other.Ref() == c.Ref()
		}
		if !known {
			b.Components = append(b.Components, c)
		}
		b.Subject.Parents = append(b.Subject.Parents, Link{Ref: c.Ref(), Relation: relation, Evidence: Claimed})
	}
	if subject.Pedigree != nil && subject.Pedigree.Ancestors != nil {
		for _, a := range *subject.Pedigree.Ancestors {
			add(r.read(a), RelationFinetune)
		}
	}
	if subject.ModelCard == nil || subject.ModelCard.ModelParameters == nil || subject.ModelCard.ModelParameters.Datasets == nil {
		return
	}
	byRef := make(map[string]cdx.Component)
	if doc.Components != nil {
		for _, c := range *doc.Components {
			byRef[c.BOMRef] = c
		}
	}
	for _, set := range *subject.ModelCard.ModelParameters.Datasets {
		switch {
		case set.ComponentData != nil && set.ComponentData.Name != "":
			c := Component{Name: set.ComponentData.Name, Kind: "dataset"}
			if set.ComponentData.Contents != nil {
				c.URI = set.ComponentData.Contents.URL
			}
			add(c, RelationData)
		case set.Ref != "" && byRef[set.Ref].Name != "":
			add(r.read(byRef[set.Ref]), RelationData)
		}
	}
}
