package lineage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ayni.example/internal/home"
	"ayni.example/provenance/standard"
	"ayni.example/x/provenance"
)

// ancestorsMax bounds the bill of materials.
const ancestorsMax = 64

// write makes the manifest of a record from its parents' records, and all files about it.
func (b *Book) write(r *Record) error {
	m, err := r.manifest(func(content string) (string, error) {
		p, err := b.Find(content)
		return p.Asset, err
	})
	if err != nil {
		return fmt.Errorf("lineage of %s: %w", r.Name, err)
	}
	return b.writeAs(r, m)
}

// writeAs is write with a manifest that a ledger has, or is about to get.
func (b *Book) writeAs(r *Record, m provenance.Manifest) error {
	manifest, err := m.Encode()
	if err != nil {
		return fmt.Errorf("lineage of %s: %w", r.Name, err)
	}
	r.Asset = provenance.ManifestID(manifest).String()
	dir := filepath.Join(b.cfg.Dir, r.Content)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("lineage: %w", err)
	}
	key, keyErr := b.cfg.Key()
	r.Signed = keyErr == nil && len(r.Files) > 0
	if err := b.place(*r, manifest, key, filepath.Join(dir, fileName(r.Name))); err != nil {
		return err
	}
	for _, artefact := range r.Beside {
		if _, err := os.Stat(artefact); err != nil {
			continue // it was moved or removed since
		}
		if err := b.place(*r, manifest, key, artefact); err != nil {
			b.cfg.Logger.Warn("lineage is not written beside the artefact", "artefact", artefact, "error", err.Error())
		}
	}
	return b.save(*r)
}

// save writes the record alone.
func (b *Book) save(r Record) error {
	raw, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("lineage of %s: %w", r.Name, err)
	}
	return home.WriteFile(filepath.Join(b.cfg.Dir, r.Content, recordFile), append(raw, '\n'))
}

// fileName is a model's name as that of a file.
func fileName(name string) string {
	return strings.NewReplacer("/", "-", ":", "-", string(filepath.Separator), "-").Replace(clip(name))
}

// place writes the files about an artefact beside its path.
func (b *Book) place(r Record, manifest []byte, key standard.Key, path string) error {
	name := filepath.Base(path)
	texts := []standard.Text{{Name: name + standard.SuffixAsset, Data: manifest}}
	if r.Signed {
		a, err := b.artefact(r, manifest, name)
		if err != nil {
			return err
		}
		if texts, err = standard.Lineage(a, key); err != nil {
			return fmt.Errorf("lineage of %s: %w", r.Name, err)
		}
	}
	for _, t := range texts {
		if err := home.WriteFile(filepath.Join(filepath.Dir(path), t.Name), t.Data); err != nil {
			return err
		}
	}
	return nil
}

// artefact is all that the standards say of a record.
func (b *Book) artefact(r Record, manifest []byte, name string) (standard.Artefact, error) {
	a := standard.Artefact{Name: name, Manifest: manifest, Job: standard.Job{
		Kind: r.Job.Kind, Parameters: r.Job.Parameters, Builder: b.cfg.Builder(), ID: r.Order, Started: r.Job.Started, Finished: r.Job.Finished,
	}}
	if r.Job.Kind == "" {
		a.Job.Kind = "import"
	}
	if r.Job.Source != "" {
		a.Job.Inputs = []standard.Input{{Name: r.Name, URI: r.Job.Source}}
	}
	seen := map[string]bool{r.Content: true}
	var err error
	if a.Subject, err = b.component(r, seen, &a.Ancestors); err != nil {
		return a, err
	}
	if len(a.Subject.Files) == 1 {
		a.Subject.Files[0].Name = name // as it is called here
	}
	return a, nil
}

// component is a record as the standards have it; its ancestors are added to all, each once.
func (b *Book) component(r Record, seen map[string]bool, all *[]standard.Component) (standard.Component, error) {
	c := standard.Component{Name: clip(r.Name), Kind: string(r.Kind), Licence: r.Licence}
	if r.Salt == "" {
		c.Files = append([]standard.File{}, r.Files...)
	}
	var err error
	if c.Asset, err = standard.ParseDigest(r.Asset); err != nil {
		return c, err
	}
	if c.Content, err = standard.ParseDigest(r.Content); err != nil {
		return c, err
	}
	for _, p := range r.Parents {
		parent, err := b.Find(p.Content)
		if err != nil {
			return c, err
		}
		if !seen[p.Content] {
			if len(seen) > ancestorsMax {
				continue
			}
			seen[p.Content] = true
			above, err := b.component(parent, seen, all)
			if err != nil {
				return c, err
			}
			*all = append(*all, above)
		}
		id, err := standard.ParseDigest(parent.Asset)
		if err != nil {
			return c, err
		}
		link := standard.Link{Ref: standard.Component{Asset: id}.Ref(), Relation: string(p.Relation), Evidence: provenance.EvidenceClaimed.Word()}
		c.Parents = append(c.Parents, link)
	}
	return c, nil
}
