package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
	"ayni.example/tensor/starter"
)

// options are the command line.
type options struct {
	json    bool
	verbose bool
	goroot  string
	list    string
	model   string
	n       int
	files   int
	seed    uint64
	threads int
}

func main() {
	var o options
	flag.BoolVar(&o.json, "json", false, "print one JSON object instead of tables")
	flag.BoolVar(&o.verbose, "v", false, "print each completion to standard error")
	flag.StringVar(&o.goroot, "goroot", "", "root of the Go toolchain that the corpus is read from (default: go env GOROOT)")
	flag.StringVar(&o.list, "corpus", "tensor/starter/corpus.txt", "list of the files and their digests")
	flag.StringVar(&o.model, "model", "", "GGUF file to measure instead of the embedded model")
	flag.IntVar(&o.n, "n", 200, "statements to complete")
	flag.IntVar(&o.files, "files", 0, "held-out files to score, drawn with the seed (0: all)")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the choice of files and statements")
	flag.IntVar(&o.threads, "threads", 2, "threads of the engine; the numbers do not depend on it")
	flag.Parse()
	if flag.NArg() > 0 || o.n < 1 || o.files < 0 || o.threads < 1 {
		fmt.Fprintln(os.Stderr, "starter: -n and -threads want at least 1, -files at least 0, and there are no arguments")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "starter:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, out, progress io.Writer) error {
	if o.goroot == "" {
		var err error
		if o.goroot, err = findGoroot(ctx); err != nil {
			return err
		}
	}
	c, err := loadCorpus(o.list, o.goroot)
	if err != nil {
		return err
	}
	m, err := loadModel(o)
	if err != nil {
		return err
	}
	r, err := measure(ctx, o, c, m, progress)
	if err != nil {
		return err
	}
	if o.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.print(out)
}

func loadModel(o options) (*llama.Model, error) {
	weights := starter.GGUF()
	if o.model != "" {
		var err error
		if weights, err = os.ReadFile(o.model); err != nil {
			return nil, fmt.Errorf("read model: %w", err)
		}
	}
	f, err := gguf.Parse(weights)
	if err != nil {
		return nil, fmt.Errorf("parse model: %w", err)
	}
	m, err := llama.Load(f, llama.Config{Threads: o.threads})
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	return m, nil
}
