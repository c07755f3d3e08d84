package model

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ayni.example/artifact"
)

// Media types of manifests and layers.
const (
	TypeManifest  = "application/vnd.docker.distribution.manifest.v2+json"
	TypeConfig    = "application/vnd.docker.container.image.v1+json"
	TypeWeights   = "application/vnd.ollama.image.model"
	TypeAdapter   = "application/vnd.ollama.image.adapter"
	TypeProjector = "application/vnd.ollama.image.projector"
	TypeTemplate  = "application/vnd.ollama.image.template" // Go's text/template
	TypeSystem    = "application/vnd.ollama.image.system"
	TypeParams    = "application/vnd.ollama.image.params"
	TypeLicense   = "application/vnd.ollama.image.license"
	TypeMessages  = "application/vnd.ollama.image.messages"
	TypeJinja     = "application/vnd.ayni.image.template.jinja" // beats the template of the weights' file
)

// Bounds of a manifest.
const (
	MaxManifest = 4 << 20
	maxLayers   = 4096
)

// Layer is one blob and what it is for.
type Layer struct {
	MediaType string          `json:"mediaType"`
	Digest    artifact.Digest `json:"digest"`
	Size      int64           `json:"size"`
}

// Manifest lists what a model is made of.
type Manifest struct {
	SchemaVersion int     `json:"schemaVersion"`
	MediaType     string  `json:"mediaType"`
	Config        Layer   `json:"config"`
	Layers        []Layer `json:"layers"`
}

// ParseManifest checks a manifest that came from elsewhere.
func ParseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if len(raw) > MaxManifest {
		return m, fmt.Errorf("manifest of %d bytes, at most %d are allowed", len(raw), MaxManifest)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("manifest: %w", err)
	}
	if m.SchemaVersion != 2 || len(m.Layers) == 0 || len(m.Layers) > maxLayers {
		return m, fmt.Errorf("manifest of schema %d with %d layers: want schema 2 and 1 to %d layers (is this a list of images?)",
			m.SchemaVersion, len(m.Layers), maxLayers)
	}
	sizes := make(map[artifact.Digest]int64)
	for i := range m.blobs() {
		l := m.blob(i)
		d, err := artifact.ParseDigest(string(l.Digest))
		if err != nil {
			return m, fmt.Errorf("manifest: layer %d: %w", i, err)
		}
		l.Digest = d
		if known, twice := sizes[d]; l.Size < 0 || twice && known != l.Size {
			return m, fmt.Errorf("manifest: layer %d: size %d", i, l.Size)
		}
		sizes[d] = l.Size
	}
	if _, ok := m.Layer(TypeWeights); !ok {
		return m, fmt.Errorf("manifest: no layer of type %s: this is not a GGUF model", TypeWeights)
	}
	return m, nil
}

// Layer is the first layer of a type.
func (m Manifest) Layer(mediaType string) (Layer, bool) {
	for _, l := range m.Layers {
		if l.MediaType == mediaType {
			return l, true
		}
	}
	return Layer{}, false
}

// All are the layers of a type, in their order.
func (m Manifest) All(mediaType string) []Layer {
	var out []Layer
	for _, l := range m.Layers {
		if l.MediaType == mediaType {
			out = append(out, l)
		}
	}
	return out
}

// Blobs are all blobs that the model needs, each once.
func (m Manifest) Blobs() []Layer {
	var out []Layer
	seen := make(map[artifact.Digest]bool)
	for i := range m.blobs() {
		if l := *m.blob(i); l.Digest != "" && !seen[l.Digest] {
			seen[l.Digest] = true
			out = append(out, l)
		}
	}
	return out
}

// Size is the sum of all blobs.
func (m Manifest) Size() (n int64) {
	for _, l := range m.Blobs() {
		n += l.Size
	}
	return n
}

// blobs counts the layers and, where there is one, the configuration behind them.
func (m *Manifest) blobs() int {
	if m.Config.Digest == "" {
		return len(m.Layers)
	}
	return len(m.Layers) + 1
}

func (m *Manifest) blob(i int) *Layer {
	if i == len(m.Layers) {
		return &m.Config
	}
	return &m.Layers[i]
}
