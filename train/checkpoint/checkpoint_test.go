package checkpoint_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"ayni.example/train/checkpoint"
)

func state(step uint64) *checkpoint.State {
	s := &checkpoint.State{Step: step, Windows: 8 * step, Log: []byte(`{"loss":[1.5]}`)}
	s.Run[3] = 7
	for i := range 3 {
		t := checkpoint.Tensor{Name: fmt.Sprintf("t%d", i), Rows: 2, Cols: 3 + i}
		for j := range t.Rows * t.Cols {
			v := float32(step)*1.25 + float32(i*100+j)/7
			t.Data, t.First, t.Second = append(t.Data, v), append(t.First, -v), append(t.Second, float32(math.Copysign(0, -1)))
		}
		s.Tensors = append(s.Tensors, t)
	}
	return s
}

func open(t *testing.T, cfg checkpoint.Config) *checkpoint.Store {
	t.Helper()
	s, err := checkpoint.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "step-*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestSaveKeepsTwo(t *testing.T) {
	dir := t.TempDir()
	s := open(t, checkpoint.Config{Dir: dir})
	if have, err := s.Load(); have != nil || err != nil {
		t.Fatalf("an empty folder gave %v, %v", have, err)
	}
	for step := range uint64(5) {
		if err := s.Save(state(step)); err != nil {
			t.Fatal(err)
		}
	}
	have, err := s.Load()
	if err != nil || !reflect.DeepEqual(have, state(4)) {
		t.Errorf("loaded %+v, %v", have, err)
	}
	if names := files(t, dir); len(names) != 2 || !strings.HasSuffix(names[0], "3.ckpt") {
		t.Errorf("files are %v, want those of steps 3 and 4", names)
	}
	if err := s.Clear(); err != nil || len(files(t, dir)) != 0 {
		t.Errorf("clear: %v, %v", err, files(t, dir))
	}
}

