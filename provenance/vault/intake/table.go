package intake

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ayni.example/provenance/vault"
)

// Bounds of a table.
const (
	columnsMax = 1024
	lookRows   = 200
)

// table takes one item, of the columns that are wanted.
func (p *Plan) table(s source, wanted []string) error {
	p.Kind = vault.KindTable
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	rows := csv.NewReader(f)
	rows.ReuseRecord = true
	head, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSource, err)
	}
	if len(head) > columnsMax {
		return fmt.Errorf("%w: %d columns, at most %d", ErrSource, len(head), columnsMax)
	}
	piece := Piece{Name: p.Name, Media: "text/csv", Size: s.info.Size()}
	var keep []int
	for n, name := range head {
		taken := len(wanted) == 0 || slices.Contains(wanted, name)
		piece.Columns = append(piece.Columns, Column{Name: name, Taken: taken})
		if taken {
			keep = append(keep, n)
		}
	}
	for _, name := range wanted {
		if !slices.Contains(head, name) {
			return fmt.Errorf("%w: there is no column %q; it has %s", ErrSource, name, strings.Join(head, ", "))
		}
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSource, err)
		}
		if piece.Count++; piece.Count <= lookRows {
			for n := range row {
				piece.Columns[n].look(row[n])
			}
		}
	}
	open := s.span(0, s.info.Size())
	if len(keep) < len(head) {
		open = func() (io.ReadCloser, error) { return s.columns(keep) }
	}
	p.add(piece, open)
	return nil
}

// columns writes the rows with those columns alone, as they are read.
func (s source) columns(keep []int) (io.ReadCloser, error) {
	f, err := s.open()
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	go func() {
		rows, out := csv.NewReader(f), csv.NewWriter(w)
		rows.ReuseRecord = true
		row, err := rows.Read()
		chosen := make([]string, len(keep))
		for ; err == nil; row, err = rows.Read() {
			for n, at := range keep {
				chosen[n] = row[at]
			}
			if err = out.Write(chosen); err != nil {
				break
			}
		}
		out.Flush()
		if errors.Is(err, io.EOF) {
			err = out.Error()
		}
		_ = w.CloseWithError(err) // nil is the end
	}()
	return closing{r, both{r, f}}, nil
}

// both closes a pipe, which ends its writer, and the file that the writer reads.
type both struct{ a, b io.Closer }

func (c both) Close() error { return errors.Join(c.a.Close(), c.b.Close()) }

var (
	mailLook  = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,255}\.[^@\s.]{2,24}$`)
	phoneLook = regexp.MustCompile(`^\+?[0-9 ()/.-]{7,20}$`)
)

// look narrows what a column's values seem to be.
func (c *Column) look(value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	kind := "text"
	_, notNumber := strconv.ParseFloat(value, 64)
	switch {
	case len(value) > 320:
	case mailLook.MatchString(value):
		kind = "mail"
	case notNumber == nil && !strings.HasPrefix(value, "+"):
		kind = "number"
	case phoneLook.MatchString(value):
		kind = "phone"
	}
	switch c.Looks {
	case "", kind:
		c.Looks = kind
	default:
		c.Looks = "text"
	}
}
