package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"ayni.example/provenance/vault"
)

// depthMax bounds how deep an export may be nested.
const depthMax = 256

// members takes an item for each member of an object, and one for anything else.
func (p *Plan) members(s source) error {
	p.Kind = vault.KindJSON
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	d := json.NewDecoder(f)
	d.UseNumber()
	first, err := d.Token()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSource, err)
	}
	if first != json.Delim('{') {
		if err := skip(d, first); err != nil {
			return err
		}
		p.add(Piece{Name: p.Name, Media: "application/json", Size: s.info.Size()}, s.span(0, s.info.Size()))
		return end(d)
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSource, err)
		}
		name, _ := key.(string) // an object's keys are
		from := d.InputOffset()
		value, err := d.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSource, err)
		}
		if err := skip(d, value); err != nil {
			return err
		}
		file := memberName(name)
		switch {
		case seen[file]:
			return fmt.Errorf("%w: two members are called %.60q", ErrSource, name)
		case len(p.Pieces) >= partsMax:
			return fmt.Errorf("%w: more than %d members", ErrSource, partsMax)
		}
		seen[file] = true
		from = afterColon(f, from, d.InputOffset())
		p.add(Piece{Name: file, Media: "application/json", Size: d.InputOffset() - from}, s.span(from, d.InputOffset()))
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return fmt.Errorf("%w: %w", ErrSource, err)
	}
	return end(d)
}

// memberName is a member's as an item's: a slash would make a folder.
func memberName(key string) string {
	key = strings.Map(func(r rune) rune {
		if r == '/' || r < ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, key)
	if key == "" || key == "." || key == ".." {
		key = "_" + key
	}
	return key + ".json"
}

// afterColon is where a value begins that stands between two places, behind its key.
func afterColon(f io.ReaderAt, from, to int64) int64 {
	var b [1]byte
	for ; from < to; from++ {
		if _, err := f.ReadAt(b[:], from); err != nil || !strings.ContainsRune(": \t\r\n", rune(b[0])) {
			break
		}
	}
	return from
}

// skip passes a value whose first token has been read, token by token, so that its size does not matter.
func skip(d *json.Decoder, first json.Token) error {
	depth := 0
	for token := first; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > depthMax {
			return fmt.Errorf("%w: nested deeper than %d", ErrSource, depthMax)
		}
		var err error
		if token, err = d.Token(); err != nil {
			return fmt.Errorf("%w: %w", ErrSource, err)
		}
	}
}

// end refuses what follows the value.
func end(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the value", ErrSource)
	}
	return nil
}
