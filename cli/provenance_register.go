package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ayni.example/cli/machine"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
	"ayni.example/x/provenance"
)

// registerWait bounds the wait until the ledger has what was imported.
const registerWait = time.Minute

// register enters an imported artefact with the claimed parents that the ledger knows, in one transaction of the running process. It came
// from elsewhere, so nobody owns it here.
func (a *app) register(ctx context.Context, path string, claims standard.Claims, parents []imported) (operator.Asset, error) {
	file, err := artefactIn(path)
	if err != nil {
		return operator.Asset{}, err
	}
	remote, err := a.remote()
	if err != nil {
		return operator.Asset{}, err
	}
	book, err := a.book()
	if err != nil {
		return operator.Asset{}, err
	}
	made := lineage.Made{
		Kind: provenance.KindModel, Name: filepath.Base(file), Licence: claims.Licence, Foreign: true, Job: lineage.Job{Kind: "import"},
	}
	if claims.Name != "" {
		made.Name = claims.Name
	}
	if k := provenance.Kind(claims.Kind); k.Known() && k != provenance.KindPool {
		made.Kind = k
	}
	for _, p := range parents {
		if p.State != "asset" {
			continue
		}
		above, err := remote.Asset(ctx, p.Asset.String())
		if err != nil {
			return operator.Asset{}, advise(err)
		}
		known := lineage.Made{Kind: provenance.Kind(above.Kind), Name: above.Name, Content: above.Content, Foreign: above.Owner == ""}
		if _, err := book.Record(ctx, known, nil); err != nil {
			return operator.Asset{}, err
		}
		made.Parents = append(made.Parents, lineage.Parent{Content: above.Content, Relation: relationClaimed(p.Relation)})
	}
	r, err := machine.RecordFile(ctx, book, file, made)
	if err != nil {
		return operator.Asset{}, err
	}
	if err := book.Want(r.Content); err != nil {
		return operator.Asset{}, err
	}
	return awaitAsset(ctx, remote, r.Content)
}

// relationClaimed is a relation that the ledger knows; one that no file says, or that is not known, means use.
func relationClaimed(word string) provenance.Relation {
	if r := provenance.Relation(word); r.Known() {
		return r
	}
	return provenance.Uses
}

// artefactIn is the file that is imported: of a folder, the one file of weights that it has.
func artefactIn(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return path, hint(err, "name a file or folder of this machine")
	}
	var found []string
	for _, pattern := range []string{"*.gguf", "*.safetensors"} {
		list, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return "", err
		}
		found = append(found, list...)
	}
	if slices.Sort(found); len(found) != 1 {
		return "", hint(usage(fmt.Errorf("%s has %d files of weights", path, len(found))), "an asset is of one content: name the file that is to be registered")
	}
	return found[0], nil
}

// awaitAsset waits until the running process has registered a content.
func awaitAsset(ctx context.Context, remote *operator.Client, content string) (operator.Asset, error) {
	ctx, cancel := context.WithTimeout(ctx, registerWait)
	defer cancel()
	for {
		asset, err := remote.Asset(ctx, content)
		if err == nil {
			return asset, nil
		}
		if missing := (*operator.RemoteError)(nil); !errors.As(err, &missing) && ctx.Err() == nil {
			return asset, advise(err)
		}
		select {
		case <-ctx.Done():
			return asset, hint(fmt.Errorf("%s is not on the ledger yet", content), "the process keeps trying; its log tells what is in the way, such as a parent whose owner allows no derivatives")
		case <-time.After(500 * time.Millisecond):
		}
	}
}
