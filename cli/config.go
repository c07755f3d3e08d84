package cli

import (
	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"ayni.example/index"
)

func (a *app) config() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Settings of this machine"}
	cmd.AddCommand(&cobra.Command{
		Use: "show", Short: "Print the settings of HOME/config.yaml over the defaults", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			config, err := h.LoadConfig()
			if err != nil {
				return hint(err, "mend the file, or move it away to run with the defaults")
			}
			if err := config.Validate(); err != nil {
				return hint(err, "mend %s", h.Config())
			}
			config.Index = index.Redact(config.Index)
			text, err := yaml.Marshal(config)
			if err != nil {
				return err
			}
			if a.json {
				var named map[string]any // JSON has the names of the file
				if err := yaml.Unmarshal(text, &named); err != nil {
					return err
				}
				return a.printJSON(named)
			}
			_, err = a.stdout.Write(text)
			return err
		},
	}, &cobra.Command{
		Use: "path", Short: "Print where the settings are read from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			return a.print(map[string]string{"path": h.Config()}, table{rows: [][]string{{h.Config()}}})
		},
	})
	return cmd
}
