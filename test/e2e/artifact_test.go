package e2e_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/tensor/llama/llamatest"
	"ayni.example/web/operator"
)

const (
	artifactBytes = 200_000_000
	// artifactRate keeps a transfer going for long enough to be broken, in MiB a second from each machine.
	artifactRate = 12
)

// blob is a file of bytes from a seed that is printed.
func blob(tb testing.TB, n int) (path string, body []byte) {
	tb.Helper()
	seed := time.Now().UnixNano()
	tb.Logf("seed %d", seed)
	body = make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32d", seed)))).Read(body)
	path = filepath.Join(tb.TempDir(), "blob")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path, body
}

// machines is a network of so many, without namespaces; the first began it.
func machines(tb testing.TB, n int, args ...string) []*node {
	tb.Helper()
	list := make([]*node, n)
	for i := range list {
		m := newMachine(tb, append([]string{"--listen", "127.0.0.1:0", "--ollama", "off", "--name", fmt.Sprint("machine-", i)}, args...)...)
		write(tb, m.home, fmt.Sprintf("artifact_rate_mib: %d\n", artifactRate))
		if i == 0 {
			m.start()
		} else {
			m.start("join", read[operator.Invite](list[0], "invite").Token)
		}
		list[i] = m
	}
	last := list[n-1]
	wait(tb, time.Minute, "machines on the ledger", func() error {
		if seen := read[[]operator.Provider](last, "provider", "list"); len(seen) < n {
			return errorf("%s sees %d of %d\n%s", last.home, len(seen), n, last.err)
		}
		return nil
	})
	return list
}

// liar gives true chunks at the end of a blob and false ones before.
func liar(tb testing.TB, body []byte) (id, address string) {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(crand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	host, err := p2p.New(p2p.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = host.Close() })
	size := int64(len(body))
	states := append(make([]artifact.State, 0, artifact.Chunks(size)), artifact.FirstState())
	for i := range artifact.Chunks(size) - 1 {
		states = append(states, artifact.ChunkEnd(size, i, states[i], body[i*artifact.ChunkSize:][:artifact.ChunkSize]))
	}
	host.Handle(exchange.Protocol, exchange.Limits(), func(ctx context.Context, s *p2p.Stream) {
		for ctx.Err() == nil {
			var q struct {
				Have, Get string
				Chunk     int64
			}
			if s.Receive(&q, 512, time.Minute) != nil {
				return
			}
			if q.Have != "" {
				if s.Send(map[string]int64{"size": size}, 512, time.Minute) != nil {
					return
				}
				continue
			}
			chunk := bytes.Clone(body[q.Chunk*artifact.ChunkSize:][:artifact.ChunkLen(size, q.Chunk)])
			if q.Chunk < artifact.Chunks(size)-5 {
				chunk[777] ^= 1
			}
			if errors.Join(s.Send(map[string][]byte{"state": states[q.Chunk][:]}, 512, time.Minute), s.SendRaw(chunk, time.Minute)) != nil {
				return
			}
		}
	})
	return host.ID(), host.Addrs()[0] + "/p2p/" + host.ID()
}

// came is how many proven bytes a machine has got from others.
func came(m *node) float64 {
	res, err := http.Get(m.url + "/metrics")
	if err != nil {
		return 0
	}
	defer res.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, `ayni_artifact_bytes_total{direction="in"} `); ok {
			var n float64
			if json.Unmarshal([]byte(strings.TrimSpace(rest)), &n) == nil {
				return n
			}
		}
	}
	return 0
}

