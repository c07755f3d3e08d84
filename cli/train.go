package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/internal/home"
	"ayni.example/provenance/pool/desk"
	"ayni.example/tensor/starter"
	"ayni.example/train"
	"ayni.example/train/chart"
	"ayni.example/train/recipe"
)

const trainHelp = `Train a model from a recipe: new weights, given ones, or low-rank adapters beside given ones.

With --local on this machine. Without it the recipe and its text are packed, a machine of the network trains them for --price credits
a step, every segment of steps is committed on the ledger and paid once nobody disputed it, another machine goes on where one
dies, and the result is finished here. It needs "ayni up" on this home, and a recipe that can be disputed (docs/guide/train.md).

The result is a function of the recipe and its text: the same digests on every machine, with any number of threads, however often
the run is stopped. It saves its state now and then; the same command goes on from there, after a kill -9 too.

Everything is written to --out (default HOME/train/NAME): models as GGUF, an adapter in mode lora, loss.svg, loss.json and a card,
README.md. What each was made from is written beside it, signed, and
registered on the ledger of a running "ayni up" on this home. With --json the last line of standard output is the result, with "digest" of the final state and of each file.

The fields of a recipe are in docs/guide/train.md; examples/train has some that run in a minute.`

// trainFlags are what the command line may say.
type trainFlags struct {
	out, name       string
	threads, steps  int
	resume, restart bool
	local           bool
	lease           leaseFlags
}

func (a *app) train() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use: "train RECIPE", Short: "Train or fine-tune a model from a recipe", Long: trainHelp, Args: cobra.ExactArgs(1),
		Example: "  ayni train examples/train/lora.yaml --local\n  ayni train examples/train/pretrain.yaml --price 0.0001",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runTrain(cmd, args[0], f) },
	}
	cmd.Flags().BoolVar(&f.local, "local", false, "on this machine")
	cmd.Flags().StringVar(&f.lease.price, "price", "", "most credits for a step elsewhere (default: the least that a fitting machine announces)")
	cmd.Flags().StringVar(&f.lease.deposit, "deposit", "", "credits locked for the order (default: all steps at --price and all audits)")
	cmd.Flags().StringVar(&f.lease.useMax, "use-max", "", "most credits that the owners of the data and of the base may ask for this training (default: nothing)")
	cmd.Flags().StringVar(&f.lease.audit, "audit-fee", "", "most credits for the audit of a segment, where one is drawn (default: none; nobody audits for nothing)")
	cmd.Flags().IntVar(&f.lease.segment, "segment", 0, "steps between two states on the ledger, 1 to 256 (default: a 32nd of the run)")
	cmd.Flags().StringArrayVar(&f.lease.providers, "provider", nil, "address of a machine that may train; may be given again (default: any)")
	cmd.Flags().BoolVar(&f.lease.detach, "detach", false, "place the order and leave; the same command without it watches and finishes")
	cmd.Flags().IntVar(&f.threads, "threads", 0, "processors to use (default: all); never changes the result")
	cmd.Flags().IntVar(&f.steps, "steps", 0, "stop after this step of the recipe's schedule")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "fail unless there is a checkpoint to go on from")
	cmd.Flags().BoolVar(&f.restart, "restart", false, "remove the checkpoints of an earlier run first")
	cmd.Flags().StringVar(&f.out, "out", "", "folder of the run (default HOME/train/NAME)")
	cmd.Flags().StringVar(&f.name, "name", "", "name under which this machine keeps and serves the result")
	cmd.Flags().BoolVar(&f.lease.wait, "wait", false, "finish once nothing of the training can be disputed any more, not as soon as it is there")
	cmd.MarkFlagsMutuallyExclusive("resume", "restart")
	for _, elsewhere := range []string{"price", "deposit", "audit-fee", "segment", "provider", "detach", "wait"} {
		cmd.MarkFlagsMutuallyExclusive("local", elsewhere)
	}
	return cmd
}

func (a *app) runTrain(cmd *cobra.Command, name string, f trainFlags) error {
	r, err := recipe.Open(name)
	if err != nil {
		return advised(err)
	}
	if _, err := recipeTerms(r); err != nil { // before hours of work
		return err
	}
	if f.steps < 0 || f.steps > r.Steps() {
		return hint(usage(fmt.Errorf("--steps %d: the recipe has %d steps", f.steps, r.Steps())), "budget: in the recipe makes the run longer")
	}
	if f.threads < 0 {
		return hint(usage(fmt.Errorf("--threads %d: want 1 or more", f.threads)), "without --threads all processors are used")
	}
	if f.name != "" {
		if _, err := named(f.name); err != nil {
			return err
		}
	}
	if f.out == "" {
		h, err := a.open()
		if err != nil {
			return err
		}
		f.out = filepath.Join(h.Dir(), "train", strings.ReplaceAll(path.Base(r.Name), ":", "-"))
	}
	bar := newBar(a.stderr, a.log == "error")
	log, err := (&app{stderr: above{bar}, log: a.log}).logger("info")
	if err != nil {
		return err
	}
	start := train.Auto
	if f.resume {
		start = train.Resume
	} else if f.restart {
		start = train.Restart
		if err := os.RemoveAll(filepath.Join(f.out, frozenTexts)); err != nil {
			return err
		}
	}
	cfg := train.Config{
		Recipe: r, Dir: f.out, Threads: f.threads, Steps: f.steps, Start: start, Lookup: os.LookupEnv, Logger: log, Progress: bar.show,
		Model: a.modelSource, Pool: a.poolTexts(f.out),
	}
	order := ""
	if !f.local {
		if order, err = a.trainLeased(cmd.Context(), name, cfg, f.lease, bar); err != nil || f.lease.detach {
			return err
		}
		cfg.Start = train.Resume
	}
	result, err := train.Run(cmd.Context(), cfg)
	bar.end()
	if err != nil {
		return advised(err)
	}
	a.traceRun(cmd.Context(), name, order, r, result)
	if result.Complete {
		if err := os.RemoveAll(filepath.Join(f.out, frozenTexts)); err != nil {
			return err
		}
	}
	if f.name != "" {
		if err := a.keepTrained(cmd.Context(), f.name, r, result); err != nil {
			return err
		}
	}
	return a.trained(result, bar.terminal)
}

