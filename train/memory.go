package train

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"ayni.example/tensor/grad"
	"ayni.example/train/recipe"
)

// fits estimates the memory of a run before any of it is taken, and refuses one that this machine cannot hold.
func (p *plan) fits(s grad.Shape) error {
	if err := s.Validate(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	need, have := memoryOf(s, p.recipe), available()
	if have == 0 || need <= have {
		return nil
	}
	const gib = 1 << 30
	return p.recipe.Fault("model", "make the model smaller, or batch.micro and batch.length",
		fmt.Errorf("%d parameters need about %.1f GiB of memory, this machine has %.1f GiB to spare", s.Elements(), need/gib, have/gib))
}

// memoryOf is about what weights, gradients, moments and activations take, in bytes.
func memoryOf(s grad.Shape, r *recipe.Recipe) float64 {
	each := 16.0
	if r.Mode == recipe.LoRA {
		each = 4
	}
	// Each product is converted, as everywhere here, so that no compiler fuses it and the check of this package stays strict.
	tokens := float64(float64(r.Batch.Micro) * float64(r.Batch.Length))
	layer := float64(6*s.Width + 4*s.Heads*s.HeadSize + 4*s.KVHeads*s.HeadSize + 5*s.Inner)
	token := float64(float64(s.Layers)*layer) + float64(8*s.Width)
	return float64(each*float64(s.Elements())) + float64(4*float64(tokens*token))
}

// available is the memory that the system could give, 0 where it does not say.
func available() float64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // nothing was written
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib float64
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				return 0
			}
			return float64(1024 * kib)
		}
	}
	return 0
}
