package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxText bounds a layer of text: template, system, parameters, licence.
const maxText = 4 << 20

// Settings are what a model brings beside weights.
type Settings struct {
	Template   string   `json:"template,omitempty"`    // Jinja; beats the one of the weights' file
	GoTemplate string   `json:"go_template,omitempty"` // Ollama's kind; kept for its clients, not used here
	System     string   `json:"system,omitempty"`
	Params     Params   `json:"params"`
	Licenses   []string `json:"licenses,omitempty"`
}

// Params are defaults for requests that say nothing themselves; nil is no default.
type Params struct {
	Temperature      *float64 `json:"temperature,omitempty"`
	TopP             *float64 `json:"top_p,omitempty"`
	MinP             *float64 `json:"min_p,omitempty"`
	TopK             *int     `json:"top_k,omitempty"`
	Seed             *int64   `json:"seed,omitempty"`
	RepeatPenalty    *float64 `json:"repeat_penalty,omitempty"`
	FrequencyPenalty *float64 `json:"frequency_penalty,omitempty"`
	PresencePenalty  *float64 `json:"presence_penalty,omitempty"`
	MaxTokens        *int     `json:"num_predict,omitempty"`
	Context          *int     `json:"num_ctx,omitempty"`
	Stop             []string `json:"stop,omitempty"`
}

// Settings reads the layers of text.
func (s *Store) Settings(m Manifest) (Settings, error) {
	var out Settings
	var params []byte
	for mediaType, to := range map[string]*string{TypeJinja: &out.Template, TypeTemplate: &out.GoTemplate, TypeSystem: &out.System} {
		if l, ok := m.Layer(mediaType); ok {
			text, err := s.blobs.ReadAll(l.Digest, maxText)
			if err != nil {
				return out, err
			}
			*to = string(text)
		}
	}
	for _, l := range m.All(TypeLicense) {
		text, err := s.blobs.ReadAll(l.Digest, maxText)
		if err != nil {
			return out, err
		}
		out.Licenses = append(out.Licenses, string(text))
	}
	l, ok := m.Layer(TypeParams)
	if !ok {
		return out, nil
	}
	params, err := s.blobs.ReadAll(l.Digest, maxText)
	if err != nil {
		return out, err
	}
	// Ollama's files have settings of its own engine too, such as num_gpu, which do not change what is computed.
	if err := json.Unmarshal(params, &out.Params); err != nil {
		return out, fmt.Errorf("parameters %s: %w", l.Digest, err)
	}
	return out, out.Params.Validate()
}

// ParseParams reads KEY=VALUE pairs over a first set; stop may come several times.
func ParseParams(base Params, pairs []string) (Params, error) {
	fields := make(map[string]any)
	var stops []string
	for _, pair := range pairs {
		key, value, found := strings.Cut(pair, "=")
		switch {
		case !found:
			return base, fmt.Errorf("parameter %q: want KEY=VALUE", pair)
		case key == "stop":
			stops = append(stops, value)
		default:
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				return base, fmt.Errorf("parameter %q: %q is no number", key, value)
			}
			fields[key] = json.Number(value)
		}
	}
	if stops != nil {
		fields["stop"] = stops
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return base, fmt.Errorf("parameters: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&base); err != nil {
		return base, fmt.Errorf("parameters: %w (known are temperature, top_p, min_p, top_k, seed, repeat_penalty, "+
			"frequency_penalty, presence_penalty, num_predict, num_ctx, stop)", err)
	}
	return base, base.Validate()
}

// Validate names the first value that no request could have either.
func (p Params) Validate() error {
	ranges := []struct {
		name      string
		value     *float64
		low, high float64
	}{
		{"temperature", p.Temperature, 0, 100},
		{"top_p", p.TopP, 0, 1},
		{"min_p", p.MinP, 0, 1},
		{"repeat_penalty", p.RepeatPenalty, 0, 100},
		{"frequency_penalty", p.FrequencyPenalty, -2, 2},
		{"presence_penalty", p.PresencePenalty, -2, 2},
	}
	for _, r := range ranges {
		if r.value != nil && !(*r.value >= r.low && *r.value <= r.high) {
			return fmt.Errorf("parameter %s is %v, want %v to %v", r.name, *r.value, r.low, r.high)
		}
	}
	if len(p.Stop) > 16 || slices.Contains(p.Stop, "") {
		return fmt.Errorf("parameter stop: %d texts, want at most 16, none of them empty", len(p.Stop))
	}
	return nil
}

// Empty tells that nothing is set.
func (p Params) Empty() bool {
	raw, err := json.Marshal(p)
	return err == nil && string(raw) == "{}"
}
