package standard

import (
	"fmt"
	"slices"
)

const predicateModel = "https://model_signing/signature/v1.0"

// Model is what OpenSSF Model Signing signs: the files of a model or a data set.
type Model struct {
	Name    string   `json:"name"`
	Files   []File   `json:"files"` // without sizes: the standard has none
	Ignored []string `json:"ignored,omitempty"`
}

type modelPredicate struct {
	Resources     []modelResource    `json:"resources"`
	Serialization modelSerialization `json:"serialization"`
}

type modelResource struct {
	Name      string `json:"name"`
	Algorithm string `json:"algorithm"`
	Digest    string `json:"digest"`
}

type modelSerialization struct {
	Method   string   `json:"method"`
	HashType string   `json:"hash_type"`
	Symlinks bool     `json:"allow_symlinks"`
	Ignored  []string `json:"ignore_paths,omitempty"`
}

// SignModel signs the files of a model. A model that is one file has one File named Whole; Ignored names what lies in the folder
// and is no part of the model.
func SignModel(m Model, key Key) ([]byte, error) {
	files := slices.Clone(m.Files)
	sortFiles(files)
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	p := modelPredicate{Serialization: modelSerialization{Method: "files", HashType: algorithm, Ignored: m.Ignored}}
	for _, f := range files {
		p.Resources = append(p.Resources, modelResource{Name: f.Name, Algorithm: algorithm, Digest: f.Digest.String()})
	}
	predicate, err := encode(p)
	if err != nil {
		return nil, err
	}
	return seal(statement{
		Type: typeStatement, Subject: []resource{newResource(m.Name, rootOf(files))}, PredicateType: predicateModel, Predicate: predicate,
	}, key)
}

// VerifyModel checks signature and form. The files themselves are the caller's: Sum or Folder, then Check.
func VerifyModel(raw []byte, key PublicKey) (Model, error) {
	s, err := open(raw, key)
	if err != nil {
		return Model{}, err
	}
	return s.model()
}

// model reads the statement as Model Signing's.
func (s statement) model() (Model, error) {
	var p modelPredicate
	if err := s.predicate(predicateModel, &p); err != nil {
		return Model{}, err
	}
	if p.Serialization.Method != "files" || p.Serialization.HashType != algorithm {
		return Model{}, fmt.Errorf("%w: files serialized as %.40q with %.40q", ErrKind, p.Serialization.Method, p.Serialization.HashType)
	}
	m := Model{Name: s.Subject[0].Name, Ignored: p.Serialization.Ignored}
	for _, r := range p.Resources {
		d, err := ParseDigest(r.Digest)
		if err != nil {
			return Model{}, err
		}
		if r.Algorithm != algorithm {
			return Model{}, fmt.Errorf("%w: digest of %.80q by %.40q", ErrKind, r.Name, r.Algorithm)
		}
		m.Files = append(m.Files, File{Name: r.Name, Digest: d})
	}
	if err := checkFiles(m.Files); err != nil {
		return Model{}, err
	}
	root, err := s.Subject[0].sha256()
	switch {
	case err != nil:
		return Model{}, err
	case len(s.Subject) != 1 || root != rootOf(m.Files):
		return Model{}, fmt.Errorf("%w: %s", ErrRoot, root)
	}
	return m, nil
}

// Root is the digest that stands for the whole model.
func (m Model) Root() Digest { return rootOf(m.Files) }

// Skips tells that a path is no part of the model, or is below one that is not.
func (m Model) Skips(name string) bool { return slices.Contains(m.Ignored, name) }

// Check compares the files that are there with those that were signed.
func (m Model) Check(found []File) error {
	signed := make(map[string]Digest, len(m.Files))
	for _, f := range m.Files {
		signed[f.Name] = f.Digest
	}
	for _, f := range found {
		d, ok := signed[f.Name]
		if !ok {
			return fmt.Errorf("%w: %s is not among the signed files", ErrFile, f.Name)
		}
		if d != f.Digest {
			return fmt.Errorf("%w: %s has the SHA-256 %s, %s was signed", ErrFile, f.Name, f.Digest, d)
		}
		delete(signed, f.Name)
	}
	for _, f := range m.Files {
		if _, missing := signed[f.Name]; missing {
			return fmt.Errorf("%w: %s is missing", ErrFile, f.Name)
		}
	}
	return nil
}
