package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ayni.example/internal/home"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
)

// imported is a claimed parent with the asset that it was found to be.
type imported struct {
	standard.Claim
	Evidence string `json:"evidence"`
	// State is "asset" when the ledger has it, "unregistered" when only its content is known, "unresolved" when only its name is.
	State string `json:"state"`
}

func (a *app) provenanceImport() *cobra.Command {
	var enter bool
	cmd := &cobra.Command{
		Use: "import FILE|FOLDER", Short: "Print what files say of their origin", Args: cobra.ExactArgs(1),
		Long: `Read where a model or data says it comes from: a Hugging Face card (README.md), adapter_config.json, the metadata of GGUF and
safetensors files, CycloneDX bills, SLSA statements and Model Signing bundles. These are claims: nobody checked them, and signatures
are not looked at (ayni provenance verify does). A parent whose digest is said is looked up on the ledger when a process runs on the
home; one of which only a name is said stays a name.

--register enters the file on the ledger in one transaction with its edges to those parents that the ledger has, all claimed. It came from
elsewhere, so nobody owns it here, and its parents' terms hold for it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			folder, name := os.DirFS(filepath.Dir(path)), filepath.Base(path)
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				folder, name = os.DirFS(path), "."
			}
			claims, err := standard.Import(folder, name)
			if err != nil {
				return unclaimed(args[0], err)
			}
			list, err := a.resolve(cmd.Context(), claims)
			if err != nil {
				return err
			}
			shown := struct {
				standard.Claims
				Parents    []imported `json:"parents"`
				Registered string     `json:"registered,omitempty"` // as this asset
			}{Claims: claims, Parents: list}
			t := claimsTable(claims, list)
			if enter {
				asset, err := a.register(cmd.Context(), path, claims, list)
				if err != nil {
					return err
				}
				shown.Registered = asset.ID
				t.rows = append(t.rows, []string{"registered", fmt.Sprintf("asset %s at block %d, with %d parents", asset.ID, asset.Height, len(asset.Parents))})
			}
			return a.print(shown, t)
		},
	}
	cmd.Flags().BoolVar(&enter, "register", false, "enter it on the ledger, with its edges to parents that are there")
	return cmd
}

func unclaimed(name string, err error) error {
	if errors.Is(err, standard.ErrUnknown) {
		return hint(fmt.Errorf("%s: %w", name, err), "want a README.md with front matter, a .gguf or .safetensors file, a CycloneDX bill or a signed bundle, or a folder with one of them")
	}
	return hint(fmt.Errorf("%s: %w", name, err), "is the file whole? It is read strictly, and to a bound")
}

// resolve looks the claimed parents up by what they contain. Without a running process nothing is looked up, and nothing is guessed.
func (a *app) resolve(ctx context.Context, claims standard.Claims) ([]imported, error) {
	remote, err := a.remote()
	if err != nil && !errors.Is(err, home.ErrStopped) {
		return nil, err
	}
	list := make([]imported, 0, len(claims.Parents))
	for _, c := range claims.Parents {
		p := imported{Claim: c, Evidence: standard.Claimed, State: "unresolved"}
		if !c.Digest.IsZero() {
			p.State = "unregistered"
		}
		p.Asset = standard.Digest{} // what a file says of ids on a ledger is looked up like everything else
		for _, d := range []standard.Digest{c.Asset, c.Digest} {
			if remote == nil || d.IsZero() || !p.Asset.IsZero() {
				continue
			}
			asset, err := remote.Asset(ctx, d.String())
			if missing := (*operator.RemoteError)(nil); errors.As(err, &missing) {
				continue
			}
			if err != nil {
				return nil, advise(err)
			}
			if p.Asset, err = standard.ParseDigest(asset.ID); err != nil {
				return nil, err
			}
			p.State = "asset"
		}
		list = append(list, p)
	}
	return list, nil
}

func claimsTable(c standard.Claims, list []imported) table {
	t := table{}
	for _, row := range [][]string{{"name", c.Name}, {"kind", c.Kind}, {"licence", c.Licence}} {
		if row[1] != "" {
			t.rows = append(t.rows, row)
		}
	}
	for _, p := range list {
		known := "unresolved: only its name is said"
		switch {
		case !p.Asset.IsZero():
			known = "asset " + short(p.Asset.String())
		case !p.Digest.IsZero():
			known = "sha256 " + short(p.Digest.String()) + ", not registered as far as is known here"
		}
		relation := p.Relation
		if relation == "" {
			relation = "made from"
		}
		t.rows = append(t.rows, []string{relation + ", " + p.Evidence, fmt.Sprintf("%q (%s): %s", p.Name, p.Source, known)})
	}
	if len(list) == 0 {
		t.rows = append(t.rows, []string{"parents", "none are named"})
	}
	return t
}
