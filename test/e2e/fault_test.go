package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fault is a change of one place that changes bits, and the test that must find it.
type fault struct {
	file, old, new string
	pkg, test      string
	env            []string
}

// faults are what a hurried hand, a clever compiler or a new kernel might do.
func faults() map[string]fault {
	const portable = "AYNI_KERNEL=portable"
	return map[string]fault{
		"fused product": {
			"tensor/internal/kernel/vector_reduce.go", "l[i%Lanes] += float32(v * y[i])", "l[i%Lanes] += v * y[i]",
			"tensor", "TestGoldenVectors",
			[]string{portable, "GOARCH=arm64"},
		},
		"reordered tree": {
			"tensor/internal/kernel/vector_reduce.go", "return (quad(l, 0) + quad(l, 2)) + (quad(l, 1) + quad(l, 3))",
			"return (quad(l, 0) + quad(l, 1)) + (quad(l, 2) + quad(l, 3))",
			"tensor", "TestGoldenVectors",
			[]string{portable},
		},
		"changed constant": {
			"tensor/internal/kernel/vector_exp.go", "1.3981999507e-3", "1.3982001e-3",
			"tensor", "TestGoldenVectors",
			[]string{portable},
		},
		"product of the square regrouped": {
			"tensor/internal/kernel/vector_train.go", "float32(float32(d*d)*c.Take2)", "float32(d*float32(d*c.Take2))",
			"tensor/grad", "TestGolden",
			[]string{portable},
		},
		"key of the generator": {
			"tensor/grad/philox.go", "0x9E3779B9", "0x9E3779B8",
			"tensor/grad", "TestGolden",
			[]string{portable},
		},
		"heads summed in falling order": {
			"tensor/grad/attention_back.go", "for h := range a.group {", "for h := a.group - 1; h >= 0; h-- {",
			"tensor/grad", "TestGolden",
			[]string{portable},
		},
		"losses summed in falling order": {
			"tensor/grad/loss.go", "for _, v := range losses[:n] {\n\t\t\tsum += v", "for i := range losses[:n] {\n\t\t\tsum += losses[n-1-i]",
			"tensor/grad", "TestGolden",
			[]string{portable},
		},
		"one instruction of a kernel": {
			"tensor/internal/kernel/f32_amd64.s", "VFMADD231PS", "VFMSUB231PS",
			"tensor/internal/kernel", "TestTile", nil,
		},
	}
}

// TestPlantedFaults changes one place at a time, without touching the tree, and wants the named
// test to fail.
func TestPlantedFaults(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(root, f.file)
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(source), f.old) {
				t.Fatalf("%s no longer has %q", f.file, f.old)
			}
			changed := filepath.Join(t.TempDir(), filepath.Base(f.file))
			place(t, changed, strings.Replace(string(source), f.old, f.new, 1))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
			if err != nil {
				t.Fatal(err)
			}
			list := filepath.Join(t.TempDir(), "overlay.json")
			place(t, list, string(overlay))
			line := []string{"test", "-count=1", "-overlay", list, "-run", f.test}
			if strings.Contains(strings.Join(f.env, " "), "GOARCH") {
				emulator, err := exec.LookPath("qemu-aarch64-static")
				if err != nil {
					t.Skip("qemu-aarch64-static is not installed")
				}
				line = append(line, "-exec", emulator)
			}
			cmd := niced(append(append([]string{"go"}, line...), "./"+f.pkg)...)
			cmd.Dir, cmd.Env = root, append(append(os.Environ(), "CGO_ENABLED=0"), f.env...)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: "+f.test) {
				t.Errorf("%s found nothing: %v\n%s", f.test, err, tail(string(out)))
			}
		})
	}
}

func place(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
