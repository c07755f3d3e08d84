// Package python runs a peer that is written in Python, on one thread, and speaks with it line by line.
package python

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Process answers each line with one.
type Process struct {
	Name string // the first line that it says

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start runs a program with the first Python that can: the distribution's, before what else may be in the path.
func Start(source string) (*Process, error) {
	var errs error
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		p, err := launch(python, source)
		if err == nil {
			return p, nil
		}
		errs = errors.Join(errs, err)
	}
	return nil, errs
}

func launch(python, source string) (*Process, error) {
	p := &Process{cmd: exec.Command(python, "-u", "-c", source)}
	for _, v := range os.Environ() {
		// A variable that names a kernel would hold its BLAS below its best.
		if !strings.HasPrefix(v, "OPENBLAS_") && !strings.HasPrefix(v, "OMP_") {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Env = append(p.cmd.Env, "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1")
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("pipe to %s: %w", python, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("pipe from %s: %w", python, err)
	}
	p.out = bufio.NewReader(out)
	var trouble strings.Builder
	p.cmd.Stderr = &trouble
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", python, err)
	}
	if p.Name, err = p.line(); err == nil && p.Name == "" {
		err = errors.New("it gives itself no name")
	}
	if err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w", python, last(trouble.String(), err))
	}
	return p, nil
}

// last is the last line of what a program complained about, or the error when it said nothing.
func last(text string, err error) error {
	if lines := strings.Split(strings.TrimSpace(text), "\n"); lines[len(lines)-1] != "" {
		return errors.New(lines[len(lines)-1])
	}
	return err
}

func (p *Process) line() (string, error) {
	text, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read from the peer: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// Ask says a line and returns the answer.
func (p *Process) Ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return "", fmt.Errorf("write to the peer: %w", err)
	}
	return p.line()
}

// Number says a line that is answered by a number.
func (p *Process) Number(format string, args ...any) (float64, error) {
	text, err := p.Ask(format, args...)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}

// Stop ends the program and waits for its end.
func (p *Process) Stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}
