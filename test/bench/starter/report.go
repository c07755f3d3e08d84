package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"text/tabwriter"

	"ayni.example/tensor/llama"
)

// rate is the bits per byte of one peer on the held-out text.
type rate struct {
	Name        string  `json:"name"`
	BitsPerByte float64 `json:"bits_per_byte"`
}

// maxSamples is how many completions the report shows.
const maxSamples = 5

// report is the outcome of one run.
type report struct {
	Model       string     `json:"model"` // digest of the file
	Parameters  uint64     `json:"parameters"`
	TrainFiles  int        `json:"train_files"`
	TrainBytes  int        `json:"train_bytes"`
	HeldFiles   int        `json:"held_out_files"`
	ScoredFiles int        `json:"scored_files"`
	ScoredBytes int        `json:"scored_bytes"`
	Tokens      int        `json:"scored_tokens"`
	Rates       []rate     `json:"rates"`
	Seed        uint64     `json:"seed"`
	Completions []verdicts `json:"completions"`
	Samples     []sample   `json:"samples"`
}

// measure scores and completes. The first samples are kept: prefixes come in random order.
func measure(ctx context.Context, o options, c corpus, m *llama.Model, progress io.Writer) (report, error) {
	scored := draw(c.held, o.files, o.seed)
	r := report{
		Model: m.FileDigest, Parameters: m.ParameterCount, Seed: o.seed,
		TrainFiles: len(c.train), TrainBytes: bytesOf(c.train),
		HeldFiles: len(c.held), ScoredFiles: len(scored), ScoredBytes: bytesOf(scored),
	}
	add := func(name string, bits float64) {
		r.Rates = append(r.Rates, rate{name, bits / float64(r.ScoredBytes)})
	}

	fmt.Fprintf(progress, "scoring %d files with the model\n", len(scored))
	bits, tokens, err := modelBits(ctx, m, scored)
	if err != nil {
		return report{}, err
	}
	r.Tokens = tokens
	add("starter, exact engine", bits)

	fmt.Fprintln(progress, "counting byte contexts")
	n := trainNgram(5, c.train)
	add("order-5 bytes, Witten-Bell back-off", n.bits(scored))
	add("order-3 bytes, Witten-Bell back-off", n.shortened(3).bits(scored))

	fmt.Fprintln(progress, "compressing")
	alone, primed, ok, err := xzBits(ctx, c.train, scored)
	if err != nil {
		return report{}, err
	}
	if ok {
		add("xz -9 after the training text", primed)
		add("xz -9 of the held-out text alone", alone)
	} else {
		fmt.Fprintln(progress, "no xz command found: its lines are left out")
	}

	fmt.Fprintln(progress, "completing statements")
	ps, err := choosePrefixes(m, c.held, o.n, o.seed)
	if err != nil {
		return report{}, err
	}
	r.Completions, err = judgeAll(ctx, m, n, c, ps, o.seed, func(s sample) {
		if o.verbose {
			s.print(progress)
		}
		if len(r.Samples) < maxSamples {
			r.Samples = append(r.Samples, s)
		}
	})
	return r, err
}

// draw is count of the files without replacement, all of them when count is 0 or larger.
func draw(files []source, count int, seed uint64) []source {
	if count == 0 || count >= len(files) {
		return files
	}
	var out []source
	for _, i := range rand.New(rand.NewPCG(seed, 2)).Perm(len(files))[:count] {
		out = append(out, files[i])
	}
	return out
}

// print writes the two tables and the samples.
func (r report) print(out io.Writer) error {
	fmt.Fprintf(out, "model %s, %d parameters\n", r.Model, r.Parameters)
	fmt.Fprintf(out, "trained on %d files (%d bytes), scored on %d of %d held-out files (%d bytes, %d tokens)\n\n",
		r.TrainFiles, r.TrainBytes, r.ScoredFiles, r.HeldFiles, r.ScoredBytes, r.Tokens)
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "bits per byte, held-out files\t")
	for _, x := range r.Rates {
		fmt.Fprintf(w, "%s\t%.3f\n", x.Name, x.BitsPerByte)
	}
	fmt.Fprintf(w, "\t\ncompleted statements, seed %d\tparse\tand end by themselves\tfirst line as written\n", r.Seed)
	for _, v := range r.Completions {
		fmt.Fprintf(w, "%s\t%d of %d (%.1f%%)\t%d (%.1f%%)\t%d (%.1f%%)\n", v.Name, v.Parse, v.Count, 100*v.Share,
			v.Parse-v.Cut, 100*float64(v.Parse-v.Cut)/float64(v.Count), v.Exact, 100*v.SameLine)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, s := range r.Samples {
		s.print(out)
	}
	return nil
}

func (s sample) print(out io.Writer) {
	verdict := "parses"
	if !s.Parses {
		verdict = "does not parse"
	}
	fmt.Fprintf(out, "%s (the model's %s)\n  author:  %s\n  model:   %s\n  sampled: %s\n", s.Path, verdict, s.Author,
		indented(s.Model), indented(s.Sampled))
}

func indented(text string) string {
	return strings.ReplaceAll(strings.TrimRight(text, "\n\t"), "\n", "\n           ")
}
