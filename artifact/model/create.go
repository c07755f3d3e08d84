package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"ayni.example/artifact"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
)

// Draft is a model that is put together: layers that were there before, and what is new.
type Draft struct {
	store  *Store
	layers []Layer
}

// Draft begins an empty model.
func (s *Store) Draft() *Draft { return &Draft{store: s} }

// From begins with the layers of a model that is here.
func (d *Draft) From(m Manifest) { d.layers = append(d.layers, m.Layers...) }

// Weights takes a GGUF file of this machine.
func (d *Draft) Weights(ctx context.Context, file string) error {
	return d.gguf(ctx, TypeWeights, file)
}

// Adapter takes a GGUF file that holds a LoRA adapter, in place of the one before.
func (d *Draft) Adapter(ctx context.Context, file string) error {
	d.Drop(TypeAdapter)
	return d.gguf(ctx, TypeAdapter, file)
}

func (d *Draft) gguf(ctx context.Context, mediaType, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	if stat, err := file.Stat(); err != nil || !stat.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("%s is no regular file", path))
	} else if err := check(mediaType, file, stat.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	info, err := d.store.blobs.Put(ctx, file, "")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	d.Add(mediaType, info)
	return nil
}

// Write takes weights that write themselves, such as a converted model.
func (d *Draft) Write(ctx context.Context, source io.WriterTo) error {
	info, err := d.store.blobs.PutFrom(ctx, source)
	if err == nil {
		d.Add(TypeWeights, info)
	}
	return err
}

// Text sets a layer of text; an empty text takes it away.
func (d *Draft) Text(ctx context.Context, mediaType, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("%d bytes of text, at most %d are allowed", len(text), maxText)
	}
	d.Drop(mediaType)
	if text == "" {
		return nil
	}
	info, err := d.store.blobs.PutBytes(ctx, []byte(text))
	if err == nil {
		d.Add(mediaType, info)
	}
	return err
}

// Params sets the defaults of requests.
func (d *Draft) Params(ctx context.Context, p Params) error {
	if p.Empty() {
		d.Drop(TypeParams)
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	return d.Text(ctx, TypeParams, string(raw))
}

// Add takes a blob that is in the store. New weights replace the ones before.
func (d *Draft) Add(mediaType string, info artifact.Info) {
	if mediaType == TypeWeights {
		d.Drop(mediaType)
	}
	d.layers = append(d.layers, Layer{MediaType: mediaType, Digest: info.Digest, Size: info.Size})
}

// Drop takes all layers of a type away.
func (d *Draft) Drop(mediaType string) {
	var rest []Layer
	for _, l := range d.layers {
		if l.MediaType != mediaType {
			rest = append(rest, l)
		}
	}
	d.layers = rest
}

// Save names the model. Equal layers give an equal manifest on every machine.
func (d *Draft) Save(ctx context.Context, name Name) (Entry, error) {
	m := Manifest{SchemaVersion: 2, MediaType: TypeManifest, Layers: d.layers}
	if _, ok := m.Layer(TypeWeights); !ok {
		return Entry{}, errors.New("the model has no weights")
	}
	about, err := d.store.About(m)
	if err != nil {
		return Entry{}, err
	}
	config, err := d.store.blobs.PutBytes(ctx, configOf(about, d.layers))
	if err != nil {
		return Entry{}, err
	}
	m.Config = Layer{MediaType: TypeConfig, Digest: config.Digest, Size: config.Size}
	raw, err := json.Marshal(m)
	if err != nil {
		return Entry{}, fmt.Errorf("manifest: %w", err)
	}
	return d.store.Save(name, raw)
}

// configOf is what Ollama's clients show of a model they pull.
func configOf(about About, layers []Layer) []byte {
	type root struct {
		Type    string            `json:"type"`
		DiffIDs []artifact.Digest `json:"diff_ids"`
	}
	config := struct {
		Format       string   `json:"model_format"`
		Family       string   `json:"model_family"`
		Families     []string `json:"model_families"`
		Size         string   `json:"model_type"`
		Quantisation string   `json:"file_type"`
		Architecture string   `json:"architecture"`
		OS           string   `json:"os"`
		Root         root     `json:"rootfs"`
	}{
		"gguf", about.Architecture, []string{about.Architecture}, count(about.Parameters), about.Quantisation, "amd64", "linux", root{Type: "layers"},
	}
	for _, l := range layers {
		config.Root.DiffIDs = append(config.Root.DiffIDs, l.Digest)
	}
	raw, _ := json.Marshal(config) // strings only
	return raw
}

// count writes a number of parameters as models' names do: 2.9M, 1.2B.
func count(n uint64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1fB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.1fK", float64(n)/1e3)
	}
}

func check(mediaType string, file io.ReaderAt, size int64) error {
	if mediaType != TypeAdapter {
		return CheckGGUF(file, size)
	}
	parsed, err := gguf.ReadKnown(file, size, [32]byte{})
	if err == nil {
		_, err = llama.LoadAdapter(parsed)
	}
	return err
}

// CheckGGUF refuses a file that no engine could open, before it is kept.
func CheckGGUF(file io.ReaderAt, size int64) error {
	_, err := gguf.ReadKnown(file, size, [32]byte{})
	if _, exotic := errors.AsType[*gguf.UnsupportedTypeError](err); exotic {
		return nil // another engine may run it
	}
	return err
}
