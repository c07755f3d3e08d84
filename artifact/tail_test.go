package artifact_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"ayni.example/artifact"
)

// outline changes the file of an outline, if the blob has one; nil removes it.
func outline(tb testing.TB, s *artifact.Store, info artifact.Info, change func([]byte) []byte) {
	tb.Helper()
	if artifact.Chunks(info.Size) < 2 {
		return
	}
	path := s.OutlinePath(info.Digest)
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if b = change(b); b == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// states are those before each chunk.
func states(b []byte) []artifact.State {
	size := int64(len(b))
	list := append(make([]artifact.State, 0, artifact.Chunks(size)), artifact.FirstState())
	for i := range artifact.Chunks(size) - 1 {
		list = append(list, artifact.ChunkEnd(size, i, list[i], b[i*artifact.ChunkSize:][:artifact.ChunkSize]))
	}
	return list
}

func tail(tb testing.TB, s *artifact.Store, d artifact.Digest) *artifact.Tail {
	tb.Helper()
	got, err := s.Tail(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// add writes the next chunks of a blob, from the end.
func add(tb testing.TB, t *artifact.Tail, body []byte, n int) {
	tb.Helper()
	before := states(body)
	for range n {
		i := t.Front() - 1
		want, err := t.Wanted()
		chunk := body[i*artifact.ChunkSize:][:artifact.ChunkLen(int64(len(body)), i)]
		if err != nil || artifact.ChunkEnd(int64(len(body)), i, before[i], chunk) != want {
			tb.Fatalf("chunk %d is not what is wanted, %v", i, err)
		}
		if err := t.Add(before[i], chunk); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestTail breaks a blob off, damages what is there, and goes on.
func TestTail(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(path string) error
		front  int64
	}{
		"nothing":   {func(string) error { return nil }, 2},
		"in middle": {func(path string) error { return poke(path, 4<<20+7) }, 5},
		"at end":    {func(path string) error { return poke(path, 6<<20+3) }, 0},
		"state":     {func(path string) error { return poke(path+".states", 4*32) }, 6},
		"no states": {func(path string) error { return os.Truncate(path+".states", 0) }, 0},
		"longer":    {func(path string) error { return os.Truncate(path, 6<<20+101) }, 0},
		"shorter":   {func(path string) error { return os.Truncate(path, 6<<20-1) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, artifact.Config{})
			body := noise(t, 1, 6<<20+100)
			d := artifact.DigestOf(body)
			p := tail(t, s, d)
			if p.Size() != 0 || p.Complete() {
				t.Fatal("something is there")
			}
			if err := p.Begin(int64(len(body))); err != nil {
				t.Fatal(err)
			}
			add(t, p, body, 5)
			b := make([]byte, artifact.ChunkSize)
			if state, err := p.Chunk(3, b); err != nil || state != states(body)[3] {
				t.Errorf("a chunk that is there: %v", err)
			}
			if _, err := p.Chunk(1, b); !errors.Is(err, artifact.ErrAbsent) {
				t.Errorf("a chunk that is not there: %v", err)
			}
			if err := errors.Join(p.Commit()); err == nil {
				t.Error("a part was committed")
			}
			if err := errors.Join(p.Close(), c.damage(p.TailPath())); err != nil {
				t.Fatal(err)
			}
			p = tail(t, s, d)
			if known := p.Size() != 0; known != (c.front > 0) || known && p.Front() != c.front {
				t.Fatalf("%d bytes are known, chunks from %d", p.Size(), p.Front())
			}
			if p.Size() == 0 {
				if err := p.Begin(int64(len(body))); err != nil {
					t.Fatal(err)
				}
			}
			add(t, p, body, int(p.Front()))
			if err := errors.Join(p.Commit(), p.Close(), s.Verify(t.Context(), d)); err != nil {
				t.Fatal(err)
			}
			info := artifact.Info{Digest: d, Size: int64(len(body))}
			if _, err := s.Chunk(t.Context(), info, 4, b); err != nil {
				t.Error(err)
			}
			if p = tail(t, s, d); !p.Complete() {
				t.Error("the blob is not seen")
			}
			if left, err := os.ReadDir(s.Path(d) + "/../../partial"); err == nil && len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

func poke(path string, at int64) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b := make([]byte, 1)
	_, err = file.ReadAt(b, at)
	if err == nil {
		b[0] ^= 0x40
		_, err = file.WriteAt(b, at)
	}
	return errors.Join(err, file.Close())
}

// TestTailIsOneAtATime has a second one wait, and see what the first has done.
func TestTailIsOneAtATime(t *testing.T) {
	s := open(t, artifact.Config{})
	body := noise(t, 2, 100)
	d := artifact.DigestOf(body)
	p := tail(t, s, d)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Tail(ctx, d); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
	second := make(chan bool)
	go func() {
		p, err := s.Tail(context.WithoutCancel(ctx), d)
		second <- err == nil && p.Complete()
	}()
	if err := p.Begin(100); err != nil {
		t.Fatal(err)
	}
	add(t, p, body, 1)
	if err := errors.Join(p.Commit(), p.Close()); err != nil {
		t.Fatal(err)
	}
	if !<-second {
		t.Error("the second one does not see the blob")
	}
	small := open(t, artifact.Config{MaxBlob: 99})
	if err := tail(t, small, d).Begin(100); err == nil {
		t.Error("more than the store takes was begun")
	}
}
