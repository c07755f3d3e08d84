package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// read gives the text of a file; one that cannot be text is left out, unless a list names it.
func (e entry) read(cfg Config, leftOut map[string]int) (f File, used bool, err error) {
	name := filepath.Join(cfg.Folder, filepath.FromSlash(e.path))
	raw, err := ReadFile(name, cfg.MaxBytes)
	why := ""
	switch {
	case errors.Is(err, errLarge):
		why = fmt.Sprintf("larger than %d bytes", cfg.MaxBytes)
	case err != nil:
		return f, false, err
	default:
		f = File{Path: e.path, Digest: sha256.Sum256(raw), Text: string(raw)}
		if have := hex.EncodeToString(f.Digest[:]); e.digest != "" && e.digest != have {
			return f, false, &DigestError{Path: name, Want: e.digest, Have: have}
		}
		if cfg.Strip {
			f.Text = strip(f.Text)
		}
		if !utf8.ValidString(f.Text) || strings.Contains(f.Text, "\x00") {
			why = "not UTF-8 text"
		} else if f.Text == "" {
			why = "empty"
		}
	}
	if why != "" && e.digest != "" {
		return f, false, fmt.Errorf("%s is %s, and the list names it", name, why)
	}
	if why != "" {
		leftOut[why]++
	}
	return f, why == "", nil
}

// errLarge tells that a file has more bytes than it may.
var errLarge = errors.New("it is too large")

// ReadFile reads a regular file of at most limit bytes; a pipe or a device could hold the run up for ever.
func ReadFile(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%s: %w: more than %d bytes", name, errLarge, limit)
	}
	return raw, err
}

// DigestError tells that a file is not the one that a list names.
type DigestError struct{ Path, Want, Have string }

// Error names the file and both digests.
func (e *DigestError) Error() string {
	return fmt.Sprintf("%s has digest sha256:%s, the list says sha256:%s", e.Path, e.Have, e.Want)
}

// Hint is advice.
func (e *DigestError) Hint() string {
	return "data.folder holds another version of these files: the head of the list may say which one it wants"
}

// strip removes a leading block of line comments that holds the word Copyright, and the blank lines after it.
func strip(text string) string {
	end := 0
	for strings.HasPrefix(text[end:], "//") || strings.HasPrefix(text[end:], "#") {
		n := strings.IndexByte(text[end:], '\n')
		if n < 0 {
			break
		}
		end += n + 1
	}
	if !strings.Contains(text[:end], "Copyright") {
		return text
	}
	return strings.TrimLeft(text[end:], "\n")
}
