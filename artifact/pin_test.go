package artifact_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/artifact"
)

func put(tb testing.TB, s *artifact.Store, text string) artifact.Digest {
	tb.Helper()
	info, err := s.PutBytes(tb.Context(), []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return info.Digest
}

// TestPins has two owners who do not know of each other.
func TestPins(t *testing.T) {
	s := open(t, artifact.Config{})
	a, b := put(t, s, "a"), put(t, s, "b")
	for _, p := range []artifact.Pin{{Digest: a, Owner: "operator", Reason: "first"}, {Digest: a, Owner: "train-1"}, {Digest: a, Owner: "operator", Reason: "again"}} {
		if err := s.Pin(p); err != nil {
			t.Fatal(err)
		}
	}
	pins, err := s.Pins()
	if err != nil || len(pins) != 2 || pins[0].Reason != "again" || pins[1].Owner != "train-1" || pins[0].Since.IsZero() {
		t.Fatalf("%+v, %v", pins, err)
	}
	if freed, err := s.CollectUnpinned(t.Context(), artifact.Age{}); err != nil || len(freed) != 1 || freed[0].Digest != b {
		t.Errorf("collected %v, %v", freed, err)
	}
	if err := s.Unpin(a, "operator"); err != nil {
		t.Fatal(err)
	}
	if err := s.Unpin(a, "operator"); !errors.Is(err, artifact.ErrNotPinned) {
		t.Errorf("the second time: %v", err)
	}
	if err := s.Remove(a); err == nil || !strings.Contains(err.Error(), "train-1") {
		t.Errorf("removed what another has pinned: %v", err)
	}
	if err := errors.Join(s.Unpin(a, "train-1"), s.Remove(a)); err != nil {
		t.Error(err)
	}
	if err := s.Remove(a); !errors.Is(err, artifact.ErrAbsent) {
		t.Errorf("the second time: %v", err)
	}
	for _, p := range []artifact.Pin{
		{Digest: a},
		{Digest: a, Owner: "../x"},
		{Digest: a, Owner: "A"},
		{Digest: a, Owner: "-a"},
		{Digest: a, Owner: strings.Repeat("a", 33)},
		{Digest: a, Owner: "a", Reason: "two\nlines"},
		{Digest: a, Owner: "a", Reason: strings.Repeat("a", 257)},
	} {
		if err := s.Pin(p); err == nil {
			t.Errorf("pinned with owner %q, reason %q", p.Owner, p.Reason)
		}
	}
}

// TestCollectUnpinned goes by age, takes outlines and broken-off downloads with it, and leaves one that is being written.
func TestCollectUnpinned(t *testing.T) {
	dir := t.TempDir()
	s := open(t, artifact.Config{Dir: dir})
	old, err := s.PutBytes(t.Context(), noise(t, 1, 2<<20))
	if err != nil {
		t.Fatal(err)
	}
	used := put(t, s, "used")
	past := time.Now().Add(-48 * time.Hour)
	for _, d := range []artifact.Digest{old.Digest, used} {
		if err := s.Touch(d, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Touch(used, time.Now()); err != nil {
		t.Fatal(err)
	}
	body := noise(t, 2, 3<<20)
	orphan := s.OutlinePath(artifact.DigestOf([]byte("never stored")))
	if err := os.WriteFile(orphan, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	tails := make([]*artifact.Tail, 2)
	for i, b := range [][]byte{body, body[:2<<20]} {
		tails[i] = tail(t, s, artifact.DigestOf(b))
		if err := tails[i].Begin(int64(len(b))); err != nil {
			t.Fatal(err)
		}
		add(t, tails[i], b, 1)
		if err := os.Chtimes(tails[i].TailPath(), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if err := tails[0].Close(); err != nil {
		t.Fatal(err)
	}
	age := artifact.Age{Blobs: time.Now().Add(-time.Hour), Downloads: time.Now().Add(-time.Hour)}
	if freed, err := s.CollectUnpinned(t.Context(), age); err != nil || len(freed) != 1 || freed[0] != old {
		t.Errorf("collected %v, %v", freed, err)
	}
	for _, path := range []string{s.OutlinePath(old.Digest), orphan} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("an outline without its blob: %v", err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "partial", "*"))
	if err != nil || len(left) != 2 || left[0] != tails[1].TailPath() {
		t.Errorf("downloads left: %v", left)
	}
	add(t, tails[1], body[:2<<20], 1)
	if err := errors.Join(tails[1].Commit(), tails[1].Close(), s.Verify(t.Context(), artifact.DigestOf(body[:2<<20]))); err != nil {
		t.Error(err)
	}
}

// TestCollectBesideWriters collects all the time while others put and pin: nothing that is pinned is lost.
func TestCollectBesideWriters(t *testing.T) {
	dir := t.TempDir()
	s := open(t, artifact.Config{Dir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		other := open(t, artifact.Config{Dir: dir})
		for ctx.Err() == nil {
			if _, err := other.CollectUnpinned(ctx, artifact.Age{}); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	}()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 25 {
				info, err := s.PutPinned(t.Context(), strings.NewReader(fmt.Sprint(i, j)), "operator", "")
				if err == nil {
					err = s.Verify(t.Context(), info.Digest)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	cancel()
	<-ended
	if all, err := s.List(); err != nil || len(all) != 100 {
		t.Errorf("%d are left, %v", len(all), err)
	}
}

// TestQuota makes room with what nobody has pinned, the one used longest ago first, and says what is in the way else.
func TestQuota(t *testing.T) {
	s := open(t, artifact.Config{Quota: 10})
	a, b := put(t, s, "aaaa"), put(t, s, "bbbb")
	if err := s.Touch(b, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	c := put(t, s, "cccc")
	if _, err := s.Stat(b); !errors.Is(err, artifact.ErrAbsent) {
		t.Errorf("the one that was used longest ago: %v", err)
	}
	for _, d := range []artifact.Digest{a, c} {
		if err := s.Pin(artifact.Pin{Digest: d, Owner: "operator"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.PutBytes(t.Context(), []byte("ddd"))
	var full *artifact.QuotaError
	if !errors.As(err, &full) || *full != (artifact.QuotaError{Quota: 10, Used: 8, Pinned: 8, Need: 3}) || !errors.Is(err, artifact.ErrQuota) {
		t.Errorf("full: %v", err)
	}
	d := put(t, s, "dd")
	if _, err := s.PutBytes(t.Context(), []byte("eee")); !errors.Is(err, artifact.ErrQuota) {
		t.Errorf("full: %v", err)
	}
	if _, err := s.Stat(d); err != nil {
		t.Errorf("something was deleted although it did not help: %v", err)
	}
	if _, err := s.PutBytes(t.Context(), make([]byte, 11)); err == nil {
		t.Error("more than the quota was stored")
	}
	p := tail(t, s, artifact.DigestOf([]byte("ffffff")))
	if err := p.Begin(6); !errors.Is(err, artifact.ErrQuota) {
		t.Errorf("a download beyond the quota: %v", err)
	}
	if err := s.Unpin(c, "operator"); err != nil {
		t.Fatal(err)
	}
	if err := p.Begin(6); err != nil {
		t.Errorf("a download with room: %v", err)
	}
	if _, err := s.PutBytes(t.Context(), []byte("g")); !errors.Is(err, artifact.ErrQuota) {
		t.Errorf("beside a download that has the room: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, s, "g")
}
