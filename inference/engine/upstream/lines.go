package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errLongLine tells that a line exceeds what is held of one.
var errLongLine = errors.New("line too long")

// lines gives each line that is not blank to take, without its end, until take says done or the input ends.
func lines(from io.Reader, take func(line []byte) (done bool, err error)) (done bool, err error) {
	source := &ending{from: from}
	scanner := bufio.NewScanner(source)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	scanner.Split(source.split)
	for scanner.Scan() {
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		if done, err = take(line); err != nil {
			return false, err
		}
		if done {
			return true, nil
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return false, errLongLine
	} else if err != nil {
		return false, fmt.Errorf("read line: %w", err)
	}
	return false, nil
}

// ending remembers how its input ended: a piece of a line before an error is not a line.
type ending struct {
	from io.Reader
	err  error
}

// Read reads on.
func (e *ending) Read(p []byte) (int, error) {
	n, err := e.from.Read(p)
	if err != nil {
		e.err = err
	}
	return n, err
}

func (e *ending) split(data []byte, atEnd bool) (int, []byte, error) {
	advance, line, err := bufio.ScanLines(data, atEnd)
	if atEnd && err == nil && !errors.Is(e.err, io.EOF) && !bytes.ContainsRune(data, '\n') {
		return len(data), nil, nil
	}
	return advance, line, err
}
