package wasm_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"ayni.example/sandbox"
	"ayni.example/sandbox/wasm"
)

// module has a memory of the given pages (none: no memory) and a function of the given name, and may import one.
func module(pages byte, function, imported string) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00\x01\x04\x01\x60\x00\x00")
	index := byte(0)
	if imported != "" {
		from := "wasi_snapshot_preview1"
		body := append([]byte{1, byte(len(from))}, from...)
		body = append(append(body, byte(len(imported))), imported...)
		body = append(body, 0, 0)
		b = append(append(b, 2, byte(len(body))), body...)
		index = 1
	}
	b = append(b, 3, 2, 1, 0)
	if pages > 0 {
		b = append(b, 5, 3, 1, 0, pages)
	}
	b = append(b, 7, byte(len(function)+4), 1, byte(len(function)))
	b = append(append(b, function...), 0, index)
	return append(b, 10, 4, 1, 2, 0, 0x0b)
}

func TestModulesRefused(t *testing.T) {
	s := shelf{}
	d := newDriver(t, s)
	for name, c := range map[string]struct{ reference, want string }{
		"no digest":      {"module.wasm", "hexadecimal"},
		"capital digest": {"sha256:" + strings.Repeat("A", 64), "hexadecimal"},
		"not there":      {"sha256:" + strings.Repeat("a", 64), "no such module"},
		"no module":      {s.add([]byte("#!/bin/sh")), "does not begin"},
		"library":        {s.add(module(1, "other", "")), "build a command"},
		"no memory":      {s.add(module(0, "_start", "")), "no memory"},
		"wants more":     {s.add(module(1, "_start", "sock_connect")), "build for WASI"},
		"wrong import":   {s.add(module(1, "_start", "fd_write")), "fd_write"},
	} {
		_, err := d.Prepare(t.Context(), c.reference)
		if name == "wrong import" && err == nil {
			// The type of an import is known when the module is started.
			_, err = sandbox.Run(t.Context(), d, sandbox.Image{Digest: c.reference}, sandbox.Spec{})
		} else if !errors.Is(err, sandbox.ErrImage) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLiar takes a source that gives something else than was asked for.
func TestLiar(t *testing.T) {
	code := module(1, "_start", "")
	d, err := wasm.New(wasm.Config{Now: time.Now, Fetch: func(context.Context, string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(string(code))), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	_, err = d.Prepare(t.Context(), "sha256:"+strings.Repeat("0", 64))
	if !errors.Is(err, sandbox.ErrImage) || !strings.Contains(err.Error(), "something else") {
		t.Error(err)
	}
}

// TestImagesMax drops what is idle.
func TestImagesMax(t *testing.T) {
	s := shelf{}
	d, err := wasm.New(wasm.Config{Fetch: s.fetch, Now: time.Now, ImagesMax: 2})
	if err != nil {
		t.Fatal(err)
	}
	images := make([]sandbox.Image, 3)
	for i := range images {
		if images[i], err = d.Prepare(t.Context(), s.add(module(byte(i+1), "_start", ""))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sandbox.Run(t.Context(), d, images[0], sandbox.Spec{}); !errors.Is(err, sandbox.ErrImage) {
		t.Errorf("the first image is still there: %v", err)
	}
	result, err := sandbox.Run(t.Context(), d, images[2], sandbox.Spec{})
	if err != nil || !result.OK() || result.Usage.Fuel != 1 || result.Usage.Memory != 3<<16 {
		t.Errorf("%+v, %v", result, err)
	}
	if _, err := sandbox.Run(t.Context(), d, images[2], sandbox.Spec{Limits: sandbox.Limits{Memory: 2 << 16}}); !errors.Is(err, sandbox.ErrSpec) {
		t.Errorf("3 pages of memory within 2: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.Start(t.Context(), images[2], sandbox.Spec{}); err == nil {
		t.Error("a closed driver starts")
	}
}
