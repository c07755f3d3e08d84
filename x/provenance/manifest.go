package provenance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"ayni.example/internal/canon"
	"ayni.example/provenance/descent/sketch"
	"ayni.example/x/internal/bound"
)

// Format names the form of a manifest.
const Format = "ayni-asset/1"

// Bounds of a manifest.
const (
	ManifestMax = 32 << 10 // bytes
	ParentsMax  = 16
	FilesMax    = 256
	TensorsMax  = 64
	nameMax     = 128
	fileMax     = 256
	sizeMax     = 1 << 53 // what JSON carries exactly
)

// limits of a manifest's encoding.
var limits = canon.Limits{Bytes: ManifestMax, Depth: 4} //nolint:gochecknoglobals // a constant

// Manifest says what an asset is. The order of the fields is that of the file.
type Manifest struct {
	Format  string   `json:"format"`
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`
	Content string   `json:"content"` // hex
	Files   []File   `json:"files,omitempty"`
	Parents []Parent `json:"parents,omitempty"`
	Tensors []string `json:"tensors,omitempty"` // hex, sorted
	Sketch  []byte   `json:"sketch,omitempty"`
}

// File is one of those that an asset consists of, by name.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   uint64 `json:"size"`
}

// Parent is what an asset was made from.
type Parent struct {
	Asset    string   `json:"asset"` // hex
	Relation Relation `json:"relation"`
}

// Encode is the manifest as it is hashed, stored and sent. It sorts what has an order of its own.
func (m Manifest) Encode() ([]byte, error) {
	m.Format = Format
	m.Files, m.Parents, m.Tensors = slices.Clone(m.Files), slices.Clone(m.Parents), slices.Clone(m.Tensors)
	slices.SortFunc(m.Files, func(a, b File) int { return compare(a.Name, b.Name) })
	slices.SortFunc(m.Parents, func(a, b Parent) int { return compare(a.Asset, b.Asset) })
	slices.Sort(m.Tensors)
	if err := m.Validate(); err != nil {
		return nil, err
	}
	data, err := canon.Marshal(m)
	if err != nil {
		return nil, ErrManifest.Wrap(err.Error())
	}
	if len(data) > ManifestMax {
		return nil, ErrManifest.Wrapf("%d bytes, at most %d", len(data), ManifestMax)
	}
	return data, nil
}

// ID is the SHA-256 of the encoded manifest.
func (m Manifest) ID() (ID, error) {
	data, err := m.Encode()
	return ManifestID(data), err
}

// ManifestID is the id of the asset that an encoded manifest describes.
func ManifestID(data []byte) ID { return sha256.Sum256(data) }

// DecodeManifest reads a valid manifest in its one encoding, and nothing else.
func DecodeManifest(data []byte) (Manifest, error) {
	var m Manifest
	if err := canon.Unmarshal(data, &m, limits); err != nil {
		return Manifest{}, ErrManifest.Wrap(err.Error())
	}
	if err := m.Validate(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// ContentBytes is the digest under which the asset is used.
func (m Manifest) ContentBytes() []byte { return unhex(m.Content) }

// Bytes is the parent's id.
func (p Parent) Bytes() []byte { return unhex(p.Asset) }

// TensorBytes are the digests of the largest tensors.
func (m Manifest) TensorBytes() [][]byte {
	list := make([][]byte, len(m.Tensors))
	for i, t := range m.Tensors {
		list[i] = unhex(t)
	}
	return list
}

// Has tells whether content or a file of the asset has the digest.
func (m Manifest) Has(digest []byte) bool {
	text := hex.EncodeToString(digest)
	return m.Content == text || slices.ContainsFunc(m.Files, func(f File) bool { return f.SHA256 == text })
}

// Validate names the first field that is out of form.
func (m Manifest) Validate() error {
	switch {
	case m.Format != Format:
		return ErrManifest.Wrapf("format %q, want %q", m.Format, Format)
	case !m.Kind.Known():
		return ErrManifest.Wrapf("kind %q is unknown", m.Kind)
	case m.Name == "":
		return ErrManifest.Wrap("name is empty")
	case m.Kind == KindPool && len(m.Files) > 0:
		return ErrManifest.Wrap("a pool has no files")
	case len(m.Files) > FilesMax:
		return ErrManifest.Wrapf("%d files, more than %d", len(m.Files), FilesMax)
	case len(m.Parents) > ParentsMax:
		return ErrManifest.Wrapf("%d parents, more than %d", len(m.Parents), ParentsMax)
	case len(m.Tensors) > TensorsMax:
		return ErrManifest.Wrapf("%d tensors, more than %d", len(m.Tensors), TensorsMax)
	}
	if err := bound.Text("name", m.Name, nameMax); err != nil {
		return ErrManifest.Wrap(err.Error())
	}
	if err := hexed("content", m.Content, digestSize); err != nil {
		return err
	}
	if err := m.validateLists(); err != nil {
		return err
	}
	if _, err := sketch.Decode(m.Sketch); err != nil {
		return ErrManifest.Wrap(err.Error())
	}
	return nil
}

// validateLists checks that each list is sorted and has nothing twice.
func (m Manifest) validateLists() error {
	for i, f := range m.Files {
		if err := bound.Text("name of a file", f.Name, fileMax); err != nil {
			return ErrManifest.Wrap(err.Error())
		}
		if err := hexed("digest of a file", f.SHA256, digestSize); err != nil {
			return err
		}
		if f.Name == "" || f.Size > sizeMax || i > 0 && m.Files[i-1].Name >= f.Name {
			return ErrManifest.Wrapf("file %q has no name, is too large, or is not behind the one before it", f.Name)
		}
	}
	for i, p := range m.Parents {
		if err := hexed("parent", p.Asset, IDSize); err != nil {
			return err
		}
		if !p.Relation.Known() {
			return ErrManifest.Wrapf("relation %q is unknown", p.Relation)
		}
		if i > 0 && m.Parents[i-1].Asset >= p.Asset {
			return ErrManifest.Wrapf("parent %s is not behind the one before it", p.Asset)
		}
	}
	for i, t := range m.Tensors {
		if err := hexed("tensor", t, TensorSize); err != nil {
			return err
		}
		if i > 0 && m.Tensors[i-1] >= t {
			return ErrManifest.Wrapf("tensor %s is not behind the one before it", t)
		}
	}
	return nil
}

// hexed tells whether s is so many bytes in lower-case hex.
func hexed(field, s string, size int) error {
	if len(s) != 2*size {
		return ErrManifest.Wrapf("%s has %d characters, not %d", field, len(s), 2*size)
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ErrManifest.Wrapf("%s is not in lower-case hex", field)
		}
	}
	return nil
}

// unhex is for what was validated; of anything else it is empty.
func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func compare(a, b string) int { return bytes.Compare([]byte(a), []byte(b)) }
