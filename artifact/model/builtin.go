package model

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ayni.example/artifact"
)

// Builtin is a model that is in memory, with the manifest that it would have on a disk.
type Builtin struct {
	Name     Name
	Manifest []byte
	Blobs    map[artifact.Digest][]byte
}

// NewBuiltin describes the bytes of a GGUF file as a model.
func NewBuiltin(name Name, weights []byte) (Builtin, error) {
	b := Builtin{Name: name, Blobs: make(map[artifact.Digest][]byte)}
	layer := func(mediaType string, body []byte) Layer {
		d := artifact.DigestOf(body)
		b.Blobs[d] = body
		return Layer{MediaType: mediaType, Digest: d, Size: int64(len(body))}
	}
	layers := []Layer{layer(TypeWeights, weights)}
	about, err := describe(bytes.NewReader(weights), int64(len(weights)), layers[0].Digest)
	if err != nil {
		return b, err
	}
	b.Manifest, err = json.Marshal(Manifest{
		SchemaVersion: 2, MediaType: TypeManifest, Config: layer(TypeConfig, configOf(about, layers)), Layers: layers,
	})
	if err != nil {
		return b, fmt.Errorf("manifest: %w", err)
	}
	return b, nil
}
