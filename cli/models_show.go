package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/artifact/model"
)

// shown is what `models show` tells.
type shown struct {
	Name     string          `json:"name"`
	Digest   string          `json:"digest"`
	Weights  string          `json:"weights"` // digest of the GGUF file
	Size     int64           `json:"size"`
	Modified string          `json:"modified"`
	About    model.About     `json:"about"`
	Settings model.Settings  `json:"settings"`
	Layers   []model.Layer   `json:"layers"`
	Verified *bool           `json:"verified,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	Asset    string          `json:"asset,omitempty"` // id of its lineage
}

func (a *app) modelsShow() *cobra.Command {
	var verify, metadata bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Tell what a model on disk is: metadata, tensors, template, parameters, licence", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.models()
			if err != nil {
				return err
			}
			e, err := entry(s, args[0])
			if err != nil {
				return err
			}
			out, err := show(s, e)
			if err != nil {
				return err
			}
			if metadata {
				if out.Metadata, err = s.Metadata(e.Manifest); err != nil {
					return err
				}
			}
			if verify {
				for _, l := range e.Manifest.Blobs() {
					if err := s.Blobs().Verify(cmd.Context(), l.Digest); err != nil {
						return hint(err, "the disk changed it: `ayni models rm %s`, then pull or create it again", e.Name)
					}
				}
				out.Verified = new(true)
			}
			return a.print(out, table{rows: out.rows()})
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "hash every blob again")
	cmd.Flags().BoolVar(&metadata, "metadata", false, "print all metadata of the GGUF file, long lists shortened")
	return cmd
}

func show(s *model.Store, e model.Entry) (shown, error) {
	weights, _ := e.Manifest.Layer(model.TypeWeights)
	out := shown{
		Name: e.Name.String(), Digest: string(e.Digest), Weights: string(weights.Digest), Size: e.Manifest.Size(),
		Modified: e.Modified.UTC().Format("2006-01-02T15:04:05Z"), Layers: e.Manifest.Layers,
	}
	var err error
	if out.About, err = s.About(e.Manifest); err != nil {
		return out, hint(err, "`ayni models rm %s`, then pull or create it again", e.Name)
	}
	out.Settings, err = s.Settings(e.Manifest)
	return out, err
}

func (s shown) rows() [][]string {
	about := s.About
	types := make([]string, 0, len(about.Types))
	for name, n := range about.Types {
		types = append(types, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(types)
	rows := [][]string{
		{"name", s.Name},
		{"digest", s.Digest},
		{"weights", s.Weights},
		{"size", size(s.Size)},
		{"modified", s.Modified},
		{"title", about.Title},
		{"architecture", about.Architecture},
		{"parameters", fmt.Sprint(about.Parameters)},
		{"quantisation", about.Quantisation},
		{"tensors", fmt.Sprintf("%d (parameters: %s)", about.Tensors, strings.Join(types, ", "))},
		{"context", fmt.Sprint(about.Context)},
		{"embedding", fmt.Sprint(about.Embedding)},
		{"licence", licence(s)},
		{"template", firstLine(s.template())},
		{"system", firstLine(s.Settings.System)},
	}
	if params, err := json.Marshal(s.Settings.Params); err == nil && string(params) != "{}" {
		rows = append(rows, []string{"parameters set", string(params)})
	}
	for _, l := range s.Layers {
		rows = append(rows, []string{"layer", fmt.Sprintf("%s %s %s", l.MediaType, short(l.Digest.Hex()), size(l.Size))})
	}
	if about.Problem != "" {
		rows = append(rows, []string{"exact engine", "does not run it: " + about.Problem})
	}
	if s.Verified != nil {
		rows = append(rows, []string{"verified", "every blob has its digest"})
	}
	if s.Metadata != nil {
		rows = append(rows, []string{"metadata", string(s.Metadata)})
	}
	return slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" })
}

func (s shown) template() string {
	if s.Settings.Template != "" {
		return s.Settings.Template
	}
	return s.About.Template
}

func licence(s shown) string {
	texts := append([]string{}, s.Settings.Licenses...)
	if s.About.License != "" {
		texts = append(texts, s.About.License)
	}
	for i, text := range texts {
		texts[i] = firstLine(text)
	}
	return strings.Join(texts, "; ")
}

// firstLine shortens a text to what fits a line; --json has all of it.
func firstLine(text string) string {
	line, more, _ := strings.Cut(strings.TrimSpace(text), "\n")
	const shown = 100
	runes := []rune(line)
	if len(runes) > shown {
		runes, more = runes[:shown], "x"
	}
	if more != "" {
		return string(runes) + " …"
	}
	return string(runes)
}
