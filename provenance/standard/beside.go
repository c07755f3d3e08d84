package standard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// What is exported beside an artefact as well.
const (
	SuffixProof = ".proof.json" // of the ledger's state
	SuffixKey   = ".pub.pem"    // for stock tools; that it lies there proves nothing
)

// Beside reads the files about an artefact that lie beside it, by suffix. Those that are absent are left out.
func Beside(folder fs.FS, name string) (map[string][]byte, error) {
	found := make(map[string][]byte)
	for _, suffix := range append(Suffixes(), SuffixProof) {
		raw, err := readSome(folder, name+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[suffix] = raw
	}
	return found, nil
}

func readSome(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(f, MaxBundle+1))
	if err == nil && len(raw) > MaxBundle {
		err = fmt.Errorf("%w: %s has more than %d bytes", ErrMalformed, name, MaxBundle)
	}
	return raw, err
}

// Artefacts names those of a folder beside which a signature or a statement lies.
func Artefacts(folder fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), SuffixModel)
		if !ok {
			name, ok = strings.CutSuffix(e.Name(), SuffixJob)
		}
		if ok && name != "" && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// Contents sums an artefact as Model Signing names its parts: a file as Whole, a folder by what is in it.
func Contents(ctx context.Context, folder fs.FS, name string, skip func(string) bool) ([]File, error) {
	stat, err := fs.Stat(folder, name)
	if err != nil {
		return nil, err
	}
	if stat.IsDir() {
		below, err := fs.Sub(folder, name)
		if err != nil {
			return nil, err
		}
		return Folder(ctx, below, skip)
	}
	f, err := sumFile(ctx, folder, name)
	f.Name = Whole
	return []File{f}, err
}

// CheckContents compares an artefact's parts, as Contents gives them, with the outputs of a job.
func (j Job) CheckContents(name string, found []File) error {
	if len(found) == 1 && found[0].Name == Whole {
		return j.CheckFile(path.Base(name), found[0].Digest)
	}
	for _, f := range found {
		if err := j.CheckFile(f.Name, f.Digest); err != nil {
			return err
		}
	}
	return nil
}
