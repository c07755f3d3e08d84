package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// peer is a loaded model. The libraries keep their state in globals, so there is one per process.
type peer struct {
	o     *options
	links string
	model llama.Model
	vocab llama.Vocab
}

func open(o *options) (*peer, error) {
	p := &peer{o: o}
	if err := p.link(); err != nil {
		p.close()
		return nil, fmt.Errorf("prepare libraries: %w", err)
	}
	if err := llama.Load(p.links); err != nil {
		p.close()
		return nil, fmt.Errorf("load libraries: %w", err)
	}
	llama.LogSet(llama.LogSilent())
	llama.Init()
	params := llama.ModelDefaultParams()
	params.NGpuLayers = 0
	if o.command == "tokenize" {
		params.VocabOnly = 1
	}
	var err error
	if p.model, err = llama.ModelLoadFromFile(o.model, params); err == nil && p.model == 0 {
		err = errors.New("llama.cpp refuses the file")
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("load %s: %w", o.model, err)
	}
	p.vocab = llama.ModelGetVocab(p.model)
	return p, nil
}

// link gives the libraries the names that are looked for. They must stay one file each: a
// second copy of libggml would have a second, empty list of backends.
func (p *peer) link() error {
	lib, err := filepath.Abs(p.o.lib)
	if err != nil {
		return err
	}
	if p.links, err = os.MkdirTemp("", "llamacpp"); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(lib, "lib*.so"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no shared libraries in %s", lib)
	}
	for _, file := range files {
		names := []string{filepath.Base(file)}
		if short, _, found := strings.Cut(names[0], ".v"); found {
			names = append(names, short+".so")
		}
		for _, name := range names {
			err = errors.Join(err, os.Symlink(file, filepath.Join(p.links, name)))
		}
	}
	return err
}

func (p *peer) close() {
	if p.model != 0 {
		_ = llama.ModelFree(p.model)
	}
	if p.links != "" {
		_ = os.RemoveAll(p.links)
	}
}

// context makes room for a number of tokens.
func (p *peer) context(tokens int) (llama.Context, error) {
	c := llama.ContextDefaultParams()
	c.NCtx, c.NBatch, c.NUbatch = uint32(tokens), uint32(tokens), uint32(p.o.microSize)
	c.NSeqMax = 1
	c.NThreads, c.NThreadsBatch = int32(p.o.threads), int32(p.o.threads)
	kinds := map[string]llama.GGMLType{"f32": llama.GGMLTypeF32, "f16": llama.GGMLTypeF16}
	flash := map[string]llama.FlashAttentionType{
		"off": llama.FlashAttentionTypeDisabled, "on": llama.FlashAttentionTypeEnabled, "auto": llama.FlashAttentionTypeAuto,
	}
	kind, known := kinds[p.o.kv]
	mode, found := flash[p.o.flash]
	if !known || !found {
		return 0, fmt.Errorf("-kv %s or -fa %s is unknown", p.o.kv, p.o.flash)
	}
	c.TypeK, c.TypeV, c.FlashAttentionType = kind, kind, mode
	ctx, err := llama.InitFromModel(p.model, c)
	if err == nil && ctx == 0 {
		err = errors.New("llama.cpp refuses the context")
	}
	if err != nil {
		return 0, fmt.Errorf("make a context: %w", err)
	}
	return ctx, p.adapt(ctx)
}

func (p *peer) adapt(ctx llama.Context) error {
	if p.o.adapter == "" {
		return nil
	}
	a, err := llama.AdapterLoraInit(p.model, p.o.adapter)
	if err != nil {
		return fmt.Errorf("load adapter %s: %w", p.o.adapter, err)
	}
	if code := llama.SetAdaptersLora(ctx, []llama.AdapterLora{a}, []float32{1}); code != 0 {
		return fmt.Errorf("apply adapter %s: code %d", p.o.adapter, code)
	}
	return nil
}

// decode runs tokens from a position on. With all, every one of them has logits, else the last.
func decode(ctx llama.Context, batch *llama.Batch, tokens []int32, from int, all bool) error {
	if err := batch.Clear(); err != nil {
		return err
	}
	for i, id := range tokens {
		last := i == len(tokens)-1
		if err := batch.Add(llama.Token(id), llama.Pos(from+i), []llama.SeqId{0}, all || last); err != nil {
			return err
		}
	}
	code, err := llama.Decode(ctx, *batch)
	if err == nil && code != 0 {
		err = fmt.Errorf("llama_decode gave %d", code)
	}
	return err
}
