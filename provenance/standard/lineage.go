package standard

import (
	"crypto/sha256"
	"fmt"
)

// What lies beside an artefact: its whole name, and one of these.
const (
	SuffixAsset = ".asset.json"    // the ledger's manifest
	SuffixModel = ".sigstore.json" // Model Signing
	SuffixJob   = ".slsa.json"     // how it was made
	SuffixBill  = ".cdx.json"      // bill of materials
)

// Suffixes lists them.
func Suffixes() []string { return []string{SuffixAsset, SuffixModel, SuffixJob, SuffixBill} }

// Artefact is all that is said of a result, once.
type Artefact struct {
	Name      string      // of the file or folder that holds it
	Manifest  []byte      // the ledger's manifest, as registered; nil: there is none
	Subject   Component   // Files of a single file: one, whose name is Name; of a folder, as they are called inside
	Ancestors []Component // at least the parents of Subject
	Job       Job         // Outputs, Byproducts and the Inputs that are parents are filled in
}

// Text is a file about an artefact.
type Text struct {
	Name string
	Data []byte
}

// Lineage writes all that lies beside an artefact. The job's statement names the digests of the other files, so that its signature
// covers them.
func Lineage(a Artefact, key Key) ([]Text, error) {
	if len(a.Subject.Files) == 0 {
		return nil, fmt.Errorf("%w: %s has no files", ErrMalformed, a.Name)
	}
	bill, err := WriteBill(Bill{Subject: a.Subject, Components: a.Ancestors, Made: a.Job.Finished, Version: a.Job.Builder.Version})
	if err != nil {
		return nil, err
	}
	signed, err := SignModel(Model{Name: a.Name, Files: a.whole()}, key)
	if err != nil {
		return nil, err
	}
	texts := []Text{{a.Name + SuffixModel, signed}, {a.Name + SuffixBill, bill}}
	if len(a.Manifest) > 0 {
		texts = append([]Text{{a.Name + SuffixAsset, a.Manifest}}, texts...)
	}
	job := a.Job
	job.Outputs, job.Byproducts = a.Subject.Files, nil
	job.Inputs = append(a.inputs(), job.Inputs...)
	for _, t := range texts {
		job.Byproducts = append(job.Byproducts, File{Name: t.Name, Digest: sha256.Sum256(t.Data)})
	}
	statement, err := SignJob(job, key)
	if err != nil {
		return nil, err
	}
	return append(texts, Text{a.Name + SuffixJob, statement}), nil
}

// single tells that the artefact is one file and not a folder.
func (a Artefact) single() bool {
	return len(a.Subject.Files) == 1 && a.Subject.Files[0].Name == a.Name
}

// whole names the files as Model Signing does.
func (a Artefact) whole() []File {
	if a.single() {
		f := a.Subject.Files[0]
		f.Name = Whole
		return []File{f}
	}
	return a.Subject.Files
}

// inputs are the parents.
func (a Artefact) inputs() []Input {
	var list []Input
	for _, l := range a.Subject.Parents {
		for _, c := range a.Ancestors {
			if c.Ref() != l.Ref {
				continue
			}
			in := Input{Name: c.Name, Digest: c.Content, Asset: c.Asset, Relation: l.Relation, URI: c.URI}
			if in.Digest.IsZero() && in.Asset.IsZero() && in.URI == "" {
				in.URI = "name:" + c.Name // a claimed parent that nobody has
			}
			list = append(list, in)
		}
	}
	return list
}
