package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ayni.example/provenance/vault"
)

// Bounds of an intake.
const (
	partsMax = 4096
)

// ErrSource says that something cannot be taken as it is.
var ErrSource = errors.New("this cannot be imported")

// Piece is one item that would be taken.
type Piece struct {
	Name    string   `json:"name"`
	Media   string   `json:"media"`
	Size    int64    `json:"size"`              // bytes in the source
	Count   int64    `json:"count,omitempty"`   // of rows or messages
	Columns []Column `json:"columns,omitempty"` // of a table, all of it
}

// Column is one of a table.
type Column struct {
	Name  string `json:"name"`
	Taken bool   `json:"taken"`
	Looks string `json:"looks"` // number, mail, phone, text, or empty; by its first rows
}

// Skipped is what would not be taken.
type Skipped struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Plan is what an import would take.
type Plan struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"`
	Pieces  []Piece   `json:"pieces"`
	Skipped []Skipped `json:"skipped"`

	parts []vault.Part
}

// Parts are what a vault adds.
func (p *Plan) Parts() []vault.Part { return p.parts }

// Size of all pieces.
func (p *Plan) Size() int64 {
	var n int64
	for _, piece := range p.Pieces {
		n += piece.Size
	}
	return n
}

// New reads a source: a folder, or a file by its ending. Columns choose those of a table; none is all.
func New(path string, columns []string) (*Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := &Plan{Name: filepath.Base(filepath.Clean(path)), Pieces: []Piece{}, Skipped: []Skipped{}}
	ending := strings.ToLower(filepath.Ext(path))
	if len(columns) > 0 && ending != ".csv" {
		return nil, fmt.Errorf("%w: only a table (.csv) has columns", ErrSource)
	}
	switch {
	case info.IsDir():
		err = p.folder(path)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%w: it is neither a file nor a folder", ErrSource)
	case ending == ".csv":
		err = p.table(source{path, info}, columns)
	case ending == ".json":
		err = p.members(source{path, info})
	case ending == ".mbox":
		err = p.mailbox(source{path, info})
	default:
		err = fmt.Errorf("%w: want a folder, .csv, .json or .mbox; `ayni vault add` takes any file as it is", ErrSource)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(p.Pieces) == 0 {
		return nil, fmt.Errorf("read %s: %w: there is nothing in it", path, ErrSource)
	}
	return p, nil
}

// File takes a file as it is, or a folder.
func File(path string) (*Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return New(path, nil)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w: it is neither a file nor a folder", path, ErrSource)
	}
	s := source{path, info}
	p := &Plan{Name: filepath.Base(path), Kind: vault.KindFile, Skipped: []Skipped{}}
	p.add(Piece{Name: p.Name, Media: media(path), Size: info.Size()}, s.span(0, info.Size()))
	return p, nil
}

func (p *Plan) add(piece Piece, open func() (io.ReadCloser, error)) {
	p.Pieces = append(p.Pieces, piece)
	p.parts = append(p.parts, vault.Part{Name: piece.Name, Media: piece.Media, Open: open})
}

func (p *Plan) folder(root string) error {
	p.Kind = vault.KindFolder
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		info, err := d.Info()
		switch {
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			p.Skipped = append(p.Skipped, Skipped{name, "it is a link or no file"})
			return nil
		case len(p.Pieces) >= partsMax:
			return fmt.Errorf("%w: more than %d files; take parts of it as objects of their own", ErrSource, partsMax)
		}
		p.add(Piece{Name: name, Media: media(path), Size: info.Size()}, source{path, info}.span(0, info.Size()))
		return nil
	})
}

func media(path string) string {
	if m := mime.TypeByExtension(filepath.Ext(path)); m != "" {
		return m
	}
	return "application/octet-stream"
}

// source is a file as it was looked at.
type source struct {
	path string
	info fs.FileInfo
}

// span opens a part of the file, unless it changed since.
func (s source) span(from, to int64) func() (io.ReadCloser, error) {
	return s.spans([][2]int64{{from, to}})
}

func (s source) spans(list [][2]int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		f, err := s.open()
		if err != nil {
			return nil, err
		}
		readers := make([]io.Reader, len(list))
		for n, span := range list {
			readers[n] = io.NewSectionReader(f, span[0], span[1]-span[0])
		}
		return closing{io.MultiReader(readers...), f}, nil
	}
}

func (s source) open() (*os.File, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (info.Size() != s.info.Size() || !info.ModTime().Equal(s.info.ModTime())) {
		err = fmt.Errorf("%w: %s changed after it was looked at", ErrSource, s.path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

type closing struct {
	io.Reader
	io.Closer
}

// months orders the names of a mailbox's items.
func months(groups map[string]*month) []string {
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// month is the part of a mailbox of one.
type month struct {
	spans [][2]int64
	count int64
	size  int64
}

// monthOf is the item in which a message of that time stands.
func monthOf(at time.Time) string {
	if at.IsZero() {
		return "undated.mbox"
	}
	return at.UTC().Format("2006-01") + ".mbox"
}
