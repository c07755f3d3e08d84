package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrLongLine tells that a line exceeds what is held of one.
var ErrLongLine = errors.New("line too long")

// errTaken wraps what a callback returned, to tell it from an error of the reader.
var errTaken = errors.New("refused by the reader's owner")

type takenError struct{ err error }

func (t takenError) Error() string        { return t.err.Error() }
func (t takenError) Unwrap() error        { return t.err }
func (t takenError) Is(target error) bool { return target == errTaken }

// Lines gives each line that is not blank to take, without its end, until take says done or the input ends.
func Lines(from io.Reader, take func(line []byte) (done bool, err error)) (done bool, err error) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scanner.Scan() {
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 {
			continue
		}
		if done, err = take(line); err != nil {
			return false, takenError{err}
		}
		if done {
			return true, nil
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return false, ErrLongLine
	} else if err != nil {
		return false, fmt.Errorf("read line: %w", err)
	}
	return false, nil
}
