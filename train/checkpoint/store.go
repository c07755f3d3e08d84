package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// kept is how many checkpoints stay: the newest, and one to fall back to.
const kept = 2

const suffix = ".ckpt"

// ErrBusy tells that another process trains in the folder.
var ErrBusy = errors.New("another process trains in this folder")

// File is what Save writes to.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// Config says where a store is.
type Config struct {
	Dir    string
	Create func(name string) (File, error) // nil: os.Create
	Logger *slog.Logger
}

// Store is a folder of checkpoints, held by one process at a time.
type Store struct {
	cfg  Config
	lock *os.File
}

// Open makes the folder, takes its lock and removes what an interrupted Save left behind.
func Open(cfg Config) (*Store, error) {
	if cfg.Create == nil {
		cfg.Create = func(name string) (File, error) { return os.Create(name) }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("open checkpoints: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(cfg.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open checkpoints: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrBusy, cfg.Dir), lock.Close())
	}
	s := &Store{cfg: cfg, lock: lock}
	old, err := filepath.Glob(filepath.Join(cfg.Dir, "*"+suffix+".tmp"))
	for _, name := range old {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open checkpoints: %w", err), s.Close())
	}
	return s, nil
}

// Close lets the folder go.
func (s *Store) Close() error { return s.lock.Close() }

// Save writes a state such that either all of it is on disk under its name, or nothing. When it cannot,
// the checkpoints before it stay.
func (s *Store) Save(state *State) error {
	name := filepath.Join(s.cfg.Dir, fmt.Sprintf("step-%010d%s", state.Step, suffix))
	err := s.write(name+".tmp", state)
	if errors.Is(err, syscall.ENOSPC) && s.dropOldest() {
		err = s.write(name+".tmp", state) // the newest one is still there
	}
	if err != nil {
		return fmt.Errorf("save checkpoint of step %d: %w", state.Step, err)
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		return fmt.Errorf("save checkpoint of step %d: %w", state.Step, err)
	}
	if err := syncDir(s.cfg.Dir); err != nil {
		return fmt.Errorf("save checkpoint of step %d: %w", state.Step, err)
	}
	names, err := s.names()
	for _, old := range names[min(kept, len(names)):] {
		err = errors.Join(err, os.Remove(old))
	}
	if err != nil {
		return fmt.Errorf("remove old checkpoints: %w", err)
	}
	return nil
}

// write leaves a whole file, or none.
func (s *Store) write(name string, state *State) error {
	f, err := s.cfg.Create(name)
	if err != nil {
		return err
	}
	if err = Encode(f, state); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		if rm := os.Remove(name); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
			err = errors.Join(err, rm)
		}
	}
	return err
}

// dropOldest makes room when all but the newest checkpoint can go.
func (s *Store) dropOldest() bool {
	names, err := s.names()
	return err == nil && len(names) > 1 && os.Remove(names[len(names)-1]) == nil
}

// Load gives the newest whole state, or nil when there is none at all. Damaged files are named in the log;
// when all are damaged that is an error.
func (s *Store) Load() (*State, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, name := range names {
		state, err := load(name)
		if err == nil {
			return state, nil
		}
		if !errors.Is(err, ErrCorrupt) {
			return nil, fmt.Errorf("load checkpoint %s: %w", name, err)
		}
		s.cfg.Logger.Warn("checkpoint left out; the one before it is tried", "file", name, "error", err.Error())
		faults = append(faults, fmt.Errorf("%s: %w", name, err))
	}
	return nil, errors.Join(faults...)
}

// Clear removes all checkpoints.
func (s *Store) Clear() error {
	names, err := s.names()
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return fmt.Errorf("clear checkpoints: %w", err)
	}
	return nil
}

// names lists the checkpoints, newest first.
func (s *Store) names() ([]string, error) {
	entries, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "step-") && strings.HasSuffix(e.Name(), suffix) {
			out = append(out, filepath.Join(s.cfg.Dir, e.Name()))
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

func load(name string) (*State, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Decode(f, info.Size())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
