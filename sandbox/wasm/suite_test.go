package wasm_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"ayni.example/sandbox"
	"ayni.example/sandbox/sandboxtest"
	"ayni.example/sandbox/wasm"
)

// shelf holds modules by digest.
type shelf map[string][]byte

func (s shelf) add(code []byte) string {
	sum := sha256.Sum256(code)
	digest := "sha256:" + hex.EncodeToString(sum[:])
	s[digest] = code
	return digest
}

func (s shelf) fetch(_ context.Context, digest string) (io.ReadCloser, error) {
	code, ok := s[digest]
	if !ok {
		return nil, errors.New("no such module")
	}
	return io.NopCloser(bytes.NewReader(code)), nil
}

func newDriver(t *testing.T, s shelf) *wasm.Driver {
	t.Helper()
	d, err := wasm.New(wasm.Config{Fetch: s.fetch, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Available(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles a Go program")
	}
	code, err := os.ReadFile(sandboxtest.Build(t, "wasip1", "wasm"))
	if err != nil {
		t.Fatal(err)
	}
	s := shelf{}
	digest := s.add(code)
	d := newDriver(t, s)
	began := time.Now()
	image, err := d.Prepare(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes prepared in %v", len(code), time.Since(began))
	sandboxtest.Run(t, sandboxtest.Subject{Driver: d, Image: image, Fuel: true})
	t.Run("repeats", func(t *testing.T) { repeats(t, d, image) })
}

// repeats holds what the driver is for: output, files, fuel and memory are the same in each run.
func repeats(t *testing.T, d sandbox.Driver, image sandbox.Image) {
	t.Helper()
	for _, program := range []string{"chance", "show", "entries", "deep", "steal", "memory"} {
		var first string
		var usage sandbox.Usage
		for i := range 3 {
			var out bytes.Buffer
			result, err := sandbox.Run(t.Context(), d, image, sandbox.Spec{
				Args: []string{"attack", program, "40"}, Stdout: &out, Stderr: &out, Seed: [32]byte{1}, Limits: sandbox.Limits{Memory: 64 << 20},
			})
			if err != nil {
				t.Fatal(err)
			}
			result.Usage.Wall = 0
			if i == 0 {
				first, usage = out.String(), result.Usage
				t.Logf("%s: %s %d, %+v", program, result.Reason, result.Exit, usage)
				continue
			}
			if out.String() != first || result.Usage != usage {
				t.Errorf("%s: %.200q with %+v, then %.200q with %+v", program, first, usage, out.String(), result.Usage)
			}
		}
	}
}
