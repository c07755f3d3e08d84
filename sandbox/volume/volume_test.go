package volume_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"ayni.example/sandbox/volume"
)

func TestVolume(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounts need root")
	}
	dir := t.TempDir()
	file, at := filepath.Join(dir, "v"), filepath.Join(dir, "at")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := volume.Unmount(at); err != nil {
			t.Error(err)
		}
	})
	const size = 8 << 20
	for range 2 { // both may be asked for again
		err := errors.Join(volume.Make(t.Context(), file, size), nil)
		if err == nil {
			err = volume.Mount(file, at)
		}
		if errors.Is(err, volume.ErrUnavailable) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(at, "kept"), bytes.Repeat([]byte("x"), size-1<<20), 0o600); err != nil {
		t.Fatal("the volume holds less than was asked for:", err)
	}
	err := os.WriteFile(filepath.Join(at, "more"), make([]byte, 4<<20), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the quota does not hold: %v", err)
	}
	used, whole, err := volume.Use(at)
	if err != nil || used < size-1<<20 || whole < size || whole > 2*size {
		t.Errorf("%d of %d bytes used, %v", used, whole, err)
	}
	if err := volume.Unmount(at); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(at); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if err := volume.Mount(file, at); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(at, "kept")); err != nil || st.Size() != size-1<<20 {
		t.Errorf("%v, %v", st, err)
	}
}

// TestMountedElsewhere mounts a volume again while a process in another mount namespace still has it: nothing written is lost.
func TestMountedElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounts need root")
	}
	dir := t.TempDir()
	file, at := filepath.Join(dir, "v"), filepath.Join(dir, "at")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := volume.Unmount(at); err != nil {
			t.Error(err)
		}
	})
	err := volume.Make(t.Context(), file, volume.SizeMin)
	if err == nil {
		err = volume.Mount(file, at)
	}
	if errors.Is(err, volume.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := exec.Command("cat") // until its input ends
	elsewhere.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	input, err := elsewhere.StdinPipe()
	if err = errors.Join(err, elsewhere.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(input.Close(), elsewhere.Wait()); err != nil {
			t.Error(err)
		}
	}()
	for i := range 3 {
		name := filepath.Join(at, strconv.Itoa(i))
		if err := os.WriteFile(name, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(volume.Unmount(at), volume.Mount(file, at)); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(name); err != nil || string(text) != "kept" {
			t.Errorf("after mount %d: %q, %v", i, text, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, size := range []int64{0, -1, volume.SizeMin - 1, volume.SizeMax + 1} {
		if err := volume.Make(t.Context(), filepath.Join(t.TempDir(), "v"), size); err == nil {
			t.Errorf("a volume of %d bytes", size)
		}
	}
}
