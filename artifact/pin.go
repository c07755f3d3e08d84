package artifact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// maxReason bounds the text of a pin.
const maxReason = 256

// Confidential is the owner of the pins that keep a blob from peers who have nothing to do with it; exchange.Config.May decides who has.
const Confidential = "confidential"

// ErrNotPinned says that an owner has no pin on a blob.
var ErrNotPinned = errors.New("not pinned")

// Pin keeps a blob from collection until its owner takes it away. Each owner has one pin on a blob at most, in a file of its
// own, so that owners do not know of each other. A pin may come before its blob.
type Pin struct {
	Digest Digest
	Owner  string // a word: who decides when it ends, such as "operator"
	Reason string // for people
	Since  time.Time
}

// Pin keeps a blob. Pinning again changes the reason.
func (s *Store) Pin(p Pin) error {
	path, err := s.pinPath(p.Digest, p.Owner)
	if err != nil {
		return err
	}
	if len(p.Reason) > maxReason || strings.ContainsFunc(p.Reason, unicode.IsControl) {
		return fmt.Errorf("pin %s: the reason has more than %d bytes, or characters that are not for people", p.Digest, maxReason)
	}
	if err := os.MkdirAll(s.pinned(), 0o700); err != nil {
		return fmt.Errorf("pin %s: %w", p.Digest, err)
	}
	if err := s.place(path, []byte(p.Reason)); err != nil {
		return fmt.Errorf("pin %s: %w", p.Digest, err)
	}
	return syncDir(s.pinned())
}

// Unpin takes an owner's pin away; ErrNotPinned when there is none.
func (s *Store) Unpin(d Digest, owner string) error {
	path, err := s.pinPath(d, owner)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w by %s: %s", ErrNotPinned, owner, d)
	}
	return err
}

// Pins are all pins, by digest and owner.
func (s *Store) Pins() ([]Pin, error) {
	pins, err := s.pinNames()
	if err != nil {
		return nil, err
	}
	list := pins[:0]
	for _, p := range pins {
		path := filepath.Join(s.pinned(), pinName(p.Digest, p.Owner))
		text, err := os.ReadFile(path)
		stat, statErr := os.Stat(path)
		if errors.Is(errors.Join(err, statErr), fs.ErrNotExist) {
			continue // it was taken away meanwhile
		}
		if err := errors.Join(err, statErr); err != nil {
			return nil, fmt.Errorf("read pin: %w", err)
		}
		p.Reason, p.Since = string(text), stat.ModTime()
		list = append(list, p)
	}
	return list, nil
}

// pinNames are pins by what their file names say.
func (s *Store) pinNames() ([]Pin, error) {
	entries, err := os.ReadDir(s.pinned())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list pins: %w", err)
	}
	list := make([]Pin, 0, len(entries))
	for _, e := range entries {
		digits, owner, _ := strings.Cut(e.Name(), ".")
		if d, err := ParseDigest(digits); err == nil && isOwner(owner) {
			list = append(list, Pin{Digest: d, Owner: owner})
		}
	}
	return list, nil
}

// isOwner allows what no file system minds.
func isOwner(word string) bool {
	return len(word) > 0 && len(word) <= 32 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && word[0] != '-'
}

func pinName(d Digest, owner string) string { return d.Hex() + "." + owner }

func (s *Store) pinned() string { return filepath.Join(s.dir, "pinned") }

// PinnedBy tells whether an owner keeps a blob, which may not be there yet.
func (s *Store) PinnedBy(d Digest, owner string) bool {
	path, err := s.pinPath(d, owner)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist) // what cannot be told is kept
}

func (s *Store) pinPath(d Digest, owner string) (string, error) {
	if !isOwner(owner) {
		return "", fmt.Errorf("owner of a pin %.40q: want up to 32 of a-z, 0-9 and -", owner)
	}
	return filepath.Join(s.pinned(), pinName(d, owner)), nil
}
