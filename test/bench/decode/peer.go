package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// peer is llama.cpp in a process of its own, which answers a line with the processor seconds of what it says.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// buildPeer compiles test/bench/llamacpp, seen from the root of the repository.
func buildPeer(folder string) (string, error) {
	path := filepath.Join(folder, "llamacpp")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Dir = filepath.Join("test", "bench", "llamacpp")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build test/bench/llamacpp: %w; run this at the root of the repository, or give -peer", err)
	}
	return path, nil
}

func startPeer(program, lib, model string, prefill, decode int) (*peer, error) {
	cmd := exec.Command(program, "serve", model, "-lib", lib, "-threads", "1", "-p", strconv.Itoa(prefill), "-n", strconv.Itoa(decode))
	p := &peer{cmd: cmd}
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	p.out = bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return p, nil
}

func (p *peer) ask(line string) (float64, error) {
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		return 0, fmt.Errorf("ask llama.cpp: %w", err)
	}
	if !p.out.Scan() {
		return 0, fmt.Errorf("llama.cpp ended without an answer (does it load the model? try it by hand): %w", io.ErrUnexpectedEOF)
	}
	var answer struct {
		Seconds float64 `json:"cpu_s"`
	}
	if err := json.Unmarshal(p.out.Bytes(), &answer); err != nil || answer.Seconds <= 0 {
		return 0, fmt.Errorf("llama.cpp answered %q, not its processor seconds", p.out.Text())
	}
	return answer.Seconds, nil
}

// stop ends the process; what it says then does not matter.
func (p *peer) stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}
