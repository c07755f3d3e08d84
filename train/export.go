package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ayni.example/artifact/convert"
	"ayni.example/tensor/gguf"
	"ayni.example/train/chart"
	"ayni.example/train/recipe"
)

// Exported is a file that a run made.
type Exported struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"` // model, adapter, weights, card, curve or log
	Digest string `json:"digest"`
	Bytes  int64  `json:"bytes"`
	Asset  string `json:"asset,omitempty"` // id of its lineage, where that was written
}

// stem is the recipe's name as the start of file names.
func stem(name string) string {
	return strings.ReplaceAll(path.Base(name), ":", "-")
}

// exporter collects what was written.
type exporter struct {
	dir   string
	files []Exported
}

func (e *exporter) add(name, kind string, write func(io.Writer) error) error {
	f, err := writeFile(filepath.Join(e.dir, name), kind, write)
	if err == nil {
		e.files = append(e.files, f)
	}
	return err
}

// export writes models, curves and card; the card is last, because it names the others.
func (r *run) export(result *Result) ([]Exported, error) {
	e := &exporter{dir: r.cfg.Dir}
	c := r.cfg.Recipe
	if c.Mode == recipe.LoRA {
		if err := e.add(stem(c.Name)+"-adapter.gguf", "adapter", r.plan.writeAdapter); err != nil {
			return nil, err
		}
		if !c.Export.Merged {
			err := r.describe(e, result)
			return e.files, err
		}
		if err := r.plan.model.Merge(); err != nil {
			return nil, err
		}
	}
	if err := r.models(e); err != nil {
		return nil, err
	}
	err := r.describe(e, result)
	return e.files, err
}

// models writes the weights as they are, and converts that file to what else was asked for.
func (r *run) models(e *exporter) error {
	c := r.cfg.Recipe
	name := stem(c.Name) + "-F32.gguf"
	if err := e.add(name, "model", r.plan.writeModel); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(r.cfg.Dir, name))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	file, err := gguf.Read(f, e.files[len(e.files)-1].Bytes)
	if err != nil {
		return err
	}
	for _, typ := range c.Export.Types {
		if typ == "F32" {
			continue
		}
		m, err := convert.Quantise(file, typ, nil)
		if err != nil {
			return err
		}
		err = e.add(stem(c.Name)+"-"+typ+".gguf", "model", func(w io.Writer) error { _, err := m.WriteTo(w); return err })
		if err = errors.Join(err, m.Close()); err != nil {
			return err
		}
	}
	if c.Export.Safetensors {
		if err := e.folder(file); err != nil {
			return err
		}
	}
	if slices.Contains(c.Export.Types, "F32") {
		return nil
	}
	e.files = slices.DeleteFunc(e.files, func(f Exported) bool { return filepath.Base(f.Path) == name })
	return os.Remove(f.Name())
}

// folder writes what Hugging Face's libraries load.
func (e *exporter) folder(file *gguf.File) error {
	files, err := convert.Export(file, nil)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(e.dir, "safetensors"), 0o750); err != nil {
		return err
	}
	for _, f := range files {
		if err := e.add(filepath.Join("safetensors", f.Name), "weights", f.Write); err != nil {
			return err
		}
	}
	return nil
}

// describe adds curve, measurements and card.
func (r *run) describe(e *exporter, result *Result) error {
	err := e.add("loss.svg", "curve", func(w io.Writer) error { return chart.SVG(w, curves(result.Name, r.log)) })
	if err != nil {
		return err
	}
	err = e.add("loss.json", "log", func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", " ")
		return j.Encode(r.log)
	})
	if err != nil {
		return err
	}
	return e.add("README.md", "card", func(w io.Writer) error { return r.card(w, result, e.files) })
}

// curves are training loss and held-out loss, both in nats a token.
func curves(title string, l *Log) chart.Chart {
	c := chart.Chart{Title: title, X: "step", Y: "loss, nats a token"}
	train, held := chart.Line{Name: "training"}, chart.Line{Name: "held out"}
	for _, p := range l.Points {
		train.X, train.Y = append(train.X, float64(p.Step)), append(train.Y, p.Loss)
	}
	for _, s := range l.Held {
		held.X, held.Y = append(held.X, float64(s.Step)), append(held.Y, s.Loss)
	}
	c.Lines = []chart.Line{train, held}
	return c
}

// Curves are the loss curves of a run, for the terminal.
func (r *Result) Curves() chart.Chart { return curves(r.Name, r.Log) }

// writeFile replaces a file in one step and says what is in it.
func writeFile(name, kind string, write func(io.Writer) error) (Exported, error) {
	e := Exported{Path: name, Kind: kind}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return e, err
	}
	sum := sha256.New()
	err = write(io.MultiWriter(f, sum))
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if info, statErr := f.Stat(); statErr == nil {
		e.Bytes = info.Size()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return e, errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(f.Name()))
	}
	e.Digest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	return e, nil
}
