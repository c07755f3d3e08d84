package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"ayni.example/artifact"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
)

// About is what the weights' file says of itself.
type About struct {
	Title        string            `json:"title"`
	Architecture string            `json:"architecture"`
	Quantisation string            `json:"quantisation"` // the type of most parameters
	Parameters   uint64            `json:"parameters"`
	Tensors      int               `json:"tensors"`
	Types        map[string]uint64 `json:"types"` // parameters of each type
	Context      uint32            `json:"context"`
	Embedding    uint32            `json:"embedding"`
	License      string            `json:"license"`
	Template     string            `json:"template"` // Jinja
	// Problem says why the exact engine does not run the file, "" when it does.
	Problem string `json:"problem,omitempty"`
}

// About reads the weights' file. What it says is remembered, as a blob does not change.
func (s *Store) About(m Manifest) (About, error) {
	layer, _ := m.Layer(TypeWeights)
	s.mu.Lock()
	about, known := s.known[layer.Digest]
	s.mu.Unlock()
	if known {
		return about, nil
	}
	file, err := s.blobs.Open(layer.Digest)
	if err != nil {
		return About{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	if about, err = describe(file, layer.Size, layer.Digest); err != nil {
		return About{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[layer.Digest] = about
	return about, nil
}

// maxKnown bounds the memory of descriptions.
const maxKnown = 256

func describe(file io.ReaderAt, size int64, digest artifact.Digest) (About, error) {
	parsed, err := gguf.ReadKnown(file, size, digest.Sum())
	if _, exotic := errors.AsType[*gguf.UnsupportedTypeError](err); exotic {
		metadata, readErr := gguf.ReadMetadata(file, size)
		if readErr != nil {
			return About{}, fmt.Errorf("describe %s: %w", digest, readErr)
		}
		about := fromMetadata(metadata)
		about.Problem = err.Error()
		return about, nil
	}
	if err != nil {
		return About{}, fmt.Errorf("describe %s: %w", digest, err)
	}
	about := fromMetadata(parsed.Metadata)
	about.Tensors = len(parsed.Tensors)
	about.Types = make(map[string]uint64)
	for _, t := range parsed.Tensors {
		about.Types[t.Type.String()] += t.Elements()
		about.Parameters += t.Elements()
	}
	about.Quantisation = most(about.Types)
	about.Problem = problem(parsed)
	return about, nil
}

// problem asks the engine itself, which does not look at the weights for that.
func problem(file *gguf.File) string {
	if _, err := llama.Inspect(file); err != nil {
		return strings.TrimPrefix(err.Error(), "inspect model: ")
	}
	return ""
}

// fromMetadata takes what is there; a file may lack any of it.
func fromMetadata(m gguf.Metadata) About {
	text := func(key string) string {
		v, err := m.StringOr(key, "")
		if err != nil {
			return ""
		}
		return v
	}
	number := func(key string) uint32 {
		v, err := m.UintOr(key, 0)
		if err != nil || v > 1<<31 {
			return 0
		}
		return uint32(v)
	}
	about := About{
		Title: text("general.name"), Architecture: text("general.architecture"), License: text("general.license"),
		Template: text("tokenizer.chat_template"), Quantisation: "unknown",
	}
	about.Context = number(about.Architecture + ".context_length")
	about.Embedding = number(about.Architecture + ".embedding_length")
	if kind := number("general.file_type"); kind > 0 && kind < uint32(len(fileTypes())) {
		about.Quantisation = fileTypes()[kind]
	}
	return about
}

// fileTypes are llama.cpp's names for general.file_type, for files whose tensors are not all readable here.
func fileTypes() []string {
	return []string{
		"F32", "F16", "Q4_0", "Q4_1", "Q4_1", "unknown", "unknown", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q3_K", "Q3_K", "Q4_K",
		"Q4_K", "Q5_K", "Q5_K", "Q6_K", "IQ2_XXS", "IQ2_XS", "Q2_K", "IQ3_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ3_S",
		"IQ2_S", "IQ2_S", "IQ4_XS", "IQ1_M", "BF16",
	}
}

// most is the type with the most parameters, the first by name among equals.
func most(types map[string]uint64) string {
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	slices.Sort(names)
	best := "unknown"
	for _, name := range names {
		if best == "unknown" || types[name] > types[best] {
			best = name
		}
	}
	return best
}

// longList is how many elements of a list Metadata keeps.
const longList = 8

// Metadata is all that the weights' file says of itself as a JSON object, with long lists shortened to their first elements.
func (s *Store) Metadata(m Manifest) (json.RawMessage, error) {
	layer, _ := m.Layer(TypeWeights)
	file, err := s.blobs.Open(layer.Digest)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	metadata, err := gguf.ReadMetadata(file, layer.Size)
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(metadata))
	for key, value := range metadata {
		list := reflect.ValueOf(value)
		switch {
		case list.Kind() == reflect.Slice && list.Len() > longList:
			out[key] = map[string]any{"length": list.Len(), "first": printable(list.Slice(0, longList))}
		case list.Kind() == reflect.Slice:
			out[key] = printable(list)
		case list.CanFloat():
			out[key] = fmt.Sprint(value) // JSON has no NaN
		default:
			out[key] = value
		}
	}
	return json.Marshal(out)
}

// printable avoids what JSON cannot say: bytes become numbers, floats text.
func printable(list reflect.Value) []any {
	out := make([]any, list.Len())
	for i := range out {
		switch v := list.Index(i).Interface().(type) {
		case float32, float64:
			out[i] = fmt.Sprint(v)
		default:
			out[i] = v
		}
	}
	return out
}
