package registry_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"ayni.example/artifact/model"
	"ayni.example/artifact/registry"
)

// TestMain is also the process that TestKilledPull kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PULL_INTO"); dir != "" {
		os.Exit(pullForever(dir, os.Getenv("PULL_FROM")))
	}
	os.Exit(m.Run())
}

func pullForever(dir, from string) int {
	s, err := model.New(model.Config{Dir: dir})
	if err != nil {
		return 2
	}
	n, err := model.ParseName(from)
	if err != nil {
		return 3
	}
	c, err := registry.New(registry.Config{Insecure: true})
	if err != nil {
		return 4
	}
	if _, err := c.Pull(context.Background(), s, n, n); err != nil {
		return 1
	}
	return 0
}

// TestKilledPull kills the process in the middle of a blob, several times. The store stays whole each time, locks end with
// the process, and the last pull asks for the rest only.
func TestKilledPull(t *testing.T) {
	raw := weights(t)
	g := newRig(t, raw)
	dir := t.TempDir()
	file := filepath.Join(dir, "partial", "sha256-"+g.weights.Hex())
	const kills = 3
	for i := range kills {
		upTo := len(raw) * (i + 1) / (kills + 1)
		g.set(func(w http.ResponseWriter, r *http.Request, body []byte) bool {
			from := offset(r)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)-from))
			if from > 0 {
				w.Header().Set("Content-Range", "bytes "+strconv.Itoa(from)+"-"+strconv.Itoa(len(body)-1)+"/"+strconv.Itoa(len(body)))
				w.WriteHeader(http.StatusPartialContent)
			}
			_, _ = w.Write(body[from:upTo])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		})
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "PULL_INTO="+dir, "PULL_FROM="+g.name(t).String())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for wait := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			if info, err := os.Stat(file); err == nil && info.Size() >= int64(upTo) {
				break
			}
			if time.Now().After(wait) {
				_ = cmd.Process.Kill()
				t.Fatal("the process does not pull")
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		s := store(t, dir)
		if list, err := s.List(); err != nil || len(list) != 0 {
			t.Errorf("after the kill there is %v, %v", list, err)
		}
		if i == 0 {
			// What was whole has no name yet, so that a collection takes it; the broken download stays.
			if _, _, err := s.Collect(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	g.set(nil)
	s := store(t, dir)
	if _, err := client(t, registry.Config{}).Pull(t.Context(), s, g.name(t), name(t, "mine")); err != nil {
		t.Fatal(err)
	}
	whole(t, s, dir, name(t, "mine"))
	if served, asked := g.count(); served > len(raw)/(kills+1)+2000 {
		t.Errorf("%d of %d bytes came again: %v", served, len(raw), asked)
	}
}
