package train_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/train"
	"ayni.example/train/recipe"
)

// childRecipe and childDir make this test binary a process that trains, so that it can be killed.
const (
	childRecipe = "AYNI_TEST_TRAIN_RECIPE"
	childDir    = "AYNI_TEST_TRAIN_DIR"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(childRecipe); name != "" {
		os.Exit(child(name))
	}
	os.Exit(m.Run())
}

func child(name string) int {
	r, err := recipe.Open(name)
	if err == nil {
		var result *train.Result
		if result, err = train.Run(context.Background(), train.Config{Recipe: r, Dir: os.Getenv(childDir), Threads: 2}); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(result)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestKilledAtAnyMoment kills a process that trains, with no warning, again and again.
func TestKilledAtAnyMoment(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	steps := "steps: 150"
	if testing.Short() {
		steps = "steps: 60"
	}
	body := strings.NewReplacer("steps: 24", steps, "every: 5", "every: 2").Replace(tiny)
	r := write(t, dir, body)
	want := run(t, t.Context(), train.Config{Recipe: r, Dir: filepath.Join(dir, "whole"), Threads: 1})

	out := filepath.Join(dir, "killed")
	kills := 0
	for deadline := time.Now().Add(time.Minute); ; {
		if time.Now().After(deadline) {
			t.Fatal("the run does not come to an end")
		}
		var text, talk bytes.Buffer
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childRecipe+"="+filepath.Join(dir, "recipe.yaml"), childDir+"="+out)
		cmd.Stdout, cmd.Stderr = &text, &talk
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(50+random.IntN(450))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == -1 {
			kills++
			continue
		}
		if err != nil {
			t.Fatalf("after %d kills: %v: %s", kills, err, talk.String())
		}
		var have train.Result
		if err := json.Unmarshal(text.Bytes(), &have); err != nil {
			t.Fatal(err)
		}
		if have.Digest != want.Digest || have.Files[0].Digest != want.Files[0].Digest || have.Files[1].Digest != want.Files[1].Digest {
			t.Errorf("after %d kills: %s, want %s", kills, have.Digest, want.Digest)
		}
		break
	}
	t.Logf("%d kills", kills)
	if kills == 0 {
		t.Error("no kill came in time: make the run longer")
	}
}
