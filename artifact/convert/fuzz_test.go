package convert_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"ayni.example/artifact/convert"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama/llamatest"
)

// small is a model whose file has few bytes, so that a fuzzer changes those that count.
func small(arch string) llamatest.Spec {
	return llamatest.Spec{Arch: arch, Layers: 1, Width: 8, Heads: 2, KVHeads: 1, HeadSize: 4, Inner: 8, Biases: arch == "qwen2", Pre: "qwen2"}
}

// FuzzFolder changes what describes a model and leaves its weights: an error or a file that can be read, never a panic.
func FuzzFolder(f *testing.F) {
	dir := export(f, build(f, small("llama")))
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		return raw
	}
	weights, config := read("model.safetensors"), read("config.json")
	f.Add(config, []byte(`{"model":{"type":"BPE","byte_fallback":true,"unk_token":"a","vocab":{"a":0,"b":1,"ab":2,"<0x0A>":3},"merges":["a b"]},
		"added_tokens":[{"id":4,"content":"<s>","special":true}],"normalizer":{"type":"Prepend"}}`), []byte(`{"bos_token":{"content":"<s>"}}`), []byte(`{}`))
	f.Add(config, []byte(`{"model":{"vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]]},"pre_tokenizer":{"type":"ByteLevel"},"post_processor":{
		"type":"Sequence","processors":[{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"a"}}]}]}}`),
		[]byte(`{"eos_token":"a","chat_template":[{"name":"default","template":"x"}]}`), []byte(`{"eos_token_id":[1,2]}`))
	f.Add([]byte(`{"hidden_size":64,"rope_scaling":{"type":"llama3"}}`), []byte(`{}`), []byte(`{}`), []byte(`{"eos_token_id":null}`))
	f.Fuzz(func(t *testing.T, config, tokenizer, special, generation []byte) {
		file, err := fold(t, fstest.MapFS{
			"config.json": {Data: config}, "tokenizer.json": {Data: tokenizer}, "tokenizer_config.json": {Data: special},
			"generation_config.json": {Data: generation}, "model.safetensors": {Data: weights},
		})
		if err == nil {
			_, _ = convert.Export(file, nil)
		}
	})
}

// FuzzExport changes bytes of a GGUF file.
func FuzzExport(f *testing.F) {
	for _, arch := range []string{"llama", "qwen2"} {
		raw, err := llamatest.Build(small(arch))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) {
		file, err := gguf.Parse(raw)
		if err != nil {
			return
		}
		_, _ = convert.Export(file, nil)
		_, _ = convert.Quantise(file, "Q4_K", nil)
	})
}
