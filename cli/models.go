package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/artifact/model"
	"ayni.example/web/operator"
)

func (a *app) model() *cobra.Command {
	cmd := &cobra.Command{Use: "models", Aliases: []string{"model"}, Short: "Models: those on this machine's disk, and those that clients can ask for"}
	cmd.AddCommand(a.modelsPull(), a.modelsLs(), a.modelsShow(), a.modelsCreate(), a.modelsQuantise(), a.modelsExport(), a.modelsRm(), a.askable())
	return cmd
}

// askable lists what the running process can be asked for, here and elsewhere.
func (a *app) askable() *cobra.Command {
	return listing(a, "list", "List what clients can ask for, here and on other machines", "no models: offer one with `ayni offer`, or start an Ollama",
		func(ctx context.Context, c *operator.Client) ([]operator.Model, error) { return c.Models(ctx) },
		[]string{"NAME", "WHERE", "ENGINE", "OFFERED", "INPUT/M", "OUTPUT/M", "UPSTREAM", "CAN"},
		func(m operator.Model) []string {
			return []string{m.Name, m.Where, m.Engine, yes(m.Offered), m.PriceInput, m.PriceOutput, percent(m.Upstream) + " %", strings.Join(m.Capabilities, ",")}
		})
}

// models opens the store of the home.
func (a *app) models() (*model.Store, error) {
	h, err := a.open()
	if err != nil {
		return nil, err
	}
	s, err := model.New(model.Config{Dir: h.Models()})
	return s, hint(err, "name a folder that you can write with --home")
}

// listed is one line of `models ls`.
type listed struct {
	Name         string `json:"name"`
	Digest       string `json:"digest"`
	Size         int64  `json:"size"`
	Quantisation string `json:"quantisation"`
	Architecture string `json:"architecture"`
	Context      uint32 `json:"context"`
	Modified     string `json:"modified"`
	Problem      string `json:"problem,omitempty"` // why the exact engine does not run it
}

func (a *app) modelsLs() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the models on this machine's disk", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := a.models()
			if err != nil {
				return err
			}
			entries, damaged := s.List()
			list := []listed{}
			t := table{
				header: []string{"NAME", "DIGEST", "SIZE", "QUANTISATION", "ARCHITECTURE", "CONTEXT", "MODIFIED", "RUNS"},
				empty:  "no models on disk: `ayni models pull` or `ayni models create` brings one; ayni/starter is built in",
			}
			for _, e := range entries {
				about, err := s.About(e.Manifest)
				if err != nil {
					about.Problem = err.Error()
				}
				l := listed{
					e.Name.String(), string(e.Digest), e.Manifest.Size(), about.Quantisation, about.Architecture, about.Context,
					e.Modified.UTC().Format("2006-01-02T15:04:05Z"), about.Problem,
				}
				list = append(list, l)
				runs := "yes"
				if l.Problem != "" {
					runs = "no: " + l.Problem
				}
				t.rows = append(t.rows, []string{
					l.Name, short(e.Digest.Hex()), size(l.Size), l.Quantisation, l.Architecture, fmt.Sprint(l.Context), date(e.Modified), runs,
				})
			}
			return errors.Join(a.print(list, t), hint(damaged, "remove what is damaged with `ayni models rm NAME`, then pull or create it again"))
		},
	}
}

func (a *app) modelsRm() *cobra.Command {
	return &cobra.Command{
		Use: "rm NAME...", Short: "Remove models, and the blobs that no other model needs", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.models()
			if err != nil {
				return err
			}
			var out struct {
				Removed  []string `json:"removed"`
				Freed    int64    `json:"freed"`
				Deferred bool     `json:"deferred"` // blobs go with a later collection
			}
			for _, text := range args {
				name, err := model.ParseName(text)
				if err != nil {
					return usage(err)
				}
				freed, deferred, err := s.Remove(cmd.Context(), name)
				if err != nil {
					return absent(err)
				}
				for _, blob := range freed {
					out.Freed += blob.Size
				}
				out.Removed, out.Deferred = append(out.Removed, name.String()), deferred
			}
			if out.Deferred {
				fmt.Fprintln(a.stderr, "a download or another write is at work: its end frees the space")
			}
			return a.print(out, table{rows: [][]string{{fmt.Sprintf("removed %s, freed %s", strings.Join(out.Removed, ", "), size(out.Freed))}}})
		},
	}
}

// entry finds a model on disk by what was typed.
func entry(s *model.Store, text string) (model.Entry, error) {
	name, err := model.ParseName(text)
	if err != nil {
		return model.Entry{}, usage(err)
	}
	e, err := s.Find(name)
	return e, absent(err)
}

// absent adds what to do about a model that is not there.
func absent(err error) error {
	if errors.Is(err, model.ErrNotFound) {
		return hint(err, "`ayni models ls` lists what is on this disk; `ayni models pull` and `create` bring more")
	}
	return err
}

// size writes bytes for a person.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}
