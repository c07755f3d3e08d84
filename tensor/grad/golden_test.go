package grad_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"ayni.example/tensor/grad"
	"ayni.example/tensor/internal/kernel"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.txt")

const goldenPath = "testdata/golden.txt"

// goldenSteps are enough for the moments, clipping and every parameter to matter.
const goldenSteps = 4

// cases are what the golden file has a digest of: every option of a shape, and adapters.
func cases() map[string]func(tb testing.TB, threads, split int) string {
	list := make(map[string]func(tb testing.TB, threads, split int) string)
	for name, s := range shapes() {
		list[name] = func(tb testing.TB, threads, split int) string {
			tb.Helper()
			d, _ := run(tb, s, nil, threads, split, goldenSteps)
			return d
		}
	}
	list["lora"] = func(tb testing.TB, threads, split int) string {
		tb.Helper()
		d, _ := run(tb, shapes()["bias"], &grad.LoRA{Rank: 3, Alpha: 6, Seed: 4}, threads, split, goldenSteps)
		return d
	}
	list["losses"] = func(tb testing.TB, threads, split int) string {
		tb.Helper()
		_, losses := run(tb, tiny(), nil, threads, split, goldenSteps)
		return fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, losses)))
	}
	return list
}

// The digests of weights and moments after a few steps are the same on every processor, which CI checks
// natively, emulated and with each family of kernels.
func TestGoldenCheckpoints(t *testing.T) {
	got := make(map[string]string)
	for name, do := range cases() {
		got[name] = do(t, 1, 6)
	}
	if *update {
		writeGolden(t, got)
	}
	want := readGolden(t)
	for name, d := range got {
		if d != want[name] {
			t.Errorf("%s: checkpoint %s, golden %s", name, d, want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d checkpoints, %d golden", len(got), len(want))
	}
}

func TestThreadsAndSplitsDoNotMatter(t *testing.T) {
	want := readGolden(t)
	for name, do := range cases() {
		for _, c := range []struct{ threads, split int }{{2, 6}, {3, 4}, {1, 1}, {2, 3}} {
			if d := do(t, c.threads, c.split); d != want[name] {
				t.Errorf("%s with %d threads, %d sequences a call: checkpoint %s, golden %s",
					name, c.threads, c.split, d, want[name])
			}
		}
	}
}

// A process computes with one family of kernels, so each runs in a process of its own.
func TestEveryKernelFamilyGivesTheGoldenCheckpoints(t *testing.T) {
	if os.Getenv("AYNI_KERNEL") != "" {
		t.Skip("this process was told its family")
	}
	if testing.Short() {
		t.Skip("portable kernels take seconds")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range kernel.Families() {
		t.Run(family.Name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestGoldenCheckpoints$")
			cmd.Env = append(os.Environ(), "AYNI_KERNEL="+family.Name)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func writeGolden(tb testing.TB, digests map[string]string) {
	tb.Helper()
	lines := make([]string, 0, len(digests))
	for name, d := range digests {
		lines = append(lines, fmt.Sprintf("%s\t%s\n", d, name))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	if err := os.WriteFile(goldenPath, []byte(strings.Join(lines, "")), 0o644); err != nil {
		tb.Fatal(err)
	}
}

func readGolden(tb testing.TB) map[string]string {
	tb.Helper()
	text, err := os.ReadFile(goldenPath)
	if err != nil {
		tb.Fatal(err)
	}
	golden := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		digest, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		golden[name] = digest
	}
	return golden
}
