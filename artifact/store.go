package artifact

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// DefaultMaxBlob is the largest blob when the configuration names no other bound.
const DefaultMaxBlob = 1 << 40

// copyBuffer is what is read from a file at once.
const copyBuffer = 1 << 18

// ErrAbsent says that the store has no such blob.
var ErrAbsent = errors.New("no such blob")

// Config says where a store lies and what it takes.
type Config struct {
	Dir     string
	MaxBlob int64 // bytes; 0 is DefaultMaxBlob
	Quota   int64 // bytes of all blobs; 0 is no bound but the disk's
}

// Store is a folder of blobs.
type Store struct {
	dir   string
	max   int64
	quota *quota // nil when there is none

	outlining sync.Mutex // one blob at a time is hashed for its outline
}

// Info is one blob.
type Info struct {
	Digest Digest
	Size   int64
}

// New opens the folder and makes what is missing.
func New(cfg Config) (*Store, error) {
	if cfg.Dir == "" || cfg.MaxBlob < 0 || cfg.Quota < 0 {
		return nil, errors.New("artifact store: want a folder and a bound that is not negative")
	}
	if cfg.MaxBlob == 0 {
		cfg.MaxBlob = DefaultMaxBlob
	}
	s := &Store{dir: cfg.Dir, max: cfg.MaxBlob}
	if cfg.Quota > 0 {
		s.max, s.quota = min(s.max, cfg.Quota), &quota{store: s, bytes: cfg.Quota}
	}
	for _, dir := range []string{s.blobs(), s.partials(), s.outlines()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("artifact store: %w", err)
		}
	}
	return s, nil
}

// Put stores what source gives. When want is not empty the bytes must have that digest, else nothing is kept.
func (s *Store) Put(ctx context.Context, source io.Reader, want Digest) (Info, error) {
	return s.store(want, nil, copied(ctx, source))
}

// PutPinned is Put with a pin that is there before the blob has its name, so that no collection comes between.
func (s *Store) PutPinned(ctx context.Context, source io.Reader, owner, reason string) (Info, error) {
	release, err := s.Hold(ctx)
	if err != nil {
		return Info{}, err
	}
	defer release()
	return s.store("", &Pin{Owner: owner, Reason: reason}, copied(ctx, source))
}

func copied(ctx context.Context, source io.Reader) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.CopyBuffer(w, reader{ctx, source}, make([]byte, copyBuffer))
		return err
	}
}

// PutBytes is Put for what is in memory.
func (s *Store) PutBytes(ctx context.Context, b []byte) (Info, error) {
	return s.Put(ctx, bytes.NewReader(b), "")
}

// PutFrom is Put for what writes itself, such as a model that is quantised on the way.
func (s *Store) PutFrom(ctx context.Context, source io.WriterTo) (Info, error) {
	return s.store("", nil, func(w io.Writer) error {
		buffered := bufio.NewWriterSize(writer{ctx, w}, 1<<18)
		if _, err := source.WriteTo(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	})
}

func (s *Store) store(want Digest, pin *Pin, write func(io.Writer) error) (Info, error) {
	temp, err := os.CreateTemp(s.partials(), "put-*")
	if err != nil {
		return Info{}, fmt.Errorf("store blob: %w", err)
	}
	out := &hashed{file: temp, hash: newOutliner(), max: s.max}
	info, err := s.fill(out, want, pin, write)
	if err != nil {
		return Info{}, errors.Join(fmt.Errorf("store blob: %w", err), temp.Close(), os.Remove(temp.Name()))
	}
	return info, temp.Close()
}

func (s *Store) fill(out *hashed, want Digest, pin *Pin, write func(io.Writer) error) (Info, error) {
	if err := write(out); err != nil {
		return Info{}, err
	}
	info := Info{Digest: out.hash.digest(), Size: out.hash.n}
	if want != "" && info.Digest != want {
		return Info{}, &MismatchError{Want: want, Have: info.Digest}
	}
	if err := s.quota.reserve(info.Size); err != nil {
		return Info{}, err
	}
	if pin != nil {
		pin.Digest = info.Digest
		if err := s.Pin(*pin); err != nil {
			s.quota.release(info.Size, false)
			return Info{}, err
		}
	}
	err := s.commit(out.file, info.Digest, out.hash.states)
	s.quota.release(info.Size, err == nil)
	return info, err
}

// commit flushes a file and gives it its name. A blob that is there already is replaced by equal bytes.
func (s *Store) commit(file *os.File, d Digest, states []State) error {
	if err := errors.Join(file.Sync(), s.writeOutline(d, states)); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), s.Path(d)); err != nil {
		return err
	}
	return syncDir(s.blobs())
}

