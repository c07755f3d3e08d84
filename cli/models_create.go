package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/artifact/model"
	"ayni.example/inference/engine/jinja"
	"ayni.example/internal/home"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/starter"
)

// making are the flags of `models create`.
type making struct {
	from, adapter, template, system, license string
	params                                   []string
	flags                                    func(name string) bool // whether a flag was given
}

func (a *app) modelsCreate() *cobra.Command {
	var m making
	cmd := &cobra.Command{
		Use: "create NAME --from SOURCE", Short: "Make a model from a GGUF file, a folder of safetensors, or a model that is here", Args: cobra.ExactArgs(1),
		Long: `Make a model under a name. SOURCE is a GGUF file, a folder with config.json, tokenizer.json and *.safetensors, or the name of a
model on this disk; its layers are shared, not copied. An adapter, a template, a system text, parameters and a licence come on top.`,
		Example: "  ayni models create tiny --from ./tiny.gguf\n  ayni models create tiny:brief --from tiny --system 'Be brief.' --param temperature=0.2",
		RunE: func(cmd *cobra.Command, args []string) error {
			m.flags = cmd.Flags().Changed
			return a.create(cmd.Context(), args[0], m)
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.from, "from", "", "GGUF file, folder of safetensors, or name of a model on this disk")
	f.StringVar(&m.adapter, "adapter", "", "GGUF file of a LoRA adapter")
	f.StringVar(&m.template, "template", "", "file of a chat template (Jinja)")
	f.StringVar(&m.system, "system", "", "system text for requests that have none")
	f.StringVar(&m.license, "license", "", "file of the licence")
	f.StringArrayVar(&m.params, "param", nil, "default for requests, KEY=VALUE; several may be given")
	return cmd
}

func (a *app) create(ctx context.Context, text string, m making) error {
	name, err := named(text)
	if err != nil {
		return err
	}
	if m.from == "" {
		return usage(errors.New("--from is missing: a GGUF file, a folder of safetensors, or a model on this disk"))
	}
	s, err := a.models()
	if err != nil {
		return err
	}
	e, err := a.put(ctx, s, name, m)
	if err != nil {
		return err
	}
	return a.made(s, e, a.traced(ctx, s, e, a.origin(ctx, m.from)))
}

// put makes the model and frees what its name meant before.
func (a *app) put(ctx context.Context, s *model.Store, name model.Name, m making) (model.Entry, error) {
	release, err := s.Blobs().Hold(ctx)
	if err != nil {
		return model.Entry{}, err
	}
	e, err := a.assemble(ctx, s, name, m)
	release()
	if _, _, swept := s.Collect(ctx); err == nil {
		err = swept
	}
	return e, noModel(err)
}

// made tells what stands under the name now.
func (a *app) made(s *model.Store, e model.Entry, asset string) error {
	out, err := show(s, e)
	if err != nil {
		return err
	}
	out.Asset = asset
	if out.About.Problem != "" {
		fmt.Fprintf(a.stderr, "note: the exact engine does not run it: %s\n", out.About.Problem)
	}
	if out.Settings.GoTemplate != "" && out.template() == "" {
		fmt.Fprintf(a.stderr, "note: its chat template is for Ollama only; give the exact engine a Jinja one: "+
			"ayni models create NEW --from %s --template FILE\n", out.Name)
	}
	return a.print(out, table{rows: [][]string{{fmt.Sprintf("%s %s %s", out.Name, short(e.Digest.Hex()), size(out.Size))}}})
}

func (a *app) assemble(ctx context.Context, s *model.Store, name model.Name, m making) (model.Entry, error) {
	d := s.Draft()
	params, err := a.weights(ctx, s, d, m.from)
	if err != nil {
		return model.Entry{}, err
	}
	if m.adapter != "" {
		if err := d.Adapter(ctx, m.adapter); err != nil {
			return model.Entry{}, err
		}
	}
	if m.flags("template") {
		text, err := readText(m.template)
		if err == nil && text != "" {
			_, err = jinja.Parse(text)
		}
		if err == nil {
			err = d.Text(ctx, model.TypeJinja, text)
		}
		if err != nil {
			return model.Entry{}, fmt.Errorf("template %s: %w", m.template, err)
		}
	}
	if m.flags("license") {
		text, err := readText(m.license)
		if err == nil {
			err = d.Text(ctx, model.TypeLicense, text)
		}
		if err != nil {
			return model.Entry{}, fmt.Errorf("licence: %w", err)
		}
	}
	if m.flags("system") {
		if err := d.Text(ctx, model.TypeSystem, m.system); err != nil {
			return model.Entry{}, err
		}
	}
	if m.flags("param") {
		if params, err = model.ParseParams(params, m.params); err != nil {
			return model.Entry{}, usage(err)
		}
		if err := d.Params(ctx, params); err != nil {
			return model.Entry{}, err
		}
	}
	return d.Save(ctx, name)
}

// weights begins a draft with what --from names, and gives the parameters that it has.
func (a *app) weights(ctx context.Context, s *model.Store, d *model.Draft, from string) (model.Params, error) {
	stat, err := os.Stat(from)
	switch {
	case err == nil && stat.IsDir():
		return model.Params{}, a.convert(ctx, d, from)
	case err == nil:
		return model.Params{}, d.Weights(ctx, from)
	case isPath(from):
		return model.Params{}, err
	}
	if builtin(from) {
		info, err := s.Blobs().PutBytes(ctx, starter.GGUF())
		d.Add(model.TypeWeights, info)
		return model.Params{}, err
	}
	e, err := entry(s, from)
	if err != nil {
		return model.Params{}, err
	}
	settings, err := s.Settings(e.Manifest)
	d.From(e.Manifest)
	return settings.Params, err
}

// named reads a name that is to be given; that of the built-in model is taken.
func named(text string) (model.Name, error) {
	name, err := model.ParseName(text)
	if err != nil {
		return name, usage(err)
	}
	if builtin(text) {
		return name, usage(fmt.Errorf("%s is the built-in model: choose another name", starter.Name))
	}
	return name, nil
}

// builtin tells whether a name is that of the model in the program, whatever its tag.
func builtin(text string) bool {
	name, err := model.ParseName(text)
	own, ownErr := model.ParseName(starter.Name)
	own.Tag = name.Tag
	return err == nil && ownErr == nil && name == own
}

// isPath tells a file of this machine from a name, where no such file is there.
func isPath(text string) bool {
	return strings.HasPrefix(text, "/") || strings.HasPrefix(text, ".") || strings.HasSuffix(text, ".gguf")
}

// readText reads a file of at most 4 MiB; no name is no text.
func readText(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := home.ReadFile(file, fileMax)
	if err == nil && len(text) > 4<<20 {
		err = fmt.Errorf("%s has %d bytes, at most 4 MiB are taken", file, len(text))
	}
	return string(text), err
}

// noModel adds what to do about a file that is no model.
func noModel(err error) error {
	if err == nil {
		return nil
	}
	var format *gguf.FormatError
	var told hinted
	switch {
	case errors.As(err, &told):
		return err
	case errors.As(err, &format) && format.Hint == "":
		return hint(err, "the file is damaged or was made by a program that has a mistake; get it again")
	case errors.Is(err, fs.ErrNotExist):
		return hint(err, "check the path; `ayni models ls` lists the models on this disk")
	}
	return err
}
