package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ayni.example/artifact"
	"ayni.example/internal/home"
)

// ErrNotFound says that no model has the name.
var ErrNotFound = errors.New("no such model")

// Config says where models lie.
type Config struct {
	Dir     string
	MaxBlob int64 // bytes of the largest blob; 0 is artifact.DefaultMaxBlob
}

// Store is the models of a machine. Several processes may use one folder.
type Store struct {
	dir   string
	blobs *artifact.Store

	mu    sync.Mutex
	known map[artifact.Digest]About // by digest of the weights; descriptions do not change
}

// Entry is a name and what it stands for.
type Entry struct {
	Name     Name
	Digest   artifact.Digest // of the manifest
	Modified time.Time
	Manifest Manifest
}

// New opens the folder and makes what is missing.
func New(cfg Config) (*Store, error) {
	blobs, err := artifact.New(artifact.Config{Dir: cfg.Dir, MaxBlob: cfg.MaxBlob})
	if err != nil {
		return nil, err
	}
	s := &Store{dir: cfg.Dir, blobs: blobs, known: make(map[artifact.Digest]About)}
	if err := os.MkdirAll(s.manifests(), 0o700); err != nil {
		return nil, fmt.Errorf("model store: %w", err)
	}
	return s, nil
}

// Blobs is where the layers are.
func (s *Store) Blobs() *artifact.Store { return s.blobs }

// Find looks a name up; ErrNotFound when there is no such model.
func (s *Store) Find(name Name) (Entry, error) {
	raw, entry, err := s.read(name)
	if err != nil {
		return Entry{}, err
	}
	entry.Digest = artifact.DigestOf(raw)
	if entry.Manifest, err = ParseManifest(raw); err != nil {
		return Entry{}, fmt.Errorf("model %s: %w", name, err)
	}
	return entry, nil
}

// Raw is the manifest of a name, byte for byte.
func (s *Store) Raw(name Name) ([]byte, error) {
	raw, _, err := s.read(name)
	return raw, err
}

func (s *Store) read(name Name) ([]byte, Entry, error) {
	path := filepath.Join(s.manifests(), name.path())
	stat, err := os.Stat(path)
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Entry{}, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	if err != nil {
		return nil, Entry{}, fmt.Errorf("model %s: %w", name, err)
	}
	return raw, Entry{Name: name, Modified: stat.ModTime()}, nil
}

// List gives all models by name. One whose manifest cannot be read is left out and named in the error, beside the others.
func (s *Store) List() ([]Entry, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var list []Entry
	var errs []error
	for _, name := range names {
		entry, err := s.Find(name)
		switch {
		case errors.Is(err, ErrNotFound): // removed meanwhile
		case err != nil:
			errs = append(errs, err)
		default:
			list = append(list, entry)
		}
	}
	return list, errors.Join(errs...)
}

func (s *Store) names() ([]Name, error) {
	var names []Name
	err := fs.WalkDir(os.DirFS(s.manifests()), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name, err := nameAt(path); err == nil { // an unfinished file of a write has no name
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	slices.SortFunc(names, func(a, b Name) int { return strings.Compare(a.String(), b.String()) })
	return names, nil
}

// Save gives a manifest a name. Its blobs must be there; the caller holds the store since before it wrote them.
func (s *Store) Save(name Name, raw []byte) (Entry, error) {
	m, err := ParseManifest(raw)
	if err != nil {
		return Entry{}, err
	}
	for _, l := range m.Blobs() {
		info, err := s.blobs.Stat(l.Digest)
		if err == nil && info.Size != l.Size {
			err = fmt.Errorf("blob %s has %d bytes, the manifest says %d", l.Digest, info.Size, l.Size)
		}
		if err != nil {
			return Entry{}, fmt.Errorf("save %s: %w", name, err)
		}
	}
	path := filepath.Join(s.manifests(), name.path())
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Entry{}, fmt.Errorf("save %s: %w", name, err)
	}
	if err := home.WriteFile(path, raw); err != nil {
		return Entry{}, fmt.Errorf("save %s: %w", name, err)
	}
	return s.Find(name)
}

// Remove takes the name away and frees what nothing else needs. While a pull or a create is at work the blobs stay, and go with
// the next collection; deferred tells.
func (s *Store) Remove(ctx context.Context, name Name) (freed []artifact.Info, deferred bool, err error) {
	path := filepath.Join(s.manifests(), name.path())
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("%w: %s", ErrNotFound, name)
	} else if err != nil {
		return nil, false, fmt.Errorf("remove %s: %w", name, err)
	}
	for dir := filepath.Dir(path); dir != s.manifests(); dir = filepath.Dir(dir) {
		if os.Remove(dir) != nil { // others are in it
			break
		}
	}
	return s.Collect(ctx)
}

// Collect deletes the blobs that no model needs.
func (s *Store) Collect(ctx context.Context) (freed []artifact.Info, deferred bool, err error) {
	freed, err = s.blobs.Collect(ctx, s.live)
	if errors.Is(err, artifact.ErrBusy) {
		return nil, true, nil
	}
	return freed, false, err
}

// live fails when a manifest cannot be read: then nobody knows what it needs.
func (s *Store) live() (map[artifact.Digest]bool, error) {
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	keep := make(map[artifact.Digest]bool)
	for _, entry := range list {
		for _, l := range entry.Manifest.Blobs() {
			keep[l.Digest] = true
		}
	}
	return keep, nil
}

func (s *Store) manifests() string { return filepath.Join(s.dir, "manifests") }
