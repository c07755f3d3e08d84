package machine

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"

	"ayni.example/artifact/model"
	"ayni.example/inference/engine/exact"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/tensor/starter"
	"ayni.example/x/provenance"
)

// Stored says how a model came to this disk.
type Stored struct {
	Made    lineage.Made // what is known of its weights; the content is filled in
	Foreign bool         // all of it came from elsewhere, settings too
}

// RecordStored writes down a model on this disk: its weights, its adapter, and what they are together with its settings. It gives the
// record under which answers of the model are known.
func RecordStored(ctx context.Context, book *lineage.Book, store *model.Store, e model.Entry, how Stored) (lineage.Record, error) {
	layer, _ := e.Manifest.Layer(model.TypeWeights)
	made := how.Made
	if made.Kind == "" {
		made.Kind = provenance.KindModel
	}
	if made.Name == "" {
		made.Name = e.Name.String()
	}
	if about, err := store.About(e.Manifest); err == nil && made.Licence == "" {
		made.Licence = about.License
	}
	weights, err := recordLayer(ctx, book, store, layer, made)
	if err != nil {
		return weights, err
	}
	shelf := &shelf{store: store, log: slog.New(slog.DiscardHandler)}
	file, set, closer, err := shelf.open(ctx, e.Manifest, false)
	if err != nil {
		return weights, nil //nolint:nilerr // the exact engine does not read it: its weights are all that is known
	}
	digest, err := set.Digest(hex.EncodeToString(file.Digest[:]))
	if err = errors.Join(err, closer.Close()); err != nil || digest == weights.Content {
		return weights, err
	}
	return recordComposed(ctx, book, store, e, composed{weights, set, digest, how.Foreign})
}

// composed are weights with an adapter or settings.
type composed struct {
	weights lineage.Record
	set     exact.Settings
	digest  string
	foreign bool
}

func recordComposed(ctx context.Context, book *lineage.Book, store *model.Store, e model.Entry, c composed) (lineage.Record, error) {
	made := lineage.Made{
		Kind: provenance.KindModel, Name: e.Name.String(), Content: c.digest, Files: c.weights.Files, Licence: c.weights.Licence, Foreign: c.foreign,
		Parents: []lineage.Parent{{Content: c.weights.Content, Relation: provenance.Uses}}, Job: lineage.Job{Kind: "create"},
	}
	if c.set.Adapter != nil {
		layer := e.Manifest.All(model.TypeAdapter)[0]
		adapter, err := recordLayer(ctx, book, store, layer, lineage.Made{
			Kind: provenance.KindAdapter, Name: e.Name.String() + " adapter", Foreign: true, Job: lineage.Job{Kind: "import"},
			Parents: []lineage.Parent{{Content: c.weights.Content, Relation: provenance.Adapter}},
		})
		if err != nil {
			return adapter, err
		}
		made.Kind, made.Files = provenance.KindMerged, append(append([]standard.File{}, made.Files...), adapter.Files...)
		made.Parents[0].Relation = provenance.Merge
		made.Parents = append(made.Parents, lineage.Parent{Content: adapter.Content, Relation: provenance.Merge})
	}
	return book.Record(ctx, made, nil)
}

// recordOffered has the lineage of offered models registered, with the offers where these are new. What came to this disk before lineage
// was written, or by a way that wrote none, is written down now: as something from elsewhere.
func (m *Machine) recordOffered(ctx context.Context, digests []string) {
	if m.lineages == nil {
		return
	}
	for _, digest := range digests {
		if _, err := m.lineages.book.Find(digest); err == nil {
			continue
		}
		if err := m.recordUnknown(ctx, digest); err != nil {
			m.config.Log.Info("lineage of an offered model is not written", "model", digest, "reason", err.Error())
		}
	}
	m.lineages.want(ctx, digests...)
}

func (m *Machine) recordUnknown(ctx context.Context, digest string) error {
	if digest == lineage.Bare(starter.Digest) {
		_, err := RecordStarter(ctx, m.lineages.book)
		return err
	}
	items, err := m.shelf.List(ctx)
	if err != nil {
		return err
	}
	for _, item := range items {
		if item.About.Digest != digest {
			continue
		}
		name, err := model.ParseName(item.About.Name)
		if err != nil {
			return err
		}
		e, err := m.shelf.store.Find(name)
		if err != nil {
			return err
		}
		_, err = RecordStored(ctx, m.lineages.book, m.shelf.store, e, Stored{Made: lineage.Made{Foreign: true, Job: lineage.Job{Kind: "import"}}, Foreign: true})
		return err
	}
	return nil // of another engine, which shows no weights
}

// recordLayer writes down one file of a model.
func recordLayer(ctx context.Context, book *lineage.Book, store *model.Store, layer model.Layer, made lineage.Made) (lineage.Record, error) {
	made.Content = layer.Digest.Hex()
	digest, err := standard.ParseDigest(made.Content)
	if err != nil {
		return lineage.Record{}, err
	}
	made.Files = []standard.File{{Name: layer.Digest.Hex()[:16] + ".gguf", Digest: digest, Size: layer.Size}}
	if have, err := book.Find(made.Content); err == nil && len(made.Parents) == 0 {
		return have, nil
	}
	file, err := store.Blobs().Open(layer.Digest)
	if err != nil {
		return lineage.Record{}, err
	}
	r, err := book.Record(ctx, made, &lineage.Weights{ReaderAt: file, Size: layer.Size})
	return r, errors.Join(err, file.Close())
}

// RecordStarter writes down the model in the program.
func RecordStarter(ctx context.Context, book *lineage.Book) (lineage.Record, error) {
	content := lineage.Bare(starter.Digest)
	if have, err := book.Find(content); err == nil {
		return have, nil
	}
	digest, err := standard.ParseDigest(content)
	if err != nil {
		return lineage.Record{}, err
	}
	raw := starter.GGUF()
	return book.Record(ctx, lineage.Made{
		Kind: provenance.KindModel, Name: starter.Name, Content: content, Foreign: true, Licence: "BSD-3-Clause", Job: lineage.Job{Kind: "import"},
		Files: []standard.File{{Name: "starter.gguf", Digest: digest, Size: int64(len(raw))}},
	}, &lineage.Weights{ReaderAt: bytes.NewReader(raw), Size: int64(len(raw))})
}

// RecordFile writes down a model file of this machine that no store has.
func RecordFile(ctx context.Context, book *lineage.Book, path string, made lineage.Made) (lineage.Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return lineage.Record{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return lineage.Record{}, errors.Join(err, file.Close())
	}
	digest, _, err := standard.Sum(ctx, file)
	if err == nil {
		made.Content = digest.String()
		made.Files = []standard.File{{Name: info.Name(), Digest: digest, Size: info.Size()}}
	}
	var r lineage.Record
	if err == nil {
		r, err = book.Record(ctx, made, &lineage.Weights{ReaderAt: file, Size: info.Size()})
	}
	return r, errors.Join(err, file.Close())
}
