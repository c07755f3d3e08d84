package provider

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ayni.example/x/compute"
)

const (
	toolTime   = 10 * time.Second
	toolOutput = 1 << 20
	cardsMax   = 256
)

// Cards are the accelerators that the vendors' tools find here: nvidia-smi, rocm-smi. A machine without a tool has none.
func Cards(ctx context.Context) []compute.GPU {
	var cards []compute.GPU
	if out, ok := tool(ctx, "nvidia-smi", "--query-gpu=name,memory.total,pci.bus_id", "--format=csv,noheader,nounits"); ok {
		cards = append(cards, nvidiaCards(out)...)
	}
	if out, ok := tool(ctx, "rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json"); ok {
		cards = append(cards, amdCards(out)...)
	}
	return together(cards)
}

func tool(ctx context.Context, name string, args ...string) ([]byte, bool) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // a vendor's tool by its name
	cmd.WaitDelay = time.Second
	cmd.Stdout = &capped{w: &out, left: toolOutput}
	err = cmd.Run()
	return out.Bytes(), err == nil
}

// capped drops what is written beyond a bound.
type capped struct {
	w    io.Writer
	left int
}

func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	if _, err := c.w.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// nvidiaCards reads "NVIDIA A100-SXM4-80GB, 81920, 00000000:07:00.0" a line; the memory is in MiB.
func nvidiaCards(out []byte) []compute.GPU {
	r := csv.NewReader(bytes.NewReader(out))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	var cards []compute.GPU
	for len(cards) < cardsMax {
		row, err := r.Read()
		if err != nil {
			return cards
		}
		if len(row) < 2 {
			continue
		}
		mib, err := strconv.ParseUint(strings.TrimSpace(row[1]), 10, 32)
		if model, link := nvidiaModel(row[0]); err == nil && model != "" {
			cards = append(cards, compute.GPU{Vendor: "nvidia", Model: model, Interface: link, Memory: mib << 20, Count: 1})
		}
	}
	return cards
}

// nvidiaModel is the model as orders name it, and how the card is attached: "NVIDIA A100-SXM4-80GB" is a100 by sxm,
// "NVIDIA GeForce RTX 4090" is rtx4090 by pcie.
func nvidiaModel(product string) (model, link string) {
	name, link := strings.ToLower(product), "pcie"
	if strings.Contains(name, "sxm") || strings.Contains(name, "hgx") {
		link = "sxm"
	}
	for _, word := range []string{"nvidia", "geforce", "tesla", "quadro", "graphics device"} {
		name = strings.ReplaceAll(name, word, " ")
	}
	name = regexp.MustCompile(`\b(sxm\d*|hgx|pcie|hbm\d*e?|nvl|\d+ ?gi?b)\b`).ReplaceAllString(name, " ")
	return word(name), link
}

// amdCards reads the JSON of rocm-smi, an object by card.
func amdCards(out []byte) []compute.GPU {
	var all map[string]map[string]any
	if json.Unmarshal(out, &all) != nil {
		return nil
	}
	var cards []compute.GPU
	for name, fields := range all {
		if !strings.HasPrefix(name, "card") || len(cards) == cardsMax {
			continue
		}
		product := text(fields, "Card Series", "Card series", "Card SKU", "Card model")
		bytes, err := strconv.ParseUint(text(fields, "VRAM Total Memory (B)"), 10, 63)
		model := word(strings.NewReplacer("amd", " ", "radeon", " ", "instinct", " ", "graphics", " ").Replace(strings.ToLower(product)))
		if err == nil && model != "" {
			cards = append(cards, compute.GPU{Vendor: "amd", Model: model, Interface: "pcie", Memory: bytes, Count: 1})
		}
	}
	return cards
}

func text(fields map[string]any, names ...string) string {
	for _, n := range names {
		if s, ok := fields[n].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// word joins what is left of a name: " rtx 4090 " is rtx4090, " a100- " is a100.
func word(name string) string {
	joined := regexp.MustCompile(`[^a-z0-9._]+`).ReplaceAllString(name, "")
	return joined[:min(len(joined), 64)]
}

// together counts cards of one kind, in a fixed order.
func together(cards []compute.GPU) []compute.GPU {
	slices.SortFunc(cards, func(a, b compute.GPU) int {
		return strings.Compare(a.Vendor+"/"+a.Model+"/"+a.Interface, b.Vendor+"/"+b.Model+"/"+b.Interface)
	})
	var kinds []compute.GPU
	for _, c := range cards {
		at := slices.IndexFunc(kinds, func(k compute.GPU) bool {
			return k.Vendor == c.Vendor && k.Model == c.Model && k.Interface == c.Interface && k.Memory == c.Memory
		})
		if at < 0 {
			kinds = append(kinds, c)
		} else {
			kinds[at].Count++
		}
	}
	return kinds[:min(len(kinds), 8)]
}
