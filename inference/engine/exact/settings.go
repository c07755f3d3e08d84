package exact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"ayni.example/inference/engine"
	"ayni.example/internal/canon"
	"ayni.example/tensor/gguf"
	"ayni.example/tensor/llama"
)

// Settings are what a model brings beside its weights.
type Settings struct {
	Adapter  *gguf.File     // LoRA, nil for none
	Template string         // Jinja; beats the one of the file
	System   string         // for chats and templated completions that have no system message
	Defaults engine.Options // for what a request leaves open; Logprobs, TopLogprobs and Dimensions are not looked at
}

// configured is what Digest hashes of settings; the order and names of its fields are fixed.
type configured struct {
	Template         string   `json:"template"`
	System           string   `json:"system"`
	MaxTokens        *int     `json:"max_tokens"`
	Temperature      *float64 `json:"temperature"`
	TopP             *float64 `json:"top_p"`
	MinP             *float64 `json:"min_p"`
	TopK             *int     `json:"top_k"`
	Seed             *uint64  `json:"seed"`
	RepeatPenalty    *float64 `json:"repeat_penalty"`
	FrequencyPenalty *float64 `json:"frequency_penalty"`
	PresencePenalty  *float64 `json:"presence_penalty"`
	Stop             []string `json:"stop"`
	ContextLength    int      `json:"context_length"`
}

// Digest is what a model with these settings is known by, given the digest of its file in hexadecimal, with or without
// "sha256:": what a receipt names stands for file, adapter and settings together.
func (s Settings) Digest(of string) (string, error) {
	bare, prefixed := strings.CutPrefix(of, "sha256:")
	if s.Adapter != nil {
		both, err := llama.AdaptedDigest("sha256:"+bare, s.Adapter.Digest)
		if err != nil {
			return "", err
		}
		bare = strings.TrimPrefix(both, "sha256:")
	}
	bare, err := s.configure(bare)
	if prefixed {
		bare = "sha256:" + bare
	}
	return bare, err
}

// configure hashes template, system text and defaults on top, if there are any.
func (s Settings) configure(digest string) (string, error) {
	d := s.Defaults
	what, err := canon.Marshal(configured{
		Template: s.Template, System: s.System, MaxTokens: d.MaxTokens, Temperature: d.Temperature, TopP: d.TopP, MinP: d.MinP,
		TopK: d.TopK, Seed: d.Seed, RepeatPenalty: d.RepeatPenalty, FrequencyPenalty: d.FrequencyPenalty,
		PresencePenalty: d.PresencePenalty, Stop: append([]string{}, d.Stop...), ContextLength: d.ContextLength,
	})
	if err != nil {
		return "", fmt.Errorf("settings: %w", err)
	}
	none, err := canon.Marshal(configured{Stop: []string{}})
	if err != nil || string(what) == string(none) {
		return digest, err
	}
	raw, err := hex.DecodeString(digest)
	if err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("settings: the digest %q of the model is not 64 hexadecimal digits", digest)
	}
	sum := canon.Sum("ayni/configured/1", raw, what)
	return hex.EncodeToString(sum[:]), nil
}

// adapt joins the adapter, if there is one.
func (s Settings) adapt(run *llama.Model) (*llama.Model, error) {
	if s.Adapter == nil {
		return run, nil
	}
	adapter, err := llama.LoadAdapter(s.Adapter)
	if err != nil {
		return nil, err
	}
	return run.WithAdapter(adapter)
}

// fill completes a request with what it leaves open. A request's own values always win.
func (m *Model) fill(req engine.Request) engine.Request {
	s := m.settings
	switch {
	case s.System == "":
	case req.Kind == engine.Completion && !req.Raw && m.template != nil && req.System == "":
		req.System = s.System
	case req.Kind == engine.Chat && len(req.Messages) > 0 && req.Messages[0].Role != "system":
		req.Messages = append([]engine.Message{{Role: "system", Content: s.System}}, req.Messages...)
	}
	o, d := &req.Options, s.Defaults
	o.MaxTokens, o.Temperature, o.TopP = or(o.MaxTokens, d.MaxTokens), or(o.Temperature, d.Temperature), or(o.TopP, d.TopP)
	o.MinP, o.TopK, o.Seed = or(o.MinP, d.MinP), or(o.TopK, d.TopK), or(o.Seed, d.Seed)
	o.RepeatPenalty, o.FrequencyPenalty = or(o.RepeatPenalty, d.RepeatPenalty), or(o.FrequencyPenalty, d.FrequencyPenalty)
	o.PresencePenalty = or(o.PresencePenalty, d.PresencePenalty)
	if len(o.Stop) == 0 {
		o.Stop = d.Stop
	}
	if o.ContextLength == 0 {
		o.ContextLength = d.ContextLength
	}
	return req
}

func or[T any](asked, missing *T) *T {
	if asked != nil {
		return asked
	}
	return missing
}
