package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const usage = `llamacpp logits   MODEL IDS [-adapter FILE] [-kv f32] [-fa off]
llamacpp tokenize MODEL [-special] [-plain] < JSON-STRINGS
llamacpp bench    MODEL [-p 512] [-n 64] [-reps 3] [-kv f16] [-fa auto]
llamacpp serve    MODEL -p 512 -n 64 < LINES  (pp N, or tg N FROM)
flags for all: -lib FOLDER (or LLAMACPP_LIB), -threads 1`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "llamacpp:", err)
		os.Exit(1)
	}
}

// options are the flags of all commands.
type options struct {
	lib, kv, flash  string
	threads         int
	prefill, decode int
	reps            int
	special, plain  bool
	adapter         string
	command, model  string
	positional      []string
	microSize       int
}

func parse(args []string) (*options, error) {
	if len(args) < 2 {
		return nil, errors.New("missing arguments\n" + usage)
	}
	o := &options{command: args[0], model: args[1]}
	kv, flash := "f32", "off"
	if o.command == "bench" || o.command == "serve" {
		kv, flash = "f16", "auto"
	}
	f := flag.NewFlagSet(o.command, flag.ContinueOnError)
	f.StringVar(&o.lib, "lib", os.Getenv("LLAMACPP_LIB"), "folder of the shared libraries")
	f.StringVar(&o.kv, "kv", kv, "type of the key-value cache: f32, f16")
	f.StringVar(&o.flash, "fa", flash, "flash attention: off, on, auto")
	f.IntVar(&o.threads, "threads", 1, "threads")
	f.IntVar(&o.prefill, "p", 512, "bench: prompt tokens")
	f.IntVar(&o.decode, "n", 64, "bench: tokens decoded after the prompt")
	f.IntVar(&o.reps, "reps", 3, "bench: repetitions, after one warm-up")
	f.IntVar(&o.microSize, "ubatch", 512, "tokens computed at once")
	f.BoolVar(&o.special, "special", false, "tokenize: recognise control tokens in the text")
	f.BoolVar(&o.plain, "plain", false, "tokenize: without start and end tokens")
	f.StringVar(&o.adapter, "adapter", "", "LoRA adapter, GGUF")
	rest := args[2:]
	for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		o.positional, rest = append(o.positional, rest[0]), rest[1:]
	}
	if err := f.Parse(rest); err != nil {
		return nil, err
	}
	if o.lib == "" {
		return nil, errors.New("no library folder (set LLAMACPP_LIB or -lib)")
	}
	if o.prefill < 1 || o.decode < 0 || o.reps < 1 || o.threads < 1 {
		return nil, errors.New("-p, -reps and -threads are at least 1, -n at least 0")
	}
	return o, nil
}

func run(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	p, err := open(o)
	if err != nil {
		return err
	}
	defer p.close()
	switch o.command {
	case "logits":
		return p.printLogits()
	case "tokenize":
		return p.tokenizeLines(os.Stdin, os.Stdout)
	case "bench":
		return p.bench()
	case "serve":
		return p.serve()
	}
	return fmt.Errorf("no command %q\n%s", o.command, usage)
}

func (o *options) ids() ([]int32, error) {
	if len(o.positional) != 1 {
		return nil, errors.New("want one list of token ids, separated by commas")
	}
	var ids []int32
	for word := range strings.SplitSeq(o.positional[0], ",") {
		id, err := strconv.ParseInt(word, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("token id: %w", err)
		}
		ids = append(ids, int32(id))
	}
	return ids, nil
}

func printJSON(v any) error {
	return json.NewEncoder(os.Stdout).Encode(v)
}
