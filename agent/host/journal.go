package host

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// journalMax bounds what one wake-up writes down.
const journalMax = 64 << 20

// journal is what a wake-up has done, each thing by its name. A step that stands in it is never done again.
type journal struct {
	file *os.File
	size int64
	done map[string]json.RawMessage
}

type journalLine struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// openJournal reads what an earlier process did. A last line that was cut off is no step that was done.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &journal{file: f, done: map[string]json.RawMessage{}}
	r := bufio.NewReader(io.LimitReader(f, journalMax))
	for {
		line, err := r.ReadBytes('\n')
		if err != nil { // the rest was cut off
			break
		}
		var l journalLine
		if json.Unmarshal(bytes.TrimSpace(line), &l) != nil {
			break
		}
		j.done[l.Key] = l.Value
		j.size += int64(len(line))
	}
	if err := errors.Join(f.Truncate(j.size), seekEnd(f)); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal: %w", err), f.Close())
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, errors.Join(dir.Sync(), dir.Close())
}

func seekEnd(f *os.File) error {
	_, err := f.Seek(0, io.SeekEnd)
	return err
}

// put writes a step down before anything follows from it.
func (j *journal) put(key string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	line, err := json.Marshal(journalLine{key, raw})
	if err != nil {
		return err
	}
	if j.size+int64(len(line)) > journalMax {
		return fmt.Errorf("journal of a wake-up has more than %d bytes", journalMax)
	}
	n, err := j.file.Write(append(line, '\n'))
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.size += int64(n)
	j.done[key] = raw
	return nil
}

func (j *journal) close() error { return j.file.Close() }

// once does a step, or takes what it gave when it was done before.
func once[T any](j *journal, key string, do func() (T, error)) (T, error) {
	var value T
	if raw, done := j.done[key]; done {
		err := json.Unmarshal(raw, &value)
		return value, err
	}
	value, err := do()
	if err != nil {
		return value, err
	}
	return value, j.put(key, value)
}
