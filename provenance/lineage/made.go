package lineage

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"ayni.example/provenance/standard"
	"ayni.example/x/provenance"
)

// Made is an artefact, what it was made from, and how.
type Made struct {
	Kind    provenance.Kind `json:"kind"`
	Name    string          `json:"name"`
	Content string          `json:"content"` // hex: the digest under which it is used
	Files   []standard.File `json:"files,omitempty"`
	Parents []Parent        `json:"parents,omitempty"`
	Licence string          `json:"licence,omitempty"`
	Foreign bool            `json:"foreign,omitempty"` // it came from elsewhere: nobody owns it here
	Job     Job             `json:"job,omitzero"`
	Order   string          `json:"order,omitempty"` // hex: the leased training whose result it is
	// Terms are what its owner asks of those who use it; nil: nothing but what its parents ask.
	Terms  *provenance.Terms `json:"terms,omitempty"`
	Beside []string          `json:"beside,omitempty"` // paths of the artefact, where its lineage is written too
}

// Parent is what something was made from, by its content.
type Parent struct {
	Content  string              `json:"content"` // hex
	Relation provenance.Relation `json:"relation"`
}

// Job is how something was made.
type Job struct {
	Kind       string          `json:"kind"`                 // train, quantise, pull, ...
	Parameters json.RawMessage `json:"parameters,omitempty"` // a JSON object
	Source     string          `json:"source,omitempty"`     // where it came from
	Started    time.Time       `json:"started,omitzero"`
	Finished   time.Time       `json:"finished,omitzero"`
}

// Weights are the bytes of a model file, to be described once.
type Weights struct {
	io.ReaderAt
	Size int64
}

// Record is what the book keeps of an artefact.
type Record struct {
	Made
	Tensors []string `json:"tensors,omitempty"` // hex
	Sketch  []byte   `json:"sketch,omitempty"`
	Asset   string   `json:"asset"`            // hex: id of the manifest as it was last written
	Ledger  bool     `json:"ledger,omitempty"` // a ledger has it under that id
	Signed  bool     `json:"signed,omitempty"`
	// Salt and Digest are of private data, and stay here.
	Salt   string `json:"salt,omitempty"`
	Digest string `json:"digest,omitempty"`
}

// digestHex is the length of a digest in hex.
const digestHex = 64

// Bare takes the prefix off a digest.
func Bare(digest string) string { return strings.TrimPrefix(digest, "sha256:") }

func (m Made) check() error {
	for _, digest := range append([]string{m.Content}, parentsOf(m)...) {
		if raw, err := hex.DecodeString(digest); err != nil || len(digest) != digestHex || hex.EncodeToString(raw) != digest {
			return fmt.Errorf("lineage of %s: %q is no digest", m.Name, digest)
		}
	}
	return nil
}

func parentsOf(m Made) []string {
	list := make([]string, len(m.Parents))
	for i, p := range m.Parents {
		list[i] = p.Content
	}
	return list
}

// manifest is the record as the ledger has it; id gives a parent's.
func (r Record) manifest(id func(content string) (string, error)) (provenance.Manifest, error) {
	m := provenance.Manifest{Kind: r.Kind, Name: clip(r.Name), Content: r.Content, Tensors: r.Tensors, Sketch: r.Sketch}
	if r.Salt == "" {
		for _, f := range r.Files {
			m.Files = append(m.Files, provenance.File{Name: f.Name, SHA256: f.Digest.String(), Size: uint64(f.Size)})
		}
	}
	seen := make(map[string]bool)
	for _, p := range r.Parents {
		asset, err := id(p.Content)
		if err != nil {
			return m, err
		}
		if !seen[asset] && len(m.Parents) < provenance.ParentsMax {
			seen[asset] = true
			m.Parents = append(m.Parents, provenance.Parent{Asset: asset, Relation: p.Relation})
		}
	}
	return m, nil
}

// nameMax bounds a name on the ledger.
const nameMax = 128

// clip is a name that the ledger takes.
func clip(name string) string {
	name = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name), "")
	for len(name) > nameMax {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	if name == "" {
		return "unnamed"
	}
	return name
}
