package standard

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	predicateJob = "https://slsa.dev/provenance/v1"
	buildPrefix  = "https://ayni.example/build/" // the types of builds that this program makes; the version ends it
	buildSuffix  = "/v1"
	relationKey  = "relation"
	builderURI   = "ayni://"
	assetURI     = "ayni:asset:"
	// maxParameters bounds a recipe.
	maxParameters = 256 << 10
)

// Job is how something was made: SLSA provenance, version 1.
type Job struct {
	Kind       string            `json:"kind"`                 // train, quantise, convert, pull, ...
	Parameters json.RawMessage   `json:"parameters,omitempty"` // what was asked for, such as the recipe: a JSON object
	Internal   map[string]string `json:"internal,omitempty"`   // what the program chose itself
	Inputs     []Input           `json:"inputs,omitempty"`
	Outputs    []File            `json:"outputs"`
	Byproducts []File            `json:"byproducts,omitempty"` // files about the output, such as the bill
	Builder    Builder           `json:"builder"`
	ID         string            `json:"id,omitempty"` // of the run: an order's, a receipt's
	Started    time.Time         `json:"started,omitzero"`
	Finished   time.Time         `json:"finished,omitzero"`
}

// Input is what something was made from.
type Input struct {
	Name     string `json:"name"`
	Digest   Digest `json:"sha256,omitzero"` // of the content
	Asset    Digest `json:"asset,omitzero"`  // id on the ledger
	Relation string `json:"relation,omitempty"`
	URI      string `json:"uri,omitempty"` // where it came from
}

// Builder is who ran a job: an account on a ledger, or the holder of a key where there was no ledger.
type Builder struct {
	Chain   string `json:"chain,omitempty"`
	Address string `json:"address"`
	Version string `json:"version,omitempty"` // of this program
}

// LocalBuilder names the holder of a key that no ledger knows.
func LocalBuilder(key PublicKey, version string) Builder {
	return Builder{Address: key.Hint(), Version: version}
}

func (b Builder) id() string {
	if b.Chain == "" {
		return builderURI + "local/" + b.Address
	}
	return builderURI + b.Chain + "/" + b.Address
}

type jobPredicate struct {
	Definition jobDefinition `json:"buildDefinition"`
	Run        jobRun        `json:"runDetails"`
}

type jobDefinition struct {
	BuildType    string            `json:"buildType"`
	External     json.RawMessage   `json:"externalParameters"`
	Internal     map[string]string `json:"internalParameters,omitempty"`
	Dependencies []resource        `json:"resolvedDependencies,omitempty"`
}

type jobRun struct {
	Builder    jobBuilder  `json:"builder"`
	Metadata   jobMetadata `json:"metadata"`
	Byproducts []resource  `json:"byproducts,omitempty"`
}

type jobBuilder struct {
	ID      string            `json:"id"`
	Version map[string]string `json:"version,omitempty"`
}

type jobMetadata struct {
	ID       string    `json:"invocationId,omitempty"`
	Started  time.Time `json:"startedOn,omitzero"`
	Finished time.Time `json:"finishedOn,omitzero"`
}

// SignJob signs how something was made.
func SignJob(j Job, key Key) ([]byte, error) {
	s, err := j.statement()
	if err != nil {
		return nil, err
	}
	return seal(s, key)
}

func (j Job) statement() (statement, error) {
	if err := j.check(); err != nil {
		return statement{}, err
	}
	parameters := j.Parameters
	if len(parameters) == 0 {
		parameters = json.RawMessage("{}")
	}
	p := jobPredicate{
		Definition: jobDefinition{BuildType: buildPrefix + j.Kind + buildSuffix, External: parameters, Internal: j.Internal},
		Run: jobRun{
			Builder:  jobBuilder{ID: j.Builder.id()},
			Metadata: jobMetadata{ID: j.ID, Started: j.Started.UTC().Truncate(time.Second), Finished: j.Finished.UTC().Truncate(time.Second)},
		},
	}
	if j.Builder.Version != "" {
		p.Run.Builder.Version = map[string]string{"ayni": j.Builder.Version}
	}
	for _, in := range j.Inputs {
		p.Definition.Dependencies = append(p.Definition.Dependencies, in.resource())
	}
	for _, f := range j.Byproducts {
		p.Run.Byproducts = append(p.Run.Byproducts, newResource(f.Name, f.Digest))
	}
	predicate, err := encode(p)
	if err != nil {
		return statement{}, err
	}
	s := statement{Type: typeStatement, PredicateType: predicateJob, Predicate: predicate}
	for _, f := range j.Outputs {
		s.Subject = append(s.Subject, newResource(f.Name, f.Digest))
	}
	return s, nil
}

