package worker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Bounds of what is remembered.
const (
	eventsFile  = "events"
	eventsMax   = 256
	eventsSlack = 256 // lines of the file that are remembered no more
	textMax     = 500
)

// Event is something that happened to a lease.
type Event struct {
	Number  uint64    `json:"number"` // counted from 1
	Time    time.Time `json:"time"`
	Kind    string    `json:"kind"`
	Replica string    `json:"replica,omitempty"`
	Text    string    `json:"text"`
}

// ring remembers the latest events, and a file does.
type ring struct {
	mu      sync.Mutex
	list    []Event
	next    uint64
	written int // lines of the file
}

func (r *ring) load(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var e Event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // the last line may have been cut
		}
		r.keep(e)
		r.written++
	}
	return nil
}

func (r *ring) keep(e Event) {
	r.list = append(r.list, e)
	if len(r.list) > eventsMax {
		r.list = append([]Event(nil), r.list[len(r.list)-eventsMax:]...)
	}
	r.next = e.Number
}

func (r *ring) add(path string, e Event, logger *slog.Logger) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Number = r.next + 1
	e.Text = e.Text[:min(len(e.Text), textMax)]
	r.keep(e)
	if err := r.write(path, e); err != nil {
		logger.Error("an event is not written to disk", "file", path, "error", err)
	}
}

// write appends a line, or writes the file anew when it holds more that is forgotten than remembered.
func (r *ring) write(path string, e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if r.written < eventsMax+eventsSlack {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		r.written++
		_, err = f.Write(append(line, '\n'))
		return errors.Join(err, f.Close())
	}
	var all bytes.Buffer
	for _, e := range r.list {
		if line, err = json.Marshal(e); err != nil {
			return err
		}
		all.Write(append(line, '\n'))
	}
	r.written = len(r.list)
	return replace(path, all.Bytes())
}

// since are the events behind a number that are remembered.
func (r *ring) since(number uint64) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, e := range r.list {
		if e.Number > number {
			return append([]Event(nil), r.list[i:]...)
		}
	}
	return nil
}
