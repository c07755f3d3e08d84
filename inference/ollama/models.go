package ollama

import (
	"fmt"
	"slices"
	"time"

	"ayni.example/inference/dialect/jsonbody"
	"ayni.example/inference/engine"
)

// Listed is a model as it is shown to callers: under the name they ask for.
type Listed struct {
	Model    engine.Model
	Modified time.Time
}

type details struct {
	ParentModel       string   `json:"parent_model"`
	Format            string   `json:"format"`
	Family            string   `json:"family"`
	Families          []string `json:"families"`
	ParameterSize     string   `json:"parameter_size"`
	QuantizationLevel string   `json:"quantization_level"`
}

type listed struct {
	Name       string  `json:"name"`
	Model      string  `json:"model"`
	ModifiedAt string  `json:"modified_at,omitempty"`
	Size       uint64  `json:"size"`
	Digest     string  `json:"digest"`
	Details    details `json:"details"`
	ExpiresAt  string  `json:"expires_at,omitempty"`
	SizeVRAM   *uint64 `json:"size_vram,omitempty"`
	Context    uint32  `json:"context_length,omitempty"`
}

// Tags writes the answer of /api/tags.
func Tags(models []Listed) ([]byte, error) {
	out := make([]listed, len(models))
	for i, model := range models {
		out[i] = listedOf(model)
	}
	return jsonbody.Encode(map[string]any{"models": out})
}

// Processes writes the answer of /api/ps: models that can answer at once. No graphics memory is claimed for them.
func Processes(models []Listed, expires time.Time) ([]byte, error) {
	out := make([]listed, len(models))
	for i, model := range models {
		out[i] = listedOf(model)
		out[i].ModifiedAt, out[i].ExpiresAt = "", expires.UTC().Format(time.RFC3339Nano)
		out[i].SizeVRAM, out[i].Context = new(uint64), model.Model.Context
	}
	return jsonbody.Encode(map[string]any{"models": out})
}

// Version writes the answer of /api/version.
func Version(version string) ([]byte, error) {
	return jsonbody.Encode(map[string]string{"version": version})
}

// Show writes the answer of /api/show.
func Show(model Listed) ([]byte, error) {
	m := model.Model
	family := m.Family
	if family == "" {
		family = "unknown"
	}
	info := map[string]any{"general.architecture": family, "general.parameter_count": m.Parameters}
	if m.Context > 0 {
		info[family+".context_length"] = m.Context
	}
	if m.Embedding > 0 {
		info[family+".embedding_length"] = m.Embedding
	}
	capabilities := make([]string, 0, len(m.Capabilities))
	for _, capability := range m.Capabilities {
		switch capability { // Ollama's clients know a chat by completion
		case "completion", "tools", "vision", "thinking", "insert":
			capabilities = append(capabilities, capability)
		case "embedding": // they take it for a model that does nothing else
			if !slices.Contains(m.Capabilities, "completion") {
				capabilities = append(capabilities, capability)
			}
		}
	}
	return jsonbody.Encode(map[string]any{
		"license": m.License, "modelfile": "FROM " + m.Name + "\n", "parameters": "", "template": m.Template,
		"details": detailsOf(m), "model_info": info, "capabilities": capabilities,
		"modified_at": model.Modified.UTC().Format(time.RFC3339Nano),
	})
}

func listedOf(model Listed) listed {
	m := model.Model
	return listed{
		Name: m.Name, Model: m.Name, ModifiedAt: model.Modified.UTC().Format(time.RFC3339Nano),
		Size: m.SizeBytes, Digest: m.Digest, Details: detailsOf(m),
	}
}

func detailsOf(m engine.Model) details {
	out := details{Format: m.Format, Family: m.Family, QuantizationLevel: m.Quantisation, ParameterSize: sizeOf(m.Parameters)}
	if m.Family != "" {
		out.Families = []string{m.Family}
	}
	return out
}

// sizeOf writes a count of parameters as Ollama does: 1.2B, 134M.
func sizeOf(parameters uint64) string {
	switch {
	case parameters == 0:
		return ""
	case parameters >= 1_000_000_000:
		return fmt.Sprintf("%.1fB", float64(parameters)/1e9)
	case parameters >= 1_000_000:
		return fmt.Sprintf("%.2fM", float64(parameters)/1e6)
	case parameters >= 1_000:
		return fmt.Sprintf("%.2fK", float64(parameters)/1e3)
	default:
		return fmt.Sprint(parameters)
	}
}
