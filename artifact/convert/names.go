package convert

import (
	"fmt"
	"strconv"
	"strings"
)

// family is an architecture as Hugging Face's libraries and GGUF files name it.
type family struct {
	types   []string // model_type
	gguf    string   // general.architecture
	class   string   // architectures[0] of what Export writes
	permute bool     // rows of queries and keys lie in pairs in GGUF files, in halves in safetensors
}

func families() []family {
	return []family{
		{types: []string{"llama", "mistral", "smollm", "smollm2"}, gguf: "llama", class: "LlamaForCausalLM", permute: true},
		{types: []string{"smollm3"}, gguf: "smollm3", class: "SmolLM3ForCausalLM", permute: true},
		{types: []string{"qwen2"}, gguf: "qwen2", class: "Qwen2ForCausalLM"},
		{types: []string{"qwen3"}, gguf: "qwen3", class: "Qwen3ForCausalLM"},
	}
}

// pairs are names in safetensors and in GGUF, beside and inside a layer.
func outer() [][2]string {
	return [][2]string{
		{"model.embed_tokens.weight", "token_embd.weight"},
		{"model.norm.weight", "output_norm.weight"},
		{"lm_head.weight", "output.weight"},
	}
}

func inner() [][2]string {
	return [][2]string{
		{"input_layernorm", "attn_norm"},
		{"post_attention_layernorm", "ffn_norm"},
		{"self_attn.q_proj", "attn_q"},
		{"self_attn.k_proj", "attn_k"},
		{"self_attn.v_proj", "attn_v"},
		{"self_attn.o_proj", "attn_output"},
		{"self_attn.q_norm", "attn_q_norm"},
		{"self_attn.k_norm", "attn_k_norm"},
		{"mlp.gate_proj", "ffn_gate"},
		{"mlp.up_proj", "ffn_up"},
		{"mlp.down_proj", "ffn_down"},
	}
}

// toGGUF names a tensor of a folder; skip tells that it can be computed from the rest.
func toGGUF(name string, layers int) (gguf string, skip bool, err error) {
	for _, p := range outer() {
		if p[0] == name {
			return p[1], false, nil
		}
	}
	if strings.HasSuffix(name, ".rotary_emb.inv_freq") {
		return "", true, nil
	}
	rest, ok := strings.CutPrefix(name, "model.layers.")
	number, rest, ok2 := strings.Cut(rest, ".")
	layer, err := strconv.Atoi(number)
	if ok && ok2 && err == nil && layer >= 0 && layer < layers && strconv.Itoa(layer) == number {
		for _, p := range inner() {
			if tail, found := strings.CutPrefix(rest, p[0]); found && (tail == ".weight" || tail == ".bias") {
				return fmt.Sprintf("blk.%d.%s%s", layer, p[1], tail), false, nil
			}
		}
	}
	return "", false, fmt.Errorf("the tensor %q has no place in a model of %d layers of this architecture", name, layers)
}

// fromGGUF is the inverse of toGGUF.
func fromGGUF(name string) (string, error) {
	for _, p := range outer() {
		if p[1] == name {
			return p[0], nil
		}
	}
	rest, ok := strings.CutPrefix(name, "blk.")
	layer, rest, ok2 := strings.Cut(rest, ".")
	if ok && ok2 {
		for _, p := range inner() {
			if tail, found := strings.CutPrefix(rest, p[1]); found && (tail == ".weight" || tail == ".bias") {
				return "model.layers." + layer + "." + p[0] + tail, nil
			}
		}
	}
	return "", fmt.Errorf("the tensor %q has no name in safetensors", name)
}

// rotated tells how many heads' rows a tensor of GGUF interleaves, 0 when it does not.
func rotated(name string, heads, kvHeads int) int {
	_, rest, _ := strings.Cut(strings.TrimPrefix(name, "blk."), ".")
	switch rest {
	case "attn_q.weight", "attn_q.bias":
		return heads
	case "attn_k.weight", "attn_k.bias":
		return kvHeads
	}
	return 0
}

// half is the row in halves of a row in pairs: within a head, pair j has the elements j and size/2+j.
func half(row, size int) int {
	head, at := row/size, row%size
	return head*size + at%2*(size/2) + at/2
}

// pairedRow is the inverse of half.
func pairedRow(row, size int) int {
	head, at := row/size, row%size
	return head*size + at%(size/2)*2 + at/(size/2)
}