// begin runs a command that goes on while the test does other things; the answer is its JSON.
func begin[T any](m *node, args ...string) (ended func() (T, error)) {
	cmd := m.command(append(args, "--json")...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Start()
	return func() (T, error) {
		var value T
		if err == nil {
			err = cmd.Wait()
		}
		if err != nil {
			return value, errorf("%w: %s", err, stderr.String())
		}
		return value, json.Unmarshal(out.Bytes(), &value)
	}
}

// TestArtifactSurvives fetches 200 MB from two machines and a liar. The first of the machines is killed in mid-transfer; the liar
// is named and dropped; what is there at the end is right. A third machine is killed while it fetches, and goes on where it was.
func TestArtifactSurvives(t *testing.T) {
	t.Parallel()
	list := machines(t, 4)
	path, body := blob(t, artifactBytes)
	digest := string(artifact.DigestOf(body))
	for _, m := range list[:2] {
		if put := read[struct{ Digest string }](m, "artifact", "put", path); put.Digest != digest {
			t.Fatalf("put as %s", put.Digest)
		}
	}
	names := map[string]string{}
	for _, p := range read[[]operator.Provider](list[3], "provider", "list") {
		names[p.Name] = p.PeerID
	}
	id, address := liar(t, body)
	out := filepath.Join(t.TempDir(), "out")
	fetch := begin[operator.ArtifactFetch](list[2], "artifact", "get", digest, "--from", address, "--out", out)
	wait(t, time.Minute, "a quarter of the blob", func() error {
		if n := came(list[2]); n < artifactBytes/4 {
			return errorf("%.0f bytes came", n)
		}
		return nil
	})
	list[0].kill()
	got, err := fetch()
	if err != nil {
		t.Fatalf("%v\n%s", err, list[2].err)
	}
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, body) {
		t.Fatalf("%d bytes came, %v", len(b), err)
	}
	by := map[string]operator.ArtifactPeer{}
	for _, p := range got.Peers {
		by[p.Peer] = p
		t.Logf("%+v", p)
	}
	if p := by[id]; p.Dropped != string(exchange.FalseBytes) || p.Bytes > 5<<20 || !strings.Contains(list[2].err.String(), id) {
		t.Errorf("the liar: %+v", p)
	}
	if p := by[names["machine-0"]]; p.Dropped != string(exchange.Gone) || p.Bytes < artifact.ChunkSize {
		t.Errorf("the one that was killed: %+v", p)
	}
	if p := by[names["machine-1"]]; p.Dropped != "" || p.Bytes < artifactBytes/2 {
		t.Errorf("the one that stayed: %+v", p)
	}
	resumed(t, list[3], digest, body)
}

// resumed kills a machine in the middle of a fetch.
func resumed(t *testing.T, m *node, digest string, body []byte) {
	t.Helper()
	fetch := begin[operator.ArtifactFetch](m, "artifact", "get", digest)
	wait(t, time.Minute, "a third of the blob", func() error {
		if n := came(m); n < artifactBytes/3 {
			return errorf("%.0f bytes came", n)
		}
		return nil
	})
	m.kill()
	if _, err := fetch(); err == nil {
		t.Error("the fetch ended well although the process was killed")
	}
	m.start()
	out := filepath.Join(t.TempDir(), "again")
	got := read[operator.ArtifactFetch](m, "artifact", "get", digest, "--out", out)
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, body) {
		t.Fatalf("%d bytes came, %v", len(b), err)
	}
	if got.Resumed < artifactBytes/4 || got.Done != artifactBytes {
		t.Errorf("it went on from %d bytes: %+v", got.Resumed, got)
	}
	t.Logf("after the kill it went on from %d bytes", got.Resumed)
}

// TestArtifactDiskFull has a disk that is too small for what is put and fetched: nothing of what was there is lost, the error
// says what to do, and with more room it works.
func TestArtifactDiskFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	giver := machines(t, 1)[0]
	path, body := blob(t, 20<<20)
	large := read[struct{ Digest string }](giver, "artifact", "put", path)
	small := filepath.Join(t.TempDir(), "small")
	if err := os.WriteFile(small, body[:3<<20], 0o600); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	h, err := home.At(m.home)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(h.Artifacts(), 0o700); err != nil {
		t.Fatal(err)
	}
	mount(t, h.Artifacts(), "size=16m")
	t.Cleanup(func() { _ = syscall.Unmount(h.Artifacts(), syscall.MNT_DETACH) })
	kept := read[struct{ Digest string }](m, "artifact", "put", small)
	self := read[[]operator.Provider](giver, "provider", "list")[0]
	from := self.Endpoints[0] + "/p2p/" + self.PeerID
	for name, line := range map[string][]string{"put": {"artifact", "put", path}, "get": {"artifact", "get", large.Digest, "--from", from}} {
		_, err := m.try(line...)
		if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), "hint: free some space") {
			t.Errorf("%s on a full disk: %v", name, err)
		}
	}
	m.run("artifact", "verify", kept.Digest)
	if left, err := filepath.Glob(h.Artifacts() + "/partial/*"); err != nil || len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	mount(t, h.Artifacts(), "remount,size=64m")
	m.run("artifact", "get", large.Digest, "--from", from)
	m.run("artifact", "verify")
}

