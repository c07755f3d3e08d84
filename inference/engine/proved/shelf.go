package proved

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ayni.example/inference/engine"
	"ayni.example/x/zkml"
	"ayni.example/zk/bundle"
)

const (
	// Suffix is how the files end that are taken for bundles.
	Suffix = ".ayni-model"
	// modelsMax bounds the models of one machine: each holds its weights several times in memory.
	modelsMax = 32
)

// shelf reads each file of the folder once, and again when it changes.
type shelf struct {
	folder string
	log    *slog.Logger

	mu     sync.Mutex
	models map[string]*entry // by file
}

type entry struct {
	size, changed int64
	*model        // nil: the file is no bundle, as the log says
}

// listed is a model under a name that no other has.
type listed struct {
	about engine.Model
	*model
}

// list gives the models, by file name.
func (s *shelf) list() ([]listed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, err := os.ReadDir(s.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, engine.Errorf(engine.Unavailable, "list models: %w", err)
	}
	files = slices.DeleteFunc(files, func(f fs.DirEntry) bool { return f.IsDir() || !strings.HasSuffix(f.Name(), Suffix) })
	if len(files) > modelsMax {
		s.log.Warn("more models than are served", "folder", s.folder, "most", modelsMax)
		files = files[:modelsMax]
	}
	now := make(map[string]*entry, len(files))
	var out []*model
	for _, f := range files {
		e := s.read(f)
		now[f.Name()] = e
		if e.model != nil {
			out = append(out, e.model)
		}
	}
	s.models = now
	return distinct(out), nil
}

// markLength is how much of a digest tells models of one name apart.
const markLength = 8

// distinct has each model once. Where several have the same name, a part of its digest is in the name of each: requests are for
// a name, and the wrong one of two models would be proved in vain.
func distinct(models []*model) []listed {
	names, seen := map[string]int{}, map[string]bool{}
	models = slices.DeleteFunc(models, func(m *model) bool {
		again := seen[m.about.Digest]
		seen[m.about.Digest] = true
		if !again {
			names[m.about.Name]++
		}
		return again
	})
	out := make([]listed, len(models))
	for i, m := range models {
		out[i] = listed{m.about, m}
		if names[m.about.Name] > 1 {
			out[i].about.Name += engine.Mark + m.about.Digest[:markLength]
		}
	}
	return out
}

func (s *shelf) read(f fs.DirEntry) *entry {
	info, err := f.Info()
	if err != nil {
		return &entry{}
	}
	size, changed := info.Size(), info.ModTime().UnixNano()
	if old := s.models[f.Name()]; old != nil && old.size == size && old.changed == changed {
		return old
	}
	e := &entry{size: size, changed: changed}
	b, err := bundle.Load(filepath.Join(s.folder, f.Name()))
	if err != nil {
		s.log.Warn("model not read", "file", f.Name(), "error", err.Error())
		return e
	}
	e.model = &model{about: about(b, size), bundle: b, proving: make(chan struct{}, 1)}
	return e
}

// about describes a bundle as the other engines describe their models.
func about(b *bundle.Bundle, size int64) engine.Model {
	var weights uint64
	for _, w := range b.Weights {
		weights += uint64(len(w.Int8) + len(w.Int32))
	}
	return engine.Model{
		Name: b.Name, Digest: hex.EncodeToString(zkml.ID(b.Circuit, b.Root, b.Parameters)), Format: "ayni-model", Quantisation: "int8",
		Parameters: weights, SizeBytes: uint64(size), Context: 1, Capabilities: []string{string(engine.Prediction)}, Build: Build,
	}
}

// find takes a model's name or digest; the folder is read again for each.
func (s *shelf) find(name string) (*model, error) {
	models, err := s.list()
	if err != nil {
		return nil, err
	}
	same := 0
	for _, m := range models {
		if m.about.Name == name || m.about.Digest == name {
			return m.model, nil
		}
		if m.model.about.Name == name {
			same++
		}
	}
	if same > 0 {
		return nil, engine.Ambiguous(name, same)
	}
	return nil, engine.Errorf(engine.NotFound, "no model %q whose answers are proved", name).WithParam("model")
}