// Stat looks a blob up; ErrAbsent when it is not there.
func (s *Store) Stat(d Digest) (Info, error) {
	stat, err := os.Stat(s.Path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, fmt.Errorf("%w: %s", ErrAbsent, d)
	}
	if err != nil {
		return Info{}, fmt.Errorf("look up blob: %w", err)
	}
	return Info{Digest: d, Size: stat.Size()}, nil
}

// Open gives a blob to read; the caller closes it.
func (s *Store) Open(d Digest) (*os.File, error) {
	file, err := os.Open(s.Path(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrAbsent, d)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob: %w", err)
	}
	return file, nil
}

// ReadAll gives a small blob, of at most limit bytes.
func (s *Store) ReadAll(d Digest, limit int64) ([]byte, error) {
	file, err := s.Open(d)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("blob %s has more than %d bytes", d, limit)
	}
	return b, err
}

// Verify hashes a blob again and names the damage, if any.
func (s *Store) Verify(ctx context.Context, d Digest) error {
	file, err := s.Open(d)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	return Verify(ctx, file, d)
}

// Verify hashes the bytes of a blob that is open already, from where it is read next.
func Verify(ctx context.Context, blob io.Reader, d Digest) error {
	hash := sha256.New()
	if _, err := io.Copy(hash, reader{ctx, blob}); err != nil {
		return fmt.Errorf("verify blob %s: %w", d, err)
	}
	if have := digestOf(hash.Sum(nil)); have != d {
		return fmt.Errorf("verify blob: %w", &MismatchError{Want: d, Have: have})
	}
	return nil
}

// Path is the file of a blob, whether it is there or not.
func (s *Store) Path(d Digest) string { return filepath.Join(s.blobs(), "sha256-"+d.Hex()) }

// List gives all blobs, in the order of their digests.
func (s *Store) List() ([]Info, error) {
	entries, err := os.ReadDir(s.blobs())
	if err != nil {
		return nil, fmt.Errorf("list blobs: %w", err)
	}
	var list []Info
	for _, e := range entries {
		digits, ours := strings.CutPrefix(e.Name(), "sha256-")
		d, err := ParseDigest(digits)
		info, statErr := e.Info()
		if ours && err == nil && statErr == nil { // one that was deleted meanwhile is no error
			list = append(list, Info{Digest: d, Size: info.Size()})
		}
	}
	return list, nil
}

func (s *Store) blobs() string    { return filepath.Join(s.dir, "blobs") }
func (s *Store) partials() string { return filepath.Join(s.dir, "partial") }

// hashed is a file that is hashed as it is written, up to a bound.
type hashed struct {
	file    *os.File
	hash    *outliner
	max     int64
	flushed int64 // steps that the disk was told to write
}

// flushStep is how much of a file is given to the disk at once while it is written.
const flushStep = 8 << 20

func (h *hashed) Write(b []byte) (int, error) {
	if int64(len(b)) > h.max-h.hash.n {
		return 0, fmt.Errorf("it has more than the %d bytes that this store takes", h.max)
	}
	n, err := h.file.Write(b)
	_, _ = h.hash.Write(b[:n])
	if now := h.hash.n / flushStep; now > h.flushed {
		flushSoon(h.file, h.flushed*flushStep, (now-h.flushed)*flushStep)
		h.flushed = now
	}
	return n, err
}

// reader ends when its context does.
type reader struct {
	ctx    context.Context //nolint:containedctx // a reader has no other way to know
	source io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.source.Read(b)
}

// writer is the same for writing.
type writer struct {
	ctx context.Context //nolint:containedctx // as above
	to  io.Writer
}

func (w writer) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.to.Write(b)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// Copy is io.Copy that ends when its context does.
func Copy(ctx context.Context, dst io.Writer, source io.Reader) (int64, error) {
	return io.Copy(dst, reader{ctx, source})
}
