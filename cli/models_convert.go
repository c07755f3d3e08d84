package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ayni.example/artifact"
	"ayni.example/artifact/convert"
	"ayni.example/artifact/model"
	"ayni.example/tensor/gguf"
)

// convert turns a folder of safetensors into the weights of a draft.
func (a *app) convert(ctx context.Context, d *model.Draft, dir string) error {
	bar := a.progress("convert " + filepath.Base(dir))
	m, err := convert.Folder(os.DirFS(dir), filepath.Base(filepath.Clean(dir)), bar.of)
	if err != nil {
		return hint(err, "the folder needs config.json, tokenizer.json and *.safetensors of a llama, mistral, qwen2, qwen3 or smollm model")
	}
	err = d.Write(ctx, m)
	bar.end()
	return errors.Join(err, m.Close())
}

func (a *app) modelsQuantise() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use: "quantise NAME NEW --to TYPE", Aliases: []string{"quantize"}, Args: cobra.ExactArgs(2),
		Short: "Make a smaller model: F16, BF16, Q8_0, Q6_K, Q4_K, Q4_0",
		Long: `Write the matrices of a model in another type, under a new name; everything else comes along. Vectors (norms, biases) stay F32. The
matrix that gives the logits becomes Q6_K where the type is Q4_0 or Q4_K, and a matrix whose rows do not fill the blocks of the type takes
Q8_0, else F16. Tells the error that it makes: the root of the mean squared difference, alone and relative to the weights.`,
		Example: "  ayni models quantise tiny tiny:q4 --to Q4_K",
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := named(args[1])
			if err != nil {
				return err
			}
			if to == "" {
				return usage(fmt.Errorf("--to is missing: one of %s", convert.Targets()))
			}
			return a.quantise(cmd.Context(), args[0], name, to)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "type of the matrices")
	return cmd
}

// quantised is what `models quantise` tells.
type quantised struct {
	shown
	Report convert.Report `json:"report"`
	Before int64          `json:"size_before"` // bytes of the GGUF file
	After  int64          `json:"size_after"`
}

func (a *app) quantise(ctx context.Context, from string, name model.Name, to string) error {
	s, err := a.models()
	if err != nil {
		return err
	}
	source, err := entry(s, from)
	if err != nil {
		return err
	}
	file, weights, err := openWeights(s, source.Manifest)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	bar := a.progress("quantise " + source.Name.String())
	m, err := convert.Quantise(weights, to, bar.of)
	if err != nil {
		return usage(err)
	}
	release, err := s.Blobs().Hold(ctx)
	if err != nil {
		return err
	}
	d := s.Draft()
	d.From(source.Manifest)
	var made model.Entry
	if err = d.Write(ctx, m); err == nil {
		made, err = d.Save(ctx, name)
	}
	bar.end()
	release()
	if _, _, swept := s.Collect(ctx); err == nil {
		err = swept
	}
	if err != nil {
		return err
	}
	out := quantised{Report: m.Report(), Before: weights.Size}
	if out.shown, err = show(s, made); err != nil {
		return err
	}
	out.Asset = a.traced(ctx, s, made, a.smaller(ctx, source, to))
	layer, _ := made.Manifest.Layer(model.TypeWeights)
	out.After = layer.Size
	return a.print(out, table{rows: [][]string{
		{"made", out.Name},
		{"size", fmt.Sprintf("%s, before %s", size(out.After), size(out.Before))},
		{"error", lost(out.Report)},
	}})
}

// lost writes the error that quantisation made.
func lost(r convert.Report) string {
	if r.Worst == "" {
		return "none"
	}
	return fmt.Sprintf("rmse %.3g, relative %.3g, worst %.3g in %s", r.RMSE, r.Relative, r.WorstRel, r.Worst)
}

// openWeights reads the directory of a model's GGUF file; the caller closes it.
func openWeights(s *model.Store, m model.Manifest) (*os.File, *gguf.File, error) {
	layer, _ := m.Layer(model.TypeWeights)
	file, err := s.Blobs().Open(layer.Digest)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := gguf.ReadKnown(file, layer.Size, layer.Digest.Sum())
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, parsed, nil
}

func (a *app) modelsExport() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use: "export NAME --format gguf|safetensors --out PATH", Short: "Write a model as a GGUF file, or as a folder of safetensors", Args: cobra.ExactArgs(1),
		Long: `Write a model for other programs: a GGUF file, byte for byte as it is kept, or a folder with config.json, tokenizer.json and
model.safetensors. Quantised tensors become F32 in safetensors; others keep their type.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.models()
			if err != nil {
				return err
			}
			e, err := entry(s, args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = e.Name.Model
				if format == "gguf" {
					out += ".gguf"
				}
			}
			switch format {
			case "gguf":
				err = a.exportFile(cmd.Context(), s, e, out)
			case "safetensors":
				err = a.exportFolder(cmd.Context(), s, e, out)
			default:
				err = usage(fmt.Errorf("--format %q: want gguf or safetensors", format))
			}
			if err != nil {
				return err
			}
			return a.print(map[string]string{"name": e.Name.String(), "path": out}, table{rows: [][]string{{out}}})
		},
	}
	cmd.Flags().StringVar(&format, "format", "gguf", "gguf or safetensors")
	cmd.Flags().StringVar(&out, "out", "", "file or folder to write (default: the model's name, here); it must not exist")
	return cmd
}

func (a *app) exportFile(ctx context.Context, s *model.Store, e model.Entry, path string) error {
	layer, _ := e.Manifest.Layer(model.TypeWeights)
	if err := s.Blobs().Verify(ctx, layer.Digest); err != nil {
		return err
	}
	source, err := s.Blobs().Open(layer.Digest)
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // only read
	return writeNew(path, func(w *bufio.Writer) error {
		_, err := artifact.Copy(ctx, w, source)
		return err
	})
}

func (a *app) exportFolder(ctx context.Context, s *model.Store, e model.Entry, dir string) error {
	file, weights, err := openWeights(s, e.Manifest)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	if len(e.Manifest.All(model.TypeAdapter)) > 0 {
		return errors.New("a model with an adapter has no form in safetensors: export its base")
	}
	bar := a.progress("export " + e.Name.String())
	defer bar.end()
	files, err := convert.Export(weights, bar.of)
	if err != nil {
		return err
	}
	return hint(convert.WriteFolder(ctx, dir, files), "name a folder that is not there yet with --out")
}

// writeNew writes a file that must not be there; what is unfinished does not stay.
func writeNew(path string, write func(*bufio.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // as above
	if err != nil {
		return hint(err, "name a file that is not there yet with --out")
	}
	w := bufio.NewWriterSize(file, 1<<18)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
