package checkpoint

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	magic     = "ayni-checkpoint-1\n"
	maxHeader = 64 << 20
)

// ErrCorrupt tells that a file is not a whole checkpoint.
var ErrCorrupt = errors.New("checkpoint is damaged")

// header is the JSON part of a file.
type header struct {
	Run     string          `json:"run"`
	Step    uint64          `json:"step"`
	Windows uint64          `json:"windows"`
	Root    string          `json:"root"`
	Tensors []shape         `json:"tensors"`
	Log     json.RawMessage `json:"log,omitempty"`
}

type shape struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
	Cols int    `json:"cols"`
}

// Encode writes a state.
func Encode(w io.Writer, s *State) error {
	root := s.Root()
	head := header{Run: hex.EncodeToString(s.Run[:]), Step: s.Step, Windows: s.Windows, Root: hex.EncodeToString(root[:]), Log: s.Log}
	for _, t := range s.Tensors {
		if n := t.Rows * t.Cols; len(t.Data) != n || len(t.First) != n || len(t.Second) != n {
			return fmt.Errorf("encode checkpoint: tensor %s has %d, %d and %d numbers, its shape %d", t.Name, len(t.Data), len(t.First), len(t.Second), n)
		}
		head.Tensors = append(head.Tensors, shape{t.Name, t.Rows, t.Cols})
	}
	text, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("encode checkpoint: %w", err)
	}
	if len(text) > maxHeader {
		return fmt.Errorf("encode checkpoint: header has %d bytes, at most %d are allowed", len(text), maxHeader)
	}
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	_, err = out.WriteString(magic)
	if err == nil {
		_, err = out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
	}
	if err == nil {
		_, err = out.Write(text)
	}
	for _, t := range s.Tensors {
		for _, values := range [][]float32{t.Data, t.First, t.Second} {
			if err == nil {
				err = writeFloats(out, values)
			}
		}
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		_, err = w.Write(sum.Sum(nil))
	}
	if err != nil {
		return fmt.Errorf("encode checkpoint: %w", err)
	}
	return nil
}

// Decode reads a file of size bytes. It takes no more memory than the file has, and gives a state only
// when all of it is whole.
func Decode(r io.Reader, size int64) (*State, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
	sum := sha256.New()
	body := size - int64(len(magic)) - 4 - sha256.Size
	if body < 0 {
		return nil, bad("%d bytes are too few", size)
	}
	in := io.TeeReader(bufio.NewReaderSize(r, 1<<16), sum)
	start := make([]byte, len(magic)+4)
	if _, err := io.ReadFull(in, start); err != nil {
		return nil, bad("%v", err)
	}
	n := int64(binary.LittleEndian.Uint32(start[len(magic):]))
	if !bytes.HasPrefix(start, []byte(magic)) || n > maxHeader || n > body {
		return nil, bad("it does not begin as one")
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(in, text); err != nil {
		return nil, bad("%v", err)
	}
	var head header
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, bad("header: %v", err)
	}
	s := &State{Step: head.Step, Windows: head.Windows, Log: head.Log}
	run, err := hex.DecodeString(head.Run)
	if err != nil || copy(s.Run[:], run) != len(run) || len(run) != len(s.Run) {
		return nil, bad("run %q is no digest", head.Run)
	}
	if err := s.readTensors(in, head.Tensors, body-n); err != nil {
		return nil, bad("%v", err)
	}
	want := sum.Sum(nil)
	have := make([]byte, len(want))
	if _, err := io.ReadFull(in, have); err != nil || !bytes.Equal(have, want) {
		return nil, bad("its digest does not fit its content")
	}
	if root := s.Root(); hex.EncodeToString(root[:]) != head.Root {
		return nil, bad("the state is not the one of its root %s", head.Root)
	}
	return s, nil
}

func (s *State) readTensors(in io.Reader, shapes []shape, left int64) error {
	for _, t := range shapes {
		if t.Rows < 1 || t.Cols < 1 || int64(t.Rows) > left/12/int64(t.Cols) {
			return fmt.Errorf("tensor %q of %d by %d does not fit the file", t.Name, t.Rows, t.Cols)
		}
		n := t.Rows * t.Cols
		left -= 12 * int64(n)
		x := Tensor{Name: t.Name, Rows: t.Rows, Cols: t.Cols, Data: make([]float32, n), First: make([]float32, n), Second: make([]float32, n)}
		for _, values := range [][]float32{x.Data, x.First, x.Second} {
			if err := readFloats(in, values); err != nil {
				return err
			}
		}
		s.Tensors = append(s.Tensors, x)
	}
	if left != 0 {
		return fmt.Errorf("%d bytes more than its tensors need", left)
	}
	return nil
}