func (in Input) resource() resource {
	r := resource{Name: in.Name, URI: in.URI}
	if !in.Digest.IsZero() {
		r.Digest = map[string]string{algorithm: in.Digest.String()}
	}
	if !in.Asset.IsZero() {
		r.Annotations = map[string]any{"asset": in.Asset.String()}
	}
	if in.Relation != "" {
		if r.Annotations == nil {
			r.Annotations = make(map[string]any, 1)
		}
		r.Annotations[relationKey] = in.Relation
	}
	return r
}

// check holds what SLSA asks of a statement, and our bounds.
func (j Job) check() error {
	var object map[string]json.RawMessage
	switch {
	case j.Kind == "" || strings.ContainsAny(j.Kind, "/ ") || len(j.Kind) > maxName:
		return fmt.Errorf("%w: %.80q is no kind of job", ErrMalformed, j.Kind)
	case j.Builder.Address == "":
		return fmt.Errorf("%w: a job without a builder", ErrMalformed)
	case len(j.Parameters) > maxParameters:
		return fmt.Errorf("%w: parameters of %d bytes, at most %d", ErrMalformed, len(j.Parameters), maxParameters)
	case len(j.Parameters) > 0 && json.Unmarshal(j.Parameters, &object) != nil:
		return fmt.Errorf("%w: parameters are no JSON object", ErrMalformed)
	case len(j.Inputs) > MaxFiles || len(j.Byproducts) > MaxFiles:
		return fmt.Errorf("%w: over %d inputs or byproducts", ErrMalformed, MaxFiles)
	}
	for _, in := range j.Inputs {
		if in.Name == "" || in.Digest.IsZero() && in.Asset.IsZero() && in.URI == "" {
			return fmt.Errorf("%w: the input %.80q has no digest and no address", ErrMalformed, in.Name)
		}
	}
	return checkFiles(j.Outputs)
}

// VerifyJob checks signature and form of a statement that this program made.
func VerifyJob(raw []byte, key PublicKey) (Job, error) {
	s, err := open(raw, key)
	if err != nil {
		return Job{}, err
	}
	return s.job()
}

// job reads the statement as SLSA's. A builder of another program keeps its whole name as the address.
func (s statement) job() (Job, error) {
	var p jobPredicate
	if err := s.predicate(predicateJob, &p); err != nil {
		return Job{}, err
	}
	kind, ours := strings.CutPrefix(p.Definition.BuildType, buildPrefix)
	kind, versioned := strings.CutSuffix(kind, buildSuffix)
	if !ours || !versioned {
		return Job{}, fmt.Errorf("%w: build of type %.80q", ErrKind, p.Definition.BuildType)
	}
	j := Job{
		Kind: kind, Parameters: p.Definition.External, Internal: p.Definition.Internal, ID: p.Run.Metadata.ID,
		Started: p.Run.Metadata.Started, Finished: p.Run.Metadata.Finished,
		Builder: parseBuilder(p.Run.Builder),
	}
	if slices.Equal(j.Parameters, []byte("{}")) {
		j.Parameters = nil
	}
	var err error
	if j.Outputs, err = filesOf(s.Subject); err != nil {
		return Job{}, err
	}
	if j.Byproducts, err = filesOf(p.Run.Byproducts); err != nil {
		return Job{}, err
	}
	for _, r := range p.Definition.Dependencies {
		in, err := r.input()
		if err != nil {
			return Job{}, err
		}
		j.Inputs = append(j.Inputs, in)
	}
	return j, j.check()
}

func parseBuilder(b jobBuilder) Builder {
	whole := Builder{Address: b.ID, Version: b.Version["ayni"]}
	rest, ours := strings.CutPrefix(b.ID, builderURI)
	chain, address, found := strings.Cut(rest, "/")
	switch {
	case !ours || !found || address == "":
		return whole
	case chain == "local":
		chain = ""
	}
	whole.Chain, whole.Address = chain, address
	return whole
}

func filesOf(list []resource) ([]File, error) {
	var files []File
	for _, r := range list {
		d, err := r.sha256()
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: r.Name, Digest: d})
	}
	return files, nil
}

func (r resource) input() (Input, error) {
	in := Input{Name: r.Name, URI: r.URI}
	var err error
	if _, ok := r.Digest[algorithm]; ok {
		if in.Digest, err = r.sha256(); err != nil {
			return in, err
		}
	}
	if text, ok := r.Annotations["asset"].(string); ok {
		if in.Asset, err = ParseDigest(text); err != nil {
			return in, err
		}
	}
	in.Relation, _ = r.Annotations[relationKey].(string)
	return in, nil
}

// CheckFile compares a file with what the job's statement says of it, as output or byproduct.
func (j Job) CheckFile(name string, d Digest) error {
	for _, f := range slices.Concat(j.Outputs, j.Byproducts) {
		if f.Name != name {
			continue
		}
		if f.Digest != d {
			return fmt.Errorf("%w: %s has the SHA-256 %s, %s was signed", ErrFile, name, d, f.Digest)
		}
		return nil
	}
	return fmt.Errorf("%w: %s is not in the statement", ErrFile, name)
}
