package standard

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// Bounds of a bill.
const (
	MaxBill       = 4 << 20
	MaxComponents = 1024
	maxLinks      = 64 // of one component
)

const (
	billSchema    = "http://cyclonedx.org/schema/bom-1.6.schema.json"
	propertyKind  = "ayni:kind"
	propertyAsset = "ayni:asset"
	propertyLink  = "ayni:parent" // RELATION EVIDENCE REF
	propertySize  = "ayni:size"
	propertyCard  = "ayni:model:"
)

// Bill is a bill of materials: what an artefact is and everything that it was made from, each once.
type Bill struct {
	Subject    Component   `json:"subject"`
	Components []Component `json:"components,omitempty"`
	Made       time.Time   `json:"made,omitzero"`
	Version    string      `json:"version,omitempty"` // of this program
}

// Component is a model, a data set or another artefact.
type Component struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Asset       Digest            `json:"asset,omitzero"`   // id on the ledger
	Content     Digest            `json:"content,omitzero"` // the digest under which it is used
	Files       []File            `json:"files,omitempty"`
	Licence     string            `json:"licence,omitempty"`
	Description string            `json:"description,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Family      string            `json:"family,omitempty"` // of a model, such as llama
	Card        map[string]string `json:"card,omitempty"`   // further lines of a model's card
	Parents     []Link            `json:"parents,omitempty"`
}

// Link is to a component that another was made from. Evidence is claimed, observed or verified.
type Link struct {
	Ref      string `json:"ref"`
	Relation string `json:"relation"`
	Evidence string `json:"evidence"`
}

// Ref names a component within a bill: by its asset, its content, or at least its name.
func (c Component) Ref() string {
	switch {
	case !c.Asset.IsZero():
		return assetURI + c.Asset.String()
	case !c.Content.IsZero():
		return algorithm + ":" + c.Content.String()
	}
	return "name:" + c.Name
}

// data tells that a component is no model but data.
func (c Component) data() bool { return c.Kind == "dataset" || c.Kind == "pool" }

func (c Component) model() bool {
	return slices.Contains([]string{"model", "adapter", "quantisation", "merge"}, c.Kind)
}

// WriteBill gives the bill as CycloneDX 1.6 in JSON. Equal bills give equal bytes.
func WriteBill(b Bill) ([]byte, error) {
	byRef := map[string]Component{b.Subject.Ref(): b.Subject}
	for _, c := range b.Components {
		if _, twice := byRef[c.Ref()]; twice {
			return nil, fmt.Errorf("%w: the component %s stands twice", ErrMalformed, c.Ref())
		}
		byRef[c.Ref()] = c
	}
	for _, c := range byRef {
		if err := c.check(byRef); err != nil {
			return nil, err
		}
	}
	if len(byRef) > MaxComponents {
		return nil, fmt.Errorf("%w: %d components, at most %d", ErrMalformed, len(byRef), MaxComponents)
	}
	doc := &cdx.BOM{BOMFormat: cdx.BOMFormat, SpecVersion: cdx.SpecVersion1_6, JSONSchema: billSchema, Version: 1}
	doc.Metadata = &cdx.Metadata{
		Component: b.Subject.component(byRef),
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: "ayni", Version: b.Version}}},
	}
	if !b.Made.IsZero() {
		doc.Metadata.Timestamp = b.Made.UTC().Format(time.RFC3339)
	}
	var components []cdx.Component
	dependencies := []cdx.Dependency{b.Subject.dependency()}
	for _, c := range b.Components {
		components = append(components, *c.component(byRef))
		dependencies = append(dependencies, c.dependency())
	}
	if len(components) > 0 {
		doc.Components = &components
	}
	doc.Dependencies = &dependencies
	return number(doc)
}

// number writes a document with a serial number that its content gives.
func number(doc *cdx.BOM) ([]byte, error) {
	var raw []byte
	for range 2 {
		var b bytes.Buffer
		if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(doc); err != nil {
			return nil, fmt.Errorf("write bill: %w", err)
		}
		raw = b.Bytes()
		sum := sha256.Sum256(raw)
		sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8
		doc.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	}
	if len(raw) > MaxBill {
		return nil, fmt.Errorf("%w: a bill of %d bytes, at most %d", ErrMalformed, len(raw), MaxBill)
	}
	return raw, nil
}

func (c Component) check(known map[string]Component) error {
	if c.Name == "" || len(c.Name) > maxName || len(c.Parents) > maxLinks {
		return fmt.Errorf("%w: the component %.80q has no name, a long one, or more than %d parents", ErrMalformed, c.Name, maxLinks)
	}
	for _, l := range c.Parents {
		if _, ok := known[l.Ref]; !ok {
			return fmt.Errorf("%w: the parent %.80q of %s is not in the bill", ErrMalformed, l.Ref, c.Name)
		}
		if l.Relation == "" || l.Evidence == "" || strings.ContainsAny(l.Relation+l.Evidence, " \n") {
			return fmt.Errorf("%w: the parent %.80q of %s has no relation or evidence", ErrMalformed, l.Ref, c.Name)
		}
	}
	if len(c.Files) > 0 {
		for _, f := range c.Files {
			if f.Digest.IsZero() { // as of bills that others wrote
				return fmt.Errorf("%w: the file %q has no SHA-256", ErrMalformed, f.Name)
			}
		}
		return checkFiles(c.Files)
	}
	return nil
}

func (c Component) component(known map[string]Component) *cdx.Component {
	out := c.bare()
	out.BOMRef, out.Description = c.Ref(), c.Description
	if c.data() {
		out.Data = &[]cdx.ComponentData{{Type: cdx.ComponentDataTypeDataset, Name: c.Name}}
	}
	properties := []cdx.Property{{Name: propertyKind, Value: c.Kind}}
	if !c.Asset.IsZero() {
		properties = append(properties, cdx.Property{Name: propertyAsset, Value: c.Asset.String()})
	}
	for _, l := range c.Parents {
		properties = append(properties, cdx.Property{Name: propertyLink, Value: l.Relation + " " + l.Evidence + " " + l.Ref})
	}
	if c.model() {
		out.ModelCard, out.Pedigree = c.card(known), c.pedigree(known)
	}
	names := make([]string, 0, len(c.Card))
	for name := range c.Card {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		properties = append(properties, cdx.Property{Name: propertyCard + name, Value: c.Card[name]})
	}
	out.Properties = &properties
	if len(c.Files) > 0 {
		out.Components = c.files()
	}
	return out
}

// bare is what names a component.
func (c Component) bare() *cdx.Component {
	out := &cdx.Component{Type: cdx.ComponentTypeFile, Name: c.Name}
	switch {
	case c.model():
		out.Type = cdx.ComponentTypeMachineLearningModel
	case c.data():
		out.Type = cdx.ComponentTypeData
	case c.Kind == "app":
		out.Type = cdx.ComponentTypeApplication
	}
	if !c.Content.IsZero() {
		out.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: c.Content.String()}}
	}
	if c.Licence != "" {
		out.Licenses = &cdx.Licenses{licence(c.Licence)}
	}
	if c.URI != "" {
		out.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeDistribution, URL: c.URI}}
	}
	return out
}

func (c Component) files() *[]cdx.Component {
	files := make([]cdx.Component, 0, len(c.Files))
	for _, f := range c.Files {
		files = append(files, cdx.Component{
			Type: cdx.ComponentTypeFile, Name: f.Name, Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: f.Digest.String()}},
			Properties: &[]cdx.Property{{Name: propertySize, Value: strconv.FormatInt(f.Size, 10)}},
		})
	}
	return &files
}

// card names what a model was trained on.
func (c Component) card(known map[string]Component) *cdx.MLModelCard {
	p := &cdx.MLModelParameters{ArchitectureFamily: c.Family}
	var sets []cdx.MLDatasetChoice
	for _, l := range c.Parents {
		if known[l.Ref].data() {
			sets = append(sets, cdx.MLDatasetChoice{Ref: l.Ref})
		}
	}
	if len(sets) > 0 {
		p.Datasets = &sets
	}
	return &cdx.MLModelCard{ModelParameters: p}
}

// pedigree names the models that a model was made from, for tools that know nothing of our links.
func (c Component) pedigree(known map[string]Component) *cdx.Pedigree {
	var ancestors []cdx.Component
	for _, l := range c.Parents {
		if parent := known[l.Ref]; !parent.data() {
			a := parent.bare()
			a.Properties = &[]cdx.Property{{Name: propertyLink, Value: l.Relation + " " + l.Evidence + " " + l.Ref}}
			ancestors = append(ancestors, *a)
		}
	}
	if len(ancestors) == 0 {
		return nil
	}
	return &cdx.Pedigree{Ancestors: &ancestors}
}

func (c Component) dependency() cdx.Dependency {
	d := cdx.Dependency{Ref: c.Ref()}
	if len(c.Parents) > 0 {
		refs := make([]string, 0, len(c.Parents))
		for _, l := range c.Parents {
			refs = append(refs, l.Ref)
		}
		slices.Sort(refs)
		refs = slices.Compact(refs)
		d.Dependencies = &refs
	}
	return d
}
