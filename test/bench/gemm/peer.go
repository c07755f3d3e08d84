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

// pythons are where numpy of the distribution is, before what else may be in the path.
func pythons() []string { return []string{"/usr/bin/python3", "python3"} }

func startPeer() (*peer, error) {
	var errs error
	for _, python := range pythons() {
		p, err := launch(python)
		if err == nil {
			return p, nil
		}
		errs = errors.Join(errs, err)
	}
	return nil, fmt.Errorf("start the peer (it needs numpy with OpenBLAS, as in Debian's python3-numpy and libopenblas0): %w", errs)
}

func launch(python string) (*peer, error) {
	p := &peer{cmd: exec.Command(python, "-u", "-c", peerSource)}
	for _, v := range os.Environ() {
		// A variable that names a kernel would hold OpenBLAS below its best.
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
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", python, err)
	}
	if p.name, err = p.line(); err != nil || p.name == "" {
		p.stop()
		return nil, fmt.Errorf("%s has no numpy that uses OpenBLAS: %w", python, err)
	}
	return p, nil
}

func (p *peer) line() (string, error) {
	text, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read from the peer: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// begin prepares a shape and compares one element, so that both sides compute the same product.
func (p *peer) begin(s shape) error {
	bit := map[bool]int{true: 1}
	fmt.Fprintf(p.in, "begin %d %d %d %d %d\n", s.m, s.n, s.k, bit[s.transposedA], bit[s.transposedB])
	theirs, err := p.number()
	if err != nil {
		return err
	}
	own := newProduct(s)
	own.run(1)
	ours := float64(own.c.Data[s.m/2*s.n+s.n/2])
	if d := ours - theirs; d > 1e-3*theirs || -d > 1e-3*theirs {
		return fmt.Errorf("%s %d x %d x %d: ours is %g, theirs %g", s.name, s.m, s.n, s.k, ours, theirs)
	}
	return nil
}

func (p *peer) run(repeat int) (float64, error) {
	fmt.Fprintf(p.in, "run %d\n", repeat)
	return p.number()
}

func (p *peer) number() (float64, error) {
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
