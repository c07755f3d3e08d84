package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// exact are the packages whose tests hold bits fixed: golden vectors, golden hashes of logits, of a
// trained checkpoint and of the starter's answers. The pattern keeps what emulation can do in time.
var exact = map[string]string{
	"tensor":           "Golden|Definition|Dots|Continues",
	"tensor/softfloat": "Edges|Tile",
	"tensor/sample":    ".",
	"tensor/llama":     "Golden|SameBits",
	"tensor/grad":      "Golden",
	"tensor/starter":   "Golden",
	// Roots of plans, states and traces; what integers make of the same tiles.
	"tensor/trace/record": "Golden|NotFinite",
	// Fuel and bits of metered programs, compiled where the runtime has a compiler and interpreted elsewhere.
	"sandbox/wasm/meter": "Fuel|NaN|Memory|Start",
	// Bytes of proofs, which both verifiers accept.
	"zk/hostile": "Golden",
}

// TestEveryProcessor runs the same golden tests on other processors, emulated, and here with every
// family of kernels: the committed bits are one set for all.
func TestEveryProcessor(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64", "riscv64"} {
		emulator := make([]string, 0, 8)
		families := []string{""}
		if arch == runtime.GOARCH {
			families = []string{"portable", "avx2", "avx512", "neon"}
		} else {
			name := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[arch]
			if name == "" {
				name = arch
			}
			path, err := exec.LookPath("qemu-" + name + "-static")
			if err != nil {
				t.Skipf("qemu-%s-static is not installed", name)
			}
			emulator = append(emulator, path)
		}
		for pkg, pattern := range exact {
			line := append(slices.Clone(emulator), buildExact(t, root, pkg, arch, ""), "-test.short", "-test.v", "-test.run", pattern)
			for _, family := range families {
				runExact(t, line, filepath.Join(root, pkg), arch, family)
			}
			if arch == runtime.GOARCH && strings.HasPrefix(pkg, "zk/") { // which knows the tag
				line[0] = buildExact(t, root, pkg, arch, "purego")
				runExact(t, line, filepath.Join(root, pkg), arch, "")
			}
		}
	}
}

// buildExact builds a test binary.
func buildExact(t *testing.T, root, pkg, arch, tags string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "exact.test")
	build := niced("go", "test", "-c", "-tags", tags, "-o", binary, "./"+pkg)
	build.Dir, build.Env = root, append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s for %s: %v\n%s", pkg, arch, err, out)
	}
	return binary
}

// runExact runs one test binary; a family that this processor lacks must say so.
func runExact(t *testing.T, line []string, dir, arch, family string) {
	t.Helper()
	cmd := niced(line...)
	cmd.Dir = dir
	if family != "" {
		cmd.Env = append(os.Environ(), "AYNI_KERNEL="+family)
	}
	out, err := cmd.CombinedOutput()
	passed := strings.Count(string(out), "--- PASS")
	switch {
	case err != nil && family != "" && strings.Contains(string(out), "this processor runs"):
		t.Logf("%s %s: not on this processor", arch, family)
	case err != nil:
		t.Errorf("%s %s %s: %v\n%s", dir, arch, family, err, tail(string(out)))
	case passed == 0:
		t.Errorf("%s %s %s: no test ran", dir, arch, family)
	default:
		t.Logf("%s %s %s: %d tests", filepath.Base(dir), arch, family, passed)
	}
}

func tail(s string) string { return s[max(0, len(s)-2000):] }