func mount(tb testing.TB, dir, options string) {
	tb.Helper()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		tb.Skipf("mount: %v: %s", err, out)
	}
}

// TestModelFromPeers pulls a model whose registry has its manifest and has lost its blobs: another machine has them.
func TestModelFromPeers(t *testing.T) {
	t.Parallel()
	list := machines(t, 2)
	giver, taker := list[0], list[1]
	raw, err := llamatest.Build(llamatest.Spec{Width: 256, Inner: 256})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	giver.run("models", "create", "ns/tiny", "--from", file)
	lost := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/blobs/") {
			http.Error(w, "lost", http.StatusNotFound)
			return
		}
		res, err := http.Get(giver.url + r.URL.Path)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close() //nolint:errcheck // only read
		w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	}))
	defer lost.Close()
	pull := []string{"models", "pull", strings.TrimPrefix(lost.URL, "http://") + "/ns/tiny", "--insecure", "--as", "tiny"}
	if _, err := taker.try(pull...); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("models are given although their owner did not say so: %v", err)
	}
	giver.kill()
	write(t, giver.home, "share_models: true\n")
	giver.start()
	taker.run(pull...)
	taker.run("models", "show", "tiny", "--verify")
}

// TestArtifactPledged pledges an artifact, challenges its holder, which answers by itself, and asks again once the bytes were
// deleted behind its back: that challenge stays.
func TestArtifactPledged(t *testing.T) {
	t.Parallel()
	list := machines(t, 2)
	asker, holder := list[0], list[1]
	path, _ := blob(t, 3<<20+5)
	put := read[struct{ Digest string }](holder, "artifact", "put", path)
	var pledge operator.Pledge
	wait(t, time.Minute, "pledge", func() error {
		out, err := holder.try("artifact", "pledge", put.Digest, "--bond", "1", "--until", "1h", "--json")
		if err != nil {
			return err
		}
		return json.Unmarshal(out, &pledge)
	})
	if pledge.Bond != "1" || pledge.Content != "yes" {
		t.Fatalf("%+v", pledge)
	}
	holder.run("artifact", "unpin", put.Digest)
	if _, err := holder.try("artifact", "rm", put.Digest); err == nil || !strings.Contains(err.Error(), "pinned by pledge") {
		t.Errorf("what is pledged was removed: %v", err)
	}
	if seen := read[[]operator.Pledge](asker, "artifact", "holders", put.Digest); len(seen) != 1 || seen[0].Content != "unknown" {
		t.Errorf("before it has the bytes the asker sees %+v", seen)
	}
	asker.run("artifact", "get", put.Digest)
	if seen := read[[]operator.Pledge](asker, "artifact", "holders", put.Digest); len(seen) != 1 || seen[0].Content != "yes" {
		t.Errorf("with the bytes the asker sees %+v", seen)
	}
	asker.run("artifact", "challenge", put.Digest, "--holder", pledge.Holder)
	wait(t, time.Minute, "answer", func() error {
		seen := read[[]operator.Pledge](asker, "artifact", "holders", put.Digest)
		if len(seen) != 1 || seen[0].Answered != 1 || seen[0].Waiting != 0 {
			return errorf("%+v\n%s", seen, holder.err)
		}
		return nil
	})
	if _, err := holder.try("artifact", "release", put.Digest); err == nil {
		t.Error("released before its time")
	}
	h, err := home.At(holder.home)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(h.Artifacts(), "blobs", "sha256-"+artifact.Digest(put.Digest).Hex())); err != nil {
		t.Fatal(err)
	}
	asker.run("artifact", "challenge", put.Digest, "--holder", pledge.Holder, "--leaf", "7")
	wait(t, time.Minute, "the holder's word", func() error {
		if !strings.Contains(holder.err.String(), "challenge not answered: the bond is at stake") {
			return errorf("%s", holder.err)
		}
		return nil
	})
	if left := read[[]operator.Challenge](holder, "artifact", "challenges"); len(left) != 1 || left[0].Leaf != 7 {
		t.Errorf("waiting: %+v", left)
	}
}
