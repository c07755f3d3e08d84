package lineage

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"ayni.example/internal/canon"
	"ayni.example/internal/clock"
	"ayni.example/internal/home"
	"ayni.example/provenance/descent"
	"ayni.example/provenance/standard"
	"ayni.example/tensor"
	"ayni.example/x/provenance"
)

// ErrUnknown tells that the book has nothing about a content.
var ErrUnknown = errors.New("no lineage is kept here")

const (
	recordFile = "record.json"
	recordMax  = 4 << 20
	privateDir = "private"
	besideMax  = 16
)

// Config of a Book.
type Config struct {
	Dir     string
	Threads int                          // to describe weights with; 0: one
	Key     func() (standard.Key, error) // signs; an error leaves what is written unsigned until there is one
	Builder func() standard.Builder      // who makes things here
	Random  io.Reader                    // salts
	Now     clock.Clock
	Logger  *slog.Logger
}

// Book keeps the lineage of what a machine has. Several processes may use one folder; this one is safe for concurrent use.
type Book struct {
	cfg Config
	mu  sync.Mutex
}

// New opens the book of a folder, which need not exist yet.
func New(cfg Config) (*Book, error) {
	if cfg.Dir == "" || cfg.Key == nil || cfg.Builder == nil || cfg.Random == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("lineage: folder, key, builder, randomness, clock or logger is absent")
	}
	return &Book{cfg: cfg}, nil
}

// Find gives what is known of a content.
func (b *Book) Find(content string) (Record, error) {
	var r Record
	if len(content) != digestHex || filepath.Base(content) != content {
		return r, fmt.Errorf("lineage: %.80q is no digest", content)
	}
	raw, err := home.ReadFile(filepath.Join(b.cfg.Dir, content, recordFile), recordMax)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w: %s", ErrUnknown, content)
	}
	if err != nil {
		return r, fmt.Errorf("lineage: %w", err)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("lineage of %s: %w", content, err)
	}
	if r.Content != content {
		return r, fmt.Errorf("lineage of %s: the record is of %.80q", content, r.Content)
	}
	return r, r.check()
}

// Record writes down an artefact whose parents were written down before. What is known already stays as it is, unless it came without
// parents and now has some; so a model that was imported and then turns out to be one's own is one's own.
func (b *Book) Record(ctx context.Context, made Made, weights *Weights) (Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.record(ctx, Record{Made: made}, weights)
}

// Private writes down data by its digest, which stays here: the content is a commitment with a salt. The same data has the same one.
func (b *Book) Private(ctx context.Context, made Made, digest string) (Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	alias := filepath.Join(b.cfg.Dir, privateDir, filepath.Base(digest))
	if content, err := home.ReadFile(alias, digestHex); err == nil {
		if have, err := b.Find(string(content)); err == nil {
			return have, nil
		}
	}
	raw, err := hex.DecodeString(digest)
	if err != nil || len(digest) != digestHex {
		return Record{}, fmt.Errorf("lineage of %s: %.80q is no digest", made.Name, digest)
	}
	salt := make([]byte, 32)
	if _, err := io.ReadFull(b.cfg.Random, salt); err != nil {
		return Record{}, fmt.Errorf("lineage: draw a salt: %w", err)
	}
	made.Content, made.Files = Commit(salt, raw), nil
	if err := os.MkdirAll(filepath.Dir(alias), 0o700); err != nil {
		return Record{}, fmt.Errorf("lineage: %w", err)
	}
	r, err := b.record(ctx, Record{Made: made, Salt: hex.EncodeToString(salt), Digest: digest}, nil)
	if err != nil {
		return r, err
	}
	return r, home.WriteFile(alias, []byte(r.Content))
}

// Errors of Ask.
var (
	ErrForeign = errors.New("it came from elsewhere, so nobody here may ask anything for it")
	ErrFrozen  = errors.New("terms never change once an asset is registered")
)

// Ask notes what the owner of an artefact asks of those who use it; nil asks nothing.
func (b *Book) Ask(content string, terms *provenance.Terms) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, err := b.Find(content)
	switch {
	case err != nil:
		return err
	case r.Foreign:
		return fmt.Errorf("terms of %s: %w", r.Name, ErrForeign)
	case r.Ledger:
		return fmt.Errorf("terms of %s: %w", r.Name, ErrFrozen)
	}
	r.Terms = terms
	return b.save(r)
}

// Commit is the content of private data: it tells nothing of the digest to those who lack the salt.
func Commit(salt, digest []byte) string {
	sum := canon.Sum("ayni/private-content/1", salt, digest)
	return hex.EncodeToString(sum[:])
}

func (b *Book) record(ctx context.Context, r Record, weights *Weights) (Record, error) {
	if err := r.check(); err != nil {
		return r, err
	}
	r.Parents = slices.DeleteFunc(r.Parents, func(p Parent) bool { return p.Content == r.Content })
	have, err := b.Find(r.Content)
	switch {
	case err == nil && (have.Ledger || len(have.Parents) > 0 || len(r.Parents) == 0 || b.descends(r.Made, r.Content, make(map[string]bool))):
		asked := r.Terms != nil && !have.Ledger
		if asked {
			have.Terms = r.Terms
		}
		if !have.adopt(r.Beside) && !asked && have.Signed {
			return have, nil
		}
		return have, b.write(&have)
	case err == nil:
		r.Tensors, r.Sketch = have.Tensors, have.Sketch
		r.adopt(have.Beside)
	case !errors.Is(err, ErrUnknown):
		return r, err
	}
	if weights != nil && len(r.Tensors) == 0 {
		if err := b.describe(ctx, &r, weights); err != nil {
			return r, err
		}
	}
	return r, b.write(&r)
}

// descends tells whether a content is above others, or whether there is no telling from what is kept here: what was converted there
// and back again is not its own ancestor.
func (b *Book) descends(m Made, content string, seen map[string]bool) bool {
	for _, p := range m.Parents {
		if p.Content == content || len(seen) > ancestorsMax {
			return true
		}
		if seen[p.Content] {
			continue
		}
		seen[p.Content] = true
		if above, err := b.Find(p.Content); err != nil || b.descends(above.Made, content, seen) {
			return true
		}
	}
	return false
}

// adopt adds places where the artefact lies.
func (r *Record) adopt(places []string) (changed bool) {
	for _, p := range places {
		if !slices.Contains(r.Beside, p) && len(r.Beside) < besideMax {
			r.Beside, changed = append(r.Beside, p), true
		}
	}
	return changed
}

// describe finds what the weights are known by. Weights in a type that is not known here have nothing of the kind.
func (b *Book) describe(ctx context.Context, r *Record, weights *Weights) error {
	list, err := descent.Open(weights, weights.Size)
	if err != nil {
		b.cfg.Logger.Info("a model's tensors are not described", "model", r.Name, "reason", err.Error())
		return nil
	}
	d, err := descent.Describe(ctx, tensor.NewPool(b.cfg.Threads), list)
	if err != nil {
		return fmt.Errorf("lineage of %s: %w", r.Name, err)
	}
	for _, digest := range d.Digests {
		r.Tensors = append(r.Tensors, hex.EncodeToString(digest[:]))
	}
	if len(d.Sketch) == 0 && len(d.Digests) > 0 {
		b.cfg.Logger.Info("a model has no sketch, since nobody here reads its type of weights: only tensors that are unchanged tell of its descent", "model", r.Name)
	}
	r.Sketch = d.Sketch.Encode()
	return nil
}
