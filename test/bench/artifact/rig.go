package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/test/bench/peak"
)

// taken is what moving the blob once took.
type taken struct{ clock, core time.Duration }

// way is one way to move the blob.
type way struct {
	name string
	run  func() (taken, error)
}

// rig has the blob as a file, and a store that gives it.
type rig struct {
	dir, file, store string
	body             []byte
	digest           string
	n                int
}

func newRig(dir string, mb int) (*rig, error) {
	b := &rig{dir: dir, file: filepath.Join(dir, "blob"), store: filepath.Join(dir, "given"), body: make([]byte, mb*1_000_000)}
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b.body)
	b.digest = string(artifact.DigestOf(b.body))
	if err := os.WriteFile(b.file, b.body, 0o600); err != nil {
		return nil, err
	}
	_, err := b.once("put", b.store, b.file)
	return b, err
}

func (b *rig) ways() []way {
	return []way{
		{"put", func() (taken, error) { return b.into(func(to string) []string { return b.self("put", to, b.file) }) }},
		{"cp, flushed", func() (taken, error) {
			return b.into(func(to string) []string {
				return []string{"sh", "-c", `cp --reflink=never "$1" "$2" && sync "$2"`, "cp", b.file, to}
			})
		}},
		{"write of the disk, flushed", func() (taken, error) {
			return b.into(func(to string) []string { return b.self("write", to, fmt.Sprint(len(b.body))) })
		}},
		{"fetch", func() (taken, error) { return b.across("exchange", b.store) }},
		{"fetch from two peers", func() (taken, error) { return b.across("exchange", b.store, b.store) }},
		{"copy over libp2p", func() (taken, error) { return b.across("libp2p", b.file) }},
		{"copy over TCP", func() (taken, error) { return b.across("tcp", b.file) }},
	}
}

// hash is what one core hashes in a second of its time, in MB.
func (b *rig) hash() float64 {
	return float64(len(b.body)) / 1e6 / peak.Seconds(func() { sha256.Sum256(b.body) })
}

func (b *rig) self(args ...string) []string { return append([]string{os.Args[0]}, args...) }

func (b *rig) once(args ...string) (taken, error) { return timed(b.self(args...)) }

// into runs a program that writes to a fresh place, which is deleted afterwards.
func (b *rig) into(line func(to string) []string) (taken, error) {
	b.n++
	to := filepath.Join(b.dir, fmt.Sprint("to-", b.n))
	defer os.RemoveAll(to) //nolint:errcheck // the folder above is removed too
	return timed(line(to))
}

// across runs givers and a taker; the processor time is that of all of them.
func (b *rig) across(kind string, from ...string) (taken, error) {
	var t taken
	addresses := make([]string, 0, len(from))
	ends := make([]func() (time.Duration, error), 0, len(from))
	for _, f := range from {
		address, end, err := begin(b.self("give", kind, f))
		if err != nil {
			return t, err
		}
		addresses, ends = append(addresses, address), append(ends, end)
	}
	t, err := b.into(func(to string) []string {
		return b.self(append([]string{"take", kind, to, b.digest, fmt.Sprint(len(b.body))}, addresses...)...)
	})
	for _, end := range ends {
		core, e := end()
		if e != nil && err == nil {
			err = e
		}
		t.core += core
	}
	return t, err
}

// begin starts a giver, which prints its address and ends with its standard input.
func begin(line []string) (address string, end func() (time.Duration, error), err error) {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	address, err = bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(address), func() (time.Duration, error) {
		_ = in.Close() // that is how it is told
		err := cmd.Wait()
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), err
	}, err
}

func timed(line []string) (taken, error) {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	err := cmd.Run()
	if err != nil {
		return taken{}, fmt.Errorf("%s: %w", strings.Join(line, " "), err)
	}
	return taken{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}
