package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"time"

	"ayni.example/provenance/vault"
)

// mailbox takes an item for each month: a line that begins with "From " begins a message.
func (p *Plan) mailbox(s source) error {
	p.Kind = vault.KindMail
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	groups := map[string]*month{}
	m := &message{start: -1}
	lines := bufio.NewReaderSize(f, 64<<10)
	for at := int64(0); ; {
		line, n, err := readLine(lines)
		if n == 0 && errors.Is(err, io.EOF) {
			m.end(groups, at)
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: %w", ErrSource, err)
		}
		switch {
		case bytes.HasPrefix(line, []byte("From ")) && (m.blank || at == 0):
			m.end(groups, at)
			m = &message{start: at, header: true, when: envelope(line)}
		case m.start < 0:
			return fmt.Errorf("%w: no mailbox: its first line does not begin with \"From \"", ErrSource)
		default:
			m.line(line)
		}
		at += n
	}
	for _, name := range months(groups) {
		g := groups[name]
		p.add(Piece{Name: name, Media: "application/mbox", Size: g.size, Count: g.count}, s.spans(g.spans))
	}
	if len(p.Pieces) > partsMax {
		return fmt.Errorf("%w: it has %d months", ErrSource, len(p.Pieces))
	}
	return nil
}

// message is one that is being passed.
type message struct {
	start  int64
	header bool
	blank  bool // the line before was
	when   time.Time
}

func (m *message) line(line []byte) {
	line = bytes.TrimRight(line, "\r\n")
	m.blank = len(line) == 0
	if m.blank {
		m.header = false
	}
	const date = "date:"
	if m.header && len(line) > len(date) && bytes.EqualFold(line[:len(date)], []byte(date)) {
		if at, err := mail.ParseDate(string(bytes.TrimSpace(line[len(date):]))); err == nil {
			m.when = at
		}
	}
}

// end puts a message into its month.
func (m *message) end(groups map[string]*month, at int64) {
	if m.start < 0 {
		return
	}
	name := monthOf(m.when)
	g := groups[name]
	if g == nil {
		g = &month{}
		groups[name] = g
	}
	g.count++
	g.size += at - m.start
	if last := len(g.spans) - 1; last >= 0 && g.spans[last][1] == m.start {
		g.spans[last][1] = at
		return
	}
	g.spans = append(g.spans, [2]int64{m.start, at})
}

// envelope is the time in the line before a message, where it has one: From SENDER Mon Jan  2 15:04:05 2006.
func envelope(line []byte) time.Time {
	fields := bytes.Fields(line)
	if len(fields) < 7 {
		return time.Time{}
	}
	at, err := time.Parse("Mon Jan 2 15:04:05 2006", string(bytes.Join(fields[2:7], []byte(" "))))
	if err != nil {
		return time.Time{}
	}
	return at
}

// readLine gives the beginning of a line and how long all of it is.
func readLine(r *bufio.Reader) (head []byte, n int64, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if n += int64(len(piece)); head == nil {
			head = bytes.Clone(piece)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return head, n, err
		}
	}
}
