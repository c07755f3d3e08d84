package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"ayni.example/chain"
	"ayni.example/tensor"
)

// version is set by the linker.
var version = "unknown"

type versionInfo struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Engine   string `json:"engine"`  // of the exact engine
	Profile  string `json:"profile"` // of its numerics
	Revision string `json:"revision"`
	Release  int    `json:"release"` // of the ledger's rules
}

func about() (versionInfo, error) {
	release, err := chain.Release()
	v := versionInfo{
		Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Engine: tensor.Engine, Profile: tensor.Profile,
		Release: release,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	return v, err
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v, err := about()
			if err != nil {
				return err
			}
			return a.print(v, table{rows: [][]string{{fmt.Sprintf("ayni %s (%s, %s, ledger release %d, engine %s profile %s)",
				v.Version, v.Go, v.Platform, v.Release, v.Engine, v.Profile)}}})
		},
	}
}
