package standard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// ErrUnknown is a file that says nothing in a form that is known here.
var ErrUnknown = errors.New("nothing here says where it comes from")

// Import reads what a file, or a folder (".") and the files in it, say of their origin. Signatures are not looked at: these are claims.
func Import(folder fs.FS, name string) (Claims, error) {
	stat, err := fs.Stat(folder, name)
	if err != nil {
		return Claims{}, err
	}
	if !stat.IsDir() {
		return importFile(folder, name)
	}
	entries, err := fs.ReadDir(folder, name)
	if err != nil {
		return Claims{}, err
	}
	// What is signed comes first, then what people write, then what tools left in the weights.
	order := []string{SuffixJob, SuffixBill, ".sigstore.json", "model.sig", ".json", "README.md", ".gguf", ".safetensors"}
	rank := func(e fs.DirEntry) int {
		return slices.IndexFunc(order, func(suffix string) bool { return strings.HasSuffix(e.Name(), suffix) })
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !e.Type().IsRegular() || rank(e) < 0 })
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int { return rank(a) - rank(b) })
	if len(entries) > MaxFiles {
		return Claims{}, fmt.Errorf("%w: the folder has more than %d files", ErrMalformed, MaxFiles)
	}
	var all Claims
	for _, e := range entries {
		c, err := importFile(folder, path.Join(name, e.Name()))
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return Claims{}, err
		}
		all.merge(c)
	}
	if len(all.Sources) == 0 {
		return Claims{}, fmt.Errorf("%w: no card, bill, bundle or weights in the folder", ErrUnknown)
	}
	return all, nil
}

func importFile(folder fs.FS, name string) (Claims, error) {
	f, err := folder.Open(name)
	if err != nil {
		return Claims{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	stat, err := f.Stat()
	if err != nil {
		return Claims{}, err
	}
	c, err := read(f, path.Base(name), stat.Size())
	if err != nil {
		return Claims{}, fmt.Errorf("%s: %w", name, err)
	}
	c.Sources = []string{path.Base(name)}
	for i := range c.Parents {
		c.Parents[i].Source = path.Base(name)
	}
	return c, nil
}

// read tells the form by the name, and of JSON by the content.
func read(f fs.File, name string, size int64) (Claims, error) {
	at, random := f.(io.ReaderAt)
	switch {
	case strings.HasSuffix(name, ".gguf") && random:
		return ReadGGUF(at, size)
	case strings.HasSuffix(name, ".safetensors") && random:
		return ReadSafetensors(at, size)
	case strings.HasSuffix(name, ".md"), strings.HasSuffix(name, ".json"), name == "model.sig":
	default:
		return Claims{}, ErrUnknown
	}
	raw, err := io.ReadAll(io.LimitReader(f, MaxBundle+1))
	switch {
	case err != nil:
		return Claims{}, err
	case len(raw) > MaxBundle:
		return Claims{}, fmt.Errorf("%w: it has more than %d bytes", ErrUnknown, MaxBundle)
	case strings.HasSuffix(name, ".md"):
		return ReadCard(raw)
	}
	return readJSON(raw, name)
}

func readJSON(raw []byte, name string) (Claims, error) {
	var probe struct {
		MediaType     string `json:"mediaType"`
		BOMFormat     string `json:"bomFormat"`
		PredicateType string `json:"predicateType"`
		Base          string `json:"base_model_name_or_path"`
	}
	if err := bound(raw, MaxBundle); err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrUnknown, err) // such as a tokenizer
	}
	if err := json.Unmarshal(raw, &probe); err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	switch {
	case probe.MediaType == mediaBundle:
		s, err := peek(raw)
		if err != nil {
			return Claims{}, err
		}
		return s.claims()
	case probe.PredicateType != "":
		s, err := decodeStatement(mediaPayload, raw)
		if err != nil {
			return Claims{}, err
		}
		return s.claims()
	case probe.BOMFormat != "":
		bill, err := ReadBill(raw)
		return bill.Claims(), err
	case name == "adapter_config.json" && probe.Base != "":
		c := Claims{Kind: "adapter"}
		c.add(Claim{Name: probe.Base, Relation: RelationAdapter, URI: hubURI(probe.Base, "")})
		return c, nil
	}
	return Claims{}, ErrUnknown
}

// claims is what an in-toto statement says of origin, of whatever program it is.
func (s statement) claims() (Claims, error) {
	switch s.PredicateType {
	case predicateModel:
		m, err := s.model()
		return Claims{Name: line(m.Name), Files: m.Files}, err
	case predicateJob:
		var theirs struct { // other programs have other parameters: only what all have is read
			Definition struct {
				Dependencies []resource `json:"resolvedDependencies"`
			} `json:"buildDefinition"`
		}
		if err := s.predicate(predicateJob, &theirs); err != nil {
			return Claims{}, err
		}
		return s.jobClaims(theirs.Definition.Dependencies)
	}
	return Claims{}, fmt.Errorf("%w: statement about %.80q", ErrUnknown, s.PredicateType)
}

func (s statement) jobClaims(dependencies []resource) (Claims, error) {
	var c Claims
	var err error
	if c.Files, err = filesOf(s.Subject); err != nil {
		return Claims{}, err
	}
	if len(c.Files) == 1 {
		c.Name = line(c.Files[0].Name)
	}
	for _, r := range dependencies {
		in, err := r.input()
		if err != nil {
			return Claims{}, err
		}
		if in.Name == "" {
			in.Name = in.URI
		}
		c.add(Claim{Name: in.Name, Relation: in.Relation, Digest: in.Digest, Asset: in.Asset, URI: line(in.URI)})
	}
	return c, nil
}

// Claims is what a bill says of its subject's origin. What it says of evidence is a claim as well.
func (b Bill) Claims() Claims {
	c := Claims{Name: line(b.Subject.Name), Kind: b.Subject.Kind, Licence: line(b.Subject.Licence), Files: b.Subject.Files}
	byRef := make(map[string]Component, len(b.Components))
	for _, other := range b.Components {
		byRef[other.Ref()] = other
	}
	for _, l := range b.Subject.Parents {
		if parent, ok := byRef[l.Ref]; ok {
			c.add(Claim{Name: parent.Name, Relation: l.Relation, Digest: parent.Content, Asset: parent.Asset, URI: line(parent.URI)})
		}
	}
	return c
}