// TestEveryDamageIsSeen cuts a file at every length and turns a bit in every byte.
func TestEveryDamageIsSeen(t *testing.T) {
	var b bytes.Buffer
	if err := checkpoint.Encode(&b, state(9)); err != nil {
		t.Fatal(err)
	}
	for i := range b.Len() {
		cut := b.Bytes()[:i]
		if _, err := checkpoint.Decode(bytes.NewReader(cut), int64(i)); !errors.Is(err, checkpoint.ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
		turned := bytes.Clone(b.Bytes())
		turned[i] ^= 1 << (i % 8)
		if _, err := checkpoint.Decode(bytes.NewReader(turned), int64(b.Len())); !errors.Is(err, checkpoint.ErrCorrupt) {
			t.Fatalf("bit of byte %d turned: %v", i, err)
		}
	}
}

func TestADamagedFileFallsBack(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	s := open(t, checkpoint.Config{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for step := range uint64(2) {
		if err := s.Save(state(step)); err != nil {
			t.Fatal(err)
		}
	}
	damage := func(name string) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		raw[len(raw)/2] ^= 1
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := files(t, dir)
	damage(names[1])
	have, err := s.Load()
	if err != nil || have.Step != 0 || !strings.Contains(log.String(), names[1]) {
		t.Errorf("loaded %v, %v; log %q", have, err, log.String())
	}
	damage(names[0])
	if have, err := s.Load(); have != nil || !errors.Is(err, checkpoint.ErrCorrupt) {
		t.Errorf("two damaged files gave %v, %v", have, err)
	}
}

// full takes a number of bytes, as a disk does.
type full struct {
	checkpoint.File
	left int
}

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(b)
}

func TestAFullDiskKeepsTheLastOnes(t *testing.T) {
	dir := t.TempDir()
	room := 1 << 20
	s := open(t, checkpoint.Config{Dir: dir, Create: func(name string) (checkpoint.File, error) {
		f, err := os.Create(name)
		return &full{f, room}, err
	}})
	if err := s.Save(state(1)); err != nil {
		t.Fatal(err)
	}
	for room = range 600 {
		if err := s.Save(state(2)); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("with %d bytes left: %v", room, err)
		}
	}
	if have, err := s.Load(); err != nil || have.Step != 1 {
		t.Errorf("loaded %v, %v", have, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 { // the lock and step 1
		t.Errorf("the folder holds %v", left)
	}
}

// disk has room for a number of bytes in all files together.
type disk struct {
	checkpoint.File
	dir  string
	room int64
}

func (d *disk) Write(b []byte) (int, error) {
	used := int64(len(b))
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			used += info.Size()
		}
	}
	if used > d.room {
		return 0, syscall.ENOSPC
	}
	return d.File.Write(b)
}

// TestRoomForTwo: where three do not fit, the oldest goes first, and never the newest.
func TestRoomForTwo(t *testing.T) {
	dir := t.TempDir()
	var one bytes.Buffer
	if err := checkpoint.Encode(&one, state(1)); err != nil {
		t.Fatal(err)
	}
	room := int64(2*one.Len() + one.Len()/2)
	s := open(t, checkpoint.Config{Dir: dir, Create: func(name string) (checkpoint.File, error) {
		f, err := os.Create(name)
		return &disk{f, dir, room}, err
	}})
	for step := range uint64(5) {
		if err := s.Save(state(step)); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
	if have, err := s.Load(); err != nil || have.Step != 4 || len(files(t, dir)) != 2 {
		t.Errorf("loaded %v, %v from %v", have, err, files(t, dir))
	}
	room = int64(one.Len())
	if err := s.Save(state(5)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("no room: %v", err)
	}
	if have, err := s.Load(); err != nil || have.Step != 4 {
		t.Errorf("without room: %v, %v", have, err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	s := open(t, checkpoint.Config{Dir: dir})
	if _, err := checkpoint.Open(checkpoint.Config{Dir: dir}); !errors.Is(err, checkpoint.ErrBusy) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "step-0000000001.ckpt.tmp"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, checkpoint.Config{Dir: dir})
	if names := files(t, dir); len(names) != 0 {
		t.Errorf("a half-written file stayed: %v", names)
	}
}

// TestRoot changes each part of a state.
func TestRoot(t *testing.T) {
	want := state(1).Root()
	log := state(1)
	log.Log = nil
	if log.Root() != want {
		t.Error("measurements change the root")
	}
	for name, change := range map[string]func(*checkpoint.State){
		"run": func(s *checkpoint.State) { s.Run[0]++ }, "step": func(s *checkpoint.State) { s.Step++ },
		"windows": func(s *checkpoint.State) { s.Windows++ }, "name": func(s *checkpoint.State) { s.Tensors[1].Name = "x" },
		"shape":  func(s *checkpoint.State) { s.Tensors[1].Rows, s.Tensors[1].Cols = s.Tensors[1].Cols, s.Tensors[1].Rows },
		"data":   func(s *checkpoint.State) { s.Tensors[2].Data[4]++ },
		"first":  func(s *checkpoint.State) { s.Tensors[2].First[4]++ },
		"second": func(s *checkpoint.State) { s.Tensors[2].Second[4] = 0 }, // from -0
		"less":   func(s *checkpoint.State) { s.Tensors = s.Tensors[:2] },
	} {
		s := state(1)
		change(s)
		if s.Root() == want {
			t.Errorf("%s does not change the root", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := checkpoint.Encode(&b, state(3)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("ayni-checkpoint-1\n\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := checkpoint.Decode(bytes.NewReader(raw), int64(len(raw)))
		if (s == nil) == (err == nil) {
			t.Fatalf("state %v and error %v", s, err)
		}
		if err != nil && !errors.Is(err, checkpoint.ErrCorrupt) {
			t.Errorf("kind of %v", err)
		}
	})
}
