package exact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/internal/clock"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
)

// Source is a set of models that changes while the engine runs, such as those on a disk.
type Source interface {
	// List describes all models, also those that do not run here.
	List(ctx context.Context) ([]Item, error)
}

// Item is one model of a Source.
type Item struct {
	About   engine.Model // its digest stands for file and settings together
	Problem string       // why the exact engine does not run it, "" when it does
	Bytes   uint64       // memory that its weights will take
	// Open gives the file, checked against its digest, and its settings; closer ends the use of the file.
	Open func(ctx context.Context) (file *gguf.File, set Settings, closer io.Closer, err error)
}

// Bounds of a library when its configuration has none.
const (
	defaultWeights   = 4 << 30
	defaultModels    = 8
	defaultKeepAlive = 5 * time.Minute
	maxWaiting       = 64 // requests for models that have no room yet
	maxReaders       = 16 // models that count only
)

// LibraryConfig says which models there are and how much memory they may take.
type LibraryConfig struct {
	Fixed     []*Model      // always in memory, not counted
	Source    Source        // nil is none
	Load      llama.Config  // threads; its bounds on memory are not looked at
	MaxBytes  uint64        // weights of the models of Source that are in memory at once; 0 is 4 GiB
	MaxModels int           // models of Source that are in memory at once, each with caches of its own; 0 is 8
	KeepAlive time.Duration // how long a model that nobody asks stays in memory; 0 is 5 minutes
	Engine    Config        // of each model; its Models are not looked at
	Now       clock.Clock
}

// Library is an engine whose models come and go: each is opened when it is first asked for and leaves memory when nobody asks
// it any more or another needs the room.
type Library struct {
	cfg   LibraryConfig
	fixed *Engine

	mu      sync.Mutex
	loaded  map[string]*resident // by digest
	readers map[string]*Model    // by digest
	bytes   uint64
	waiting int
	changed chan struct{} // closed when something leaves memory or is not in use any more
}

// resident is a model in memory, or on its way there.
type resident struct {
	digest string
	bytes  uint64
	users  int
	last   time.Time
	ready  chan struct{} // closed when engine and err are set
	engine *Engine
	err    error
}

var _ engine.Engine = (*Library)(nil)

// NewLibrary checks the configuration; Run lets idle models go.
func NewLibrary(cfg LibraryConfig) (*Library, error) {
	if cfg.Now == nil || cfg.KeepAlive < 0 || cfg.MaxModels < 0 {
		return nil, errors.New("exact library: it needs a clock, and a time and a number of models to keep that are not negative")
	}
	if cfg.MaxModels == 0 {
		cfg.MaxModels = defaultModels
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultWeights
	}
	if cfg.KeepAlive == 0 {
		cfg.KeepAlive = defaultKeepAlive
	}
	own := cfg.Engine
	own.Models = cfg.Fixed
	fixed, err := New(own)
	if err != nil {
		return nil, err
	}
	return &Library{
		cfg: cfg, fixed: fixed, loaded: make(map[string]*resident), readers: make(map[string]*Model), changed: make(chan struct{}),
	}, nil
}

// Name is the engine's word in logs and receipts.
func (l *Library) Name() string { return l.fixed.Name() }

// Models lists what can be asked for, in memory or not.
func (l *Library) Models(ctx context.Context) ([]engine.Model, error) {
	out, err := l.fixed.Models(ctx)
	if err != nil {
		return nil, err
	}
	items, err := l.items(ctx)
	for _, item := range items {
		if item.Problem == "" {
			out = append(out, item.About)
		}
	}
	return out, err
}

// Refused lists what the source has and this engine does not run, with the reason.
func (l *Library) Refused(ctx context.Context) ([]Item, error) {
	items, err := l.items(ctx)
	var out []Item
	for _, item := range items {
		if item.Problem != "" {
			out = append(out, item)
		}
	}
	return out, err
}

func (l *Library) items(ctx context.Context) ([]Item, error) {
	if l.cfg.Source == nil {
		return nil, nil
	}
	return l.cfg.Source.List(ctx)
}

// Generate answers a completion or chat request.
func (l *Library) Generate(ctx context.Context, req engine.Request, emit func(engine.Chunk) error) (engine.Result, error) {
	e, done, err := l.acquire(ctx, req.Model)
	if err != nil {
		return engine.Result{}, err
	}
	defer done()
	return e.Generate(ctx, req, emit)
}

// Embed returns one vector for each input.
func (l *Library) Embed(ctx context.Context, req engine.Request) (engine.Embedding, error) {
	e, done, err := l.acquire(ctx, req.Model)
	if err != nil {
		return engine.Embedding{}, err
	}
	defer done()
	return e.Embed(ctx, req)
}

// Recompute is Generate for an answer of which something is known.
func (l *Library) Recompute(
	ctx context.Context, req engine.Request, known Known, emit func(engine.Chunk) error,
) (engine.Result, llama.Work, error) {
	e, done, err := l.acquire(ctx, req.Model)
	if err != nil {
		return engine.Result{}, llama.Work{}, err
	}
	defer done()
	return e.Recompute(ctx, req, known, emit)
}

// Count is exact, and brings no weights into memory.
func (l *Library) Count(ctx context.Context, req engine.Request) (tokens int, ok bool, err error) {
	if l.fixed.byName[req.Model] != nil {
		return l.fixed.Count(ctx, req)
	}
	item, err := l.find(ctx, func(i Item) bool { return i.About.Name == req.Model }, req.Model)
	if err != nil {
		return 0, false, err
	}
	model, err := l.reader(ctx, item)
	if err != nil {
		return 0, false, err
	}
	return model.count(req)
}

// Reader gives a model by its digest that reads and counts; nil where there is none. Its Run has no weights.
func (l *Library) Reader(ctx context.Context, digest string) *Model {
	for _, m := range l.fixed.models {
		if m.about.Digest == digest {
			return m
		}
	}
	item, err := l.find(ctx, func(i Item) bool { return i.About.Digest == digest }, digest)
	if err != nil {
		return nil
	}
	model, err := l.reader(ctx, item)
	if err != nil {
		return nil
	}
	return model
}

func (l *Library) reader(ctx context.Context, item Item) (*Model, error) {
	l.mu.Lock()
	model := l.readers[item.About.Digest]
	l.mu.Unlock()
	if model != nil && model.about.Name == item.About.Name {
		return model, nil
	}
	file, set, closer, err := item.Open(ctx)
	if err != nil {
		return nil, unreadable(item, err)
	}
	model, err = openReader(item.About.Name, file, set)
	if err := errors.Join(err, closer.Close()); err != nil {
		return nil, unreadable(item, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.readers) >= maxReaders {
		clear(l.readers)
	}
	l.readers[item.About.Digest] = model
	return model, nil
}

func (l *Library) find(ctx context.Context, is func(Item) bool, asked string) (Item, error) {
	items, err := l.items(ctx)
	for _, item := range items {
		if !is(item) {
			continue
		}
		if item.Problem != "" {
			return Item{}, engine.Errorf(engine.Unsupported, "the exact engine does not run %s: %s", item.About.Name, item.Problem).WithParam("model")
		}
		return item, nil
	}
	if err != nil {
		return Item{}, fmt.Errorf("list models: %w", err)
	}
	return Item{}, engine.Errorf(engine.NotFound, "model %q not found", asked).WithParam("model")
}

func unreadable(item Item, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return engine.Errorf(engine.Unavailable, "model %s cannot be opened: %w", item.About.Name, err).
		WithHint("`ayni models show NAME --verify` tells whether its files are whole")
}
