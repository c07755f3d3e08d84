package exact

import (
	"encoding/hex"
	"fmt"
	"io"

	"ayni.example/inference/engine"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
)

// Model is one opened model. It is read-only.
type Model struct {
	about    engine.Model
	run      *llama.Model
	settings Settings
	template *template // nil when the model has none
	longest  int       // bytes of the longest token
}

// Open reads a GGUF file of size bytes and calls the model name. The source is not needed afterwards.
func Open(name string, source io.ReaderAt, size int64, cfg llama.Config) (*Model, error) {
	file, err := gguf.Read(source, size)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", name, err)
	}
	return OpenFile(name, file, Settings{}, cfg)
}

// OpenFile is Open for a file whose directory and digest are known, with settings.
func OpenFile(name string, file *gguf.File, set Settings, cfg llama.Config) (*Model, error) {
	if name == "" {
		return nil, fmt.Errorf("open model: it needs a name")
	}
	m, err := openFile(name, file, set, cfg)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", name, err)
	}
	return m, nil
}

func openFile(name string, file *gguf.File, set Settings, cfg llama.Config) (*Model, error) {
	run, err := llama.Load(file, cfg)
	if err != nil {
		return nil, err
	}
	if run, err = set.adapt(run); err != nil {
		return nil, err
	}
	return assemble(name, file, set, run)
}

// openReader is openFile without weights: the model reads and counts, and does not answer.
func openReader(name string, file *gguf.File, set Settings) (*Model, error) {
	info, err := llama.Inspect(file)
	if err != nil {
		return nil, fmt.Errorf("open model %s: %w", name, err)
	}
	return assemble(name, file, set, &llama.Model{Info: info})
}

// Inspect describes a model as Open would, and tells the memory of its weights, without reading them. Its error says why the
// engine does not run it.
func Inspect(name string, file *gguf.File, set Settings) (about engine.Model, bytes uint64, err error) {
	m, err := openReader(name, file, set)
	if err != nil {
		return engine.Model{}, 0, err
	}
	return m.about, m.run.WeightBytes, nil
}

func assemble(name string, file *gguf.File, set Settings, run *llama.Model) (*Model, error) {
	m := &Model{run: run, settings: set}
	for id := range run.Vocab {
		m.longest = max(m.longest, len(run.Tokenizer.Piece(int32(id))), len(run.Tokenizer.Name(int32(id))))
	}
	var err error
	source := run.ChatTemplate
	if set.Template != "" {
		source = set.Template
	}
	if source != "" {
		bos, eos := run.Tokenizer.Name(run.Tokenizer.BOS), run.Tokenizer.Name(run.Tokenizer.EOS)
		if m.template, err = newTemplate(source, bos, eos); err != nil {
			return nil, err
		}
	}
	if m.about, err = describe(name, file, run); err != nil {
		return nil, err
	}
	m.about.Template = source
	m.about.Digest, err = set.Digest(hex.EncodeToString(file.Digest[:]))
	return m, err
}

// About describes the model.
func (m *Model) About() engine.Model { return m.about }

// Run gives the model itself, for those that score or verify with it.
func (m *Model) Run() *llama.Model { return m.run }

func describe(name string, file *gguf.File, run *llama.Model) (engine.Model, error) {
	license, err := file.Metadata.StringOr("general.license", "")
	if err != nil {
		return engine.Model{}, err
	}
	width, err := file.Metadata.UintOr(run.Architecture+".embedding_length", 0)
	if err != nil {
		return engine.Model{}, err
	}
	return engine.Model{
		Name: name, Family: run.Architecture, Format: "gguf",
		Quantisation: run.Quantisation, License: license, Parameters: run.ParameterCount, SizeBytes: uint64(file.Size),
		Context: uint32(run.ContextLength), Embedding: uint32(width),
		Capabilities: []string{"completion", "chat", "embedding", "logprobs", "json_schema"}, Build: Build,
	}, nil
}
