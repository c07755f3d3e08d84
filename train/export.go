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
	"strings"

	"ayni.example/train/chart"
	"ayni.example/train/recipe"
)

// Exported is a file that a run made.
type Exported struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"` // model, adapter, weights, card, curve or log
	Digest string `json:"digest"`
	Bytes  int64  `json:"bytes"`
}

// stem is the recipe's name as the start of file names.
func stem(name string) string {
	return strings.ReplaceAll(path.Base(name), ":", "-")
}

// export writes models, curves and card; the card is last, because it names the others.
func (r *run) export(result *Result) ([]Exported, error) {
	var files []Exported
	add := func(name, kind string, write func(io.Writer) error) error {
		f, err := writeFile(filepath.Join(r.cfg.Dir, name), kind, write)
		files = append(files, f)
		return err
	}
	c := r.cfg.Recipe
	if c.Mode == recipe.LoRA {
		err := add(stem(c.Name)+"-adapter.gguf", "adapter", r.plan.writeAdapter)
		if err != nil || !c.Export.Merged {
			return r.describe(result, files, err)
		}
		if err := r.plan.model.Merge(); err != nil {
			return files, err
		}
	}
	for _, t := range c.Export.Types {
		if err := add(stem(c.Name)+"-"+t+".gguf", "model", func(w io.Writer) error { return r.plan.writeModel(w, t) }); err != nil {
			return files, err
		}
	}
	var err error
	if c.Export.Safetensors {
		err = add(stem(c.Name)+".safetensors", "weights", r.plan.writeSafetensors)
	}
	return r.describe(result, files, err)
}

// describe adds curve, measurements and card.
func (r *run) describe(result *Result, files []Exported, err error) ([]Exported, error) {
	if err != nil {
		return files, err
	}
	for _, f := range []struct {
		name, kind string
		write      func(io.Writer) error
	}{
		{"loss.svg", "curve", func(w io.Writer) error { return chart.SVG(w, curves(result.Name, r.log)) }},
		{"loss.json", "log", func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", " ")
			return e.Encode(r.log)
		}},
		{"README.md", "card", func(w io.Writer) error { return r.card(w, result, files) }},
	} {
		done, err := writeFile(filepath.Join(r.cfg.Dir, f.name), f.kind, f.write)
		if err != nil {
			return files, err
		}
		files = append(files, done)
	}
	return files, nil
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
