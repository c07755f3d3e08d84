package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"sync"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/artifact/registry"
	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/internal/clock"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/starter"
)

// shelf gives the models on this machine's disk to the exact engine.
type shelf struct {
	store *model.Store
	log   *slog.Logger

	mu       sync.Mutex
	items    map[string]exact.Item           // by name and digest of the manifest
	verified map[artifact.Digest]fs.FileInfo // what the file was when its bytes were hashed
}

var _ exact.Source = (*shelf)(nil)

// openShelf opens the store in a folder.
func openShelf(dir string, log *slog.Logger) (*shelf, error) {
	store, err := model.New(model.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	return &shelf{store: store, log: log, items: map[string]exact.Item{}, verified: map[artifact.Digest]fs.FileInfo{}}, nil
}

// List implements exact.Source. A model is described once; what is damaged is logged once and left out.
func (s *shelf) List(ctx context.Context) ([]exact.Item, error) {
	entries, damaged := s.store.List()
	s.mu.Lock()
	defer s.mu.Unlock()
	if damaged != nil {
		s.log.Debug("models on disk not all read", "error", damaged.Error())
	}
	list := make([]exact.Item, 0, len(entries))
	known := make(map[string]exact.Item, len(entries))
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		key := e.Name.String() + " " + string(e.Digest)
		item, ok := s.items[key]
		if !ok {
			item = s.describe(ctx, e)
			if item.Problem != "" {
				s.log.Warn("a model on disk does not run on the exact engine", "model", e.Name.String(), "reason", item.Problem)
			}
		}
		known[key] = item
		list = append(list, item)
	}
	s.items = known
	return list, nil
}

func (s *shelf) describe(ctx context.Context, e model.Entry) exact.Item {
	name := e.Name.String()
	item := exact.Item{About: engine.Model{Name: name}}
	item.Open = func(ctx context.Context) (*gguf.File, exact.Settings, io.Closer, error) {
		return s.open(ctx, e.Manifest, true)
	}
	file, set, closer, err := s.open(ctx, e.Manifest, false)
	if err == nil {
		item.About, item.Bytes, err = exact.Inspect(name, file, set)
		err = errors.Join(err, closer.Close())
	}
	if err != nil {
		item.About, item.Problem = engine.Model{Name: name}, err.Error()
		return item
	}
	if set.Adapter != nil {
		item.Bytes += uint64(set.Adapter.Size)
	}
	item.About.Private = true // until its owner offers it
	return item
}

// open reads the directory of a model's files and its settings. Before weights are used their bytes are hashed, once as long as
// the file stays as it is: a receipt names their digest.
func (s *shelf) open(ctx context.Context, m model.Manifest, verify bool) (*gguf.File, exact.Settings, io.Closer, error) {
	var files closers
	var set exact.Settings
	settings, err := s.store.Settings(m)
	if err != nil {
		return nil, set, nil, err
	}
	set.Template, set.System, set.Defaults = settings.Template, settings.System, defaults(settings.Params)
	weights, _ := m.Layer(model.TypeWeights)
	file, err := s.file(ctx, &files, weights, verify)
	adapters := m.All(model.TypeAdapter)
	if err == nil && len(adapters) > 1 {
		err = fmt.Errorf("it has %d adapters, one is supported", len(adapters))
	}
	if err == nil && len(adapters) == 1 {
		set.Adapter, err = s.file(ctx, &files, adapters[0], verify)
	}
	if err != nil {
		return nil, set, nil, errors.Join(err, files.Close())
	}
	return file, set, files, nil
}

func (s *shelf) file(ctx context.Context, files *closers, layer model.Layer, verify bool) (*gguf.File, error) {
	file, err := s.store.Blobs().Open(layer.Digest)
	if err != nil {
		return nil, err
	}
	*files = append(*files, file)
	if verify {
		if err := s.verify(ctx, file, layer.Digest); err != nil {
			return nil, err
		}
	}
	return gguf.ReadKnown(file, layer.Size, layer.Digest.Sum())
}

// verify hashes what will be read, not what has the name: that may be another file by then.
func (s *shelf) verify(ctx context.Context, file *os.File, d artifact.Digest) error {
	now, err := file.Stat()
	if err != nil {
		return fmt.Errorf("verify blob %s: %w", d, err)
	}
	s.mu.Lock()
	before := s.verified[d]
	s.mu.Unlock()
	if before != nil && os.SameFile(before, now) && before.ModTime().Equal(now.ModTime()) && before.Size() == now.Size() {
		return nil
	}
	if err := artifact.Verify(ctx, file, d); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	const most = 4096
	if len(s.verified) >= most {
		clear(s.verified)
	}
	s.verified[d] = now
	return nil
}

// defaults are a model's parameters as the engine takes them. Ollama writes -1 for "no bound" and "any seed".
func defaults(p model.Params) engine.Options {
	o := engine.Options{
		Temperature: p.Temperature, TopP: p.TopP, MinP: p.MinP, TopK: p.TopK, RepeatPenalty: p.RepeatPenalty,
		FrequencyPenalty: p.FrequencyPenalty, PresencePenalty: p.PresencePenalty, Stop: p.Stop,
	}
	if p.MaxTokens != nil && *p.MaxTokens > 0 {
		o.MaxTokens = p.MaxTokens
	}
	if p.Seed != nil && *p.Seed >= 0 {
		seed := uint64(*p.Seed)
		o.Seed = &seed
	}
	if p.Context != nil && *p.Context > 0 {
		o.ContextLength = *p.Context
	}
	return o
}

// registry lets stock clients of Ollama pull what is on this disk, and the starter.
func (s *shelf) registry(now clock.Clock) (http.Handler, error) {
	name, err := model.ParseName(starter.Name)
	if err != nil {
		return nil, err
	}
	own, err := model.NewBuiltin(name, starter.GGUF())
	if err != nil {
		return nil, err
	}
	return registry.NewHandler(registry.HandlerConfig{Store: s.store, Builtin: []model.Builtin{own}, Now: now, Logger: s.log})
}

// closers are files that end together.
type closers []*os.File

func (c closers) Close() error {
	errs := make([]error, 0, len(c))
	for _, file := range c {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// memoryUnknown stands for the memory of a machine that does not tell.
const memoryUnknown = 8 << 30
