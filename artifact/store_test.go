package artifact_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"ayni.example/artifact"
)

func open(tb testing.TB, cfg artifact.Config) *artifact.Store {
	tb.Helper()
	if cfg.Dir == "" {
		cfg.Dir = tb.TempDir()
	}
	s, err := artifact.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestPut(t *testing.T) {
	s := open(t, artifact.Config{MaxBlob: 10})
	abc, err := s.Put(t.Context(), strings.NewReader("abc"), "")
	if err != nil || abc.Size != 3 || abc.Digest != "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Fatalf("stored %+v, %v", abc, err)
	}
	if again, err := s.Put(t.Context(), strings.NewReader("abc"), abc.Digest); err != nil || again != abc {
		t.Errorf("the second time %+v, %v", again, err)
	}
	if got, err := s.ReadAll(abc.Digest, 3); err != nil || string(got) != "abc" {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := s.ReadAll(abc.Digest, 2); err == nil {
		t.Error("more than the limit was read")
	}
	_, err = s.Put(t.Context(), strings.NewReader("abd"), abc.Digest)
	if !errors.Is(err, artifact.ErrDigest) {
		t.Errorf("other bytes: %v", err)
	}
	if _, err = s.Put(t.Context(), strings.NewReader("0123456789a"), ""); err == nil || !strings.Contains(err.Error(), "10 bytes") {
		t.Errorf("beyond the bound: %v", err)
	}
	if _, err = s.Put(t.Context(), iotest.ErrReader(io.ErrClosedPipe), ""); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a broken source: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = s.Put(ended, strings.NewReader("x"), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if info, err := s.PutFrom(t.Context(), strings.NewReader("def")); err != nil || info.Size != 3 {
		t.Errorf("written: %+v, %v", info, err)
	}
	if list, err := s.List(); err != nil || len(list) != 2 {
		t.Errorf("the store holds %v, %v", list, err)
	}
	if _, err := s.Open(artifact.DigestOf([]byte("x"))); !errors.Is(err, artifact.ErrAbsent) {
		t.Errorf("absent: %v", err)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	s := open(t, artifact.Config{})
	info, err := s.PutBytes(t.Context(), bytes.Repeat([]byte("abc"), 1000))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(t.Context(), info.Digest); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(s.Path(info.Digest), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt([]byte("x"), 1500); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Close(), s.Verify(t.Context(), info.Digest)); !errors.Is(err, artifact.ErrDigest) {
		t.Errorf("one changed byte: %v", err)
	}
}

func TestPartialResumes(t *testing.T) {
	s := open(t, artifact.Config{})
	body := []byte("what is downloaded")
	d := artifact.DigestOf(body)
	begin := func() *artifact.Partial {
		p, err := s.Partial(t.Context(), d, int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := begin()
	if _, err := p.Write(body[:5]); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a blob: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = begin()
	if p.Have() != 5 || p.Complete() {
		t.Fatalf("%d bytes were kept, complete %v", p.Have(), p.Complete())
	}
	if _, err := p.Write(append(body[5:], 'x')); err == nil {
		t.Error("more than announced was taken")
	}
	if _, err := p.Write(body[5:]); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Commit(), p.Close()); err != nil {
		t.Fatal(err)
	}
	if p = begin(); !p.Complete() {
		t.Error("the blob is not seen")
	}
	if _, err := s.Partial(t.Context(), d, 3); err == nil {
		t.Error("another size was taken for a blob that is here")
	}
}

func TestPartialOfWrongBytesBeginsAnew(t *testing.T) {
	s := open(t, artifact.Config{})
	d := artifact.DigestOf([]byte("right"))
	p, err := s.Partial(t.Context(), d, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // nothing hangs on it
	for _, text := range []string{"wrong", "right"} {
		if p.Have() != 0 {
			t.Fatalf("%d bytes are there before %q", p.Have(), text)
		}
		if _, err := io.WriteString(p, text); err != nil {
			t.Fatal(err)
		}
		if err := p.Commit(); (err == nil) != (text == "right") || err != nil && !errors.Is(err, artifact.ErrDigest) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestPartialIsOneAtATime has many write the same blob; each waits for the one before, and one does the work.
func TestPartialIsOneAtATime(t *testing.T) {
	s := open(t, artifact.Config{})
	body := bytes.Repeat([]byte("x"), 1<<16)
	d := artifact.DigestOf(body)
	var group sync.WaitGroup
	written := make(chan int64, 8)
	for range cap(written) {
		group.Go(func() {
			p, err := s.Partial(t.Context(), d, int64(len(body)))
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Close() //nolint:errcheck // nothing hangs on it
			if p.Complete() {
				return
			}
			n, err := p.Write(body[p.Have():])
			if err := errors.Join(err, p.Commit()); err != nil {
				t.Error(err)
			}
			written <- int64(n)
		})
	}
	group.Wait()
	close(written)
	var total int64
	for n := range written {
		total += n
	}
	if total != int64(len(body)) {
		t.Errorf("%d bytes were written for %d", total, len(body))
	}
}

// TestPartialBeginsOnce has writers begin the moment that another finishes: the blob that came is not begun again.
func TestPartialBeginsOnce(t *testing.T) {
	s := open(t, artifact.Config{})
	var group sync.WaitGroup
	written := make([]atomic.Int32, 300)
	for range 8 {
		group.Go(func() {
			for i := range written {
				body := fmt.Appendf(nil, "blob %d", i)
				p, err := s.Partial(t.Context(), artifact.DigestOf(body), int64(len(body)))
				if err != nil {
					t.Error(err)
					return
				}
				if !p.Complete() {
					written[i].Add(1)
					_, err = p.Write(body[p.Have():])
					err = errors.Join(err, p.Commit())
				}
				if err = errors.Join(err, p.Close()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for i := range written {
		if n := written[i].Load(); n != 1 {
			t.Errorf("blob %d was written %d times", i, n)
		}
	}
}

func TestPartialWaitEndsWithContext(t *testing.T) {
	s := open(t, artifact.Config{})
	d := artifact.DigestOf([]byte("a"))
	p, err := s.Partial(t.Context(), d, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // nothing hangs on it
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Partial(ctx, d, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}

func TestCollect(t *testing.T) {
	dir := t.TempDir()
	s := open(t, artifact.Config{Dir: dir})
	all := make([]artifact.Info, 0, 3)
	for i := range 3 {
		info, err := s.PutBytes(t.Context(), fmt.Append(nil, i))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, info)
	}
	left := filepath.Join(dir, "partial", "put-left")
	if err := os.WriteFile(left, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := s.Partial(t.Context(), artifact.DigestOf([]byte("later")), 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(p, "la"); err != nil || p.Close() != nil {
		t.Fatal(err)
	}
	live := func() (map[artifact.Digest]bool, error) { return map[artifact.Digest]bool{all[1].Digest: true}, nil }

	other := open(t, artifact.Config{Dir: dir})
	release, err := other.Hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Collect(t.Context(), live); !errors.Is(err, artifact.ErrBusy) {
		t.Errorf("while another writes: %v", err)
	}
	release()
	freed, err := s.Collect(t.Context(), live)
	if err != nil || len(freed) != 2 {
		t.Errorf("freed %v, %v", freed, err)
	}
	if list, err := s.List(); err != nil || len(list) != 1 || list[0] != all[1] {
		t.Errorf("what is left is %v, %v", list, err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unfinished file stays: %v", err)
	}
	if p, err = s.Partial(t.Context(), artifact.DigestOf([]byte("later")), 5); err != nil || p.Have() != 2 {
		t.Fatalf("a download that can be resumed is gone: %v", err)
	}
	if err := errors.Join(p.Close(), s.DropPartials()); err != nil {
		t.Fatal(err)
	}
	if p, err = s.Partial(t.Context(), artifact.DigestOf([]byte("later")), 5); err != nil || p.Have() != 0 {
		t.Errorf("a dropped download is still there: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	failing := func() (map[artifact.Digest]bool, error) { return nil, io.ErrUnexpectedEOF }
	if _, err := s.Collect(t.Context(), failing); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("when names cannot be read: %v", err)
	}
	if list, err := s.List(); err != nil || len(list) != 1 {
		t.Errorf("then %v is left, %v", list, err)
	}
}

func TestParseDigest(t *testing.T) {
	const digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for _, text := range []string{digits, "sha256:" + digits, "sha256:" + strings.ToUpper(digits)} {
		if d, err := artifact.ParseDigest(text); err != nil || d != "sha256:"+digits {
			t.Errorf("%s: %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "sha256:", digits[1:], digits + "00", "sha512:" + digits, "../" + digits[3:], strings.Repeat("g", 64)} {
		if _, err := artifact.ParseDigest(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if d := artifact.DigestOf([]byte("abc")); d.Hex() != digits || d.Sum() == ([32]byte{}) {
		t.Errorf("digest %s", d)
	}
}