// modelSource finds a model of this machine by name.
func (a *app) modelSource(name string) (*train.Source, error) {
	if name == starter.Name {
		return &train.Source{ReaderAt: bytes.NewReader(starter.GGUF()), Size: int64(len(starter.GGUF())), Close: func() error { return nil }}, nil
	}
	path, err := a.weightsOf(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &train.Source{ReaderAt: f, Size: info.Size(), Close: f.Close}, nil
}

// frozenTexts in a run's folder are the texts of the pool that it trains on.
const frozenTexts = "pool"

// poolTexts copies what a pool of this home has accepted into a run's folder when the run begins: the pool takes more and gives back
// meanwhile, and a run goes on with the text that it began with.
func (a *app) poolTexts(dir string) func(name string) (string, error) {
	return func(name string) (string, error) {
		h, err := a.open()
		if err != nil {
			return "", err
		}
		folder, _, err := desk.Texts(h.Pools(), name)
		if err != nil {
			return "", err
		}
		frozen := filepath.Join(dir, frozenTexts)
		if _, err := os.Stat(frozen); err == nil {
			return frozen, nil
		}
		part := frozen + ".part"
		if err := errors.Join(os.RemoveAll(part), os.MkdirAll(dir, 0o750)); err != nil {
			return "", err
		}
		if err := os.CopyFS(part, os.DirFS(folder)); err != nil {
			return "", errors.Join(err, os.RemoveAll(part))
		}
		return frozen, os.Rename(part, frozen)
	}
}

// keepTrained gives the result a name on this machine: a model, or the base with the adapter.
func (a *app) keepTrained(ctx context.Context, name string, r *recipe.Recipe, result *train.Result) error {
	i := slices.IndexFunc(result.Files, func(f train.Exported) bool { return f.Kind == "model" || f.Kind == "adapter" })
	if i < 0 {
		return errors.New("the run exported no model")
	}
	from, adapter := result.Files[i].Path, ""
	if result.Files[i].Kind == "adapter" {
		adapter = from
		var err error
		if from, err = baseOf(r, result.Dir); err != nil {
			return err
		}
	}
	if _, err := a.keep(ctx, name, from, adapter); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	fmt.Fprintf(a.stderr, "kept as %s: `ayni up` serves it, `ayni models show %s` tells what it is\n", name, name)
	return nil
}

// baseOf is what the store of models can take as the base of an adapter: a file, or the name of a model in it.
func baseOf(r *recipe.Recipe, dir string) (string, error) {
	from := r.Model.From
	path, err := r.Expand("model.from", from, os.LookupEnv)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if from != starter.Name {
		return from, nil
	}
	path = filepath.Join(dir, "base.gguf") // the starter is in this program, not in the store
	return path, home.WriteFile(path, starter.GGUF())
}

// trained prints what a run came to.
func (a *app) trained(r *train.Result, terminal bool) error {
	if terminal {
		fmt.Fprint(a.stderr, chart.Text(r.Curves(), 100, 16))
	}
	if a.json {
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		return e.Encode(r) // one line
	}
	rows := [][]string{
		{"state", r.Digest},
		{"steps", fmt.Sprintf("%d of %d, %d tokens, %.0f s", r.Step, r.Steps, r.Tokens, r.Seconds)},
		{"loss", fmt.Sprintf("%.4f nats a token", r.Loss)},
	}
	if s := r.Before; s != nil {
		rows = append(rows, []string{"held out, before", fmt.Sprintf("%.4f bits a byte", s.BitsPerByte)})
	}
	if s := r.HeldOut; s != nil {
		rows = append(rows, []string{"held out", fmt.Sprintf("%.4f bits a byte", s.BitsPerByte)})
	}
	for _, f := range r.Files {
		rows = append(rows, []string{f.Kind, f.Path + "  " + short(strings.TrimPrefix(f.Digest, "sha256:"))})
	}
	return a.print(r, table{rows: rows})
}

// advised adds the hint that an error of another package brings.
func advised(err error) error {
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		return hint(err, "%s", h.Hint())
	}
	return err
}
