package main

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed peer.py
var peerSource string

// peer is a process that answers each line with one.
type peer struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// errNoPeer means that no python here has PyTorch.
var errNoPeer = errors.New("no python3 with torch and numpy (Debian has python3-torch)")

func startPeer() (*peer, error) {
	var errs error
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		p, err := launch(python)
		if err == nil {
			return p, nil
		}
		errs = errors.Join(errs, err)
	}
	return nil, fmt.Errorf("%w: %w", errNoPeer, errs)
}

func launch(python string) (*peer, error) {
	p := &peer{cmd: exec.Command(python, "-u", "-c", peerSource)}
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
	if p.name, err = p.line(); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w", python, lastLine(trouble.String(), err))
	}
	return p, nil
}

func lastLine(text string, err error) error {
	if lines := strings.Split(strings.TrimSpace(text), "\n"); lines[len(lines)-1] != "" {
		return errors.New(lines[len(lines)-1])
	}
	return err
}

func (p *peer) line() (string, error) {
	text, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read from the peer: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// begin loads a run.
func (p *peer) begin(folder, variant string) error {
	fmt.Fprintf(p.in, "begin %s %s\n", folder, variant)
	_, err := p.line()
	return err
}

// curve trains and returns the loss of each step.
func (p *peer) curve(steps int) ([]float64, error) {
	fmt.Fprintf(p.in, "curve %d\n", steps)
	text, err := p.line()
	if err != nil {
		return nil, err
	}
	losses := make([]float64, 0, steps)
	for f := range strings.FieldsSeq(text) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, fmt.Errorf("the peer's loss %q: %w", f, err)
		}
		losses = append(losses, v)
	}
	return losses, nil
}

// step trains and returns the processor time.
func (p *peer) step(n int) (float64, error) {
	fmt.Fprintf(p.in, "step %d\n", n)
	text, err := p.line()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}

func (p *peer) stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}
