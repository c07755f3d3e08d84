package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/internal/home"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
)

const provenanceExportHelp = `Write what others' tools read about an asset:

  cdx    CycloneDX 1.6, a bill of materials with model card and ancestors      from the ledger
  hf     a card (README.md) whose front matter Hugging Face's hub reads        from the ledger
  prov   a graph of W3C PROV in JSON                                           from the ledger
  oms    the Model Signing bundle                                              of what this machine made
  slsa   the in-toto statement of how it was made                              of what this machine made
  ayni   the ledger's manifest                                                 of what this machine made

Without --out the one of --format is printed. With --out DIR all that there are (or the one of --format) are written there, under the name
that they are kept by, with the signer's public key; copy the artefact there under that name and "ayni provenance verify DIR" checks it.
--proof adds NAME.proof.json: light proofs that the asset is registered, and the key bound to its account, which anybody can check offline
who has the network's genesis.`

// exported is a file about an asset.
type exported struct {
	suffix, format string
	data           []byte
}

func (a *app) provenanceExport() *cobra.Command {
	var format, out string
	var proof bool
	cmd := &cobra.Command{
		Use: "export ASSET|FILE|RECEIPT", Short: "Write what others' tools read about an asset", Long: provenanceExportHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" && (format == "" || proof) {
				return usage(errors.New("name a --format to print, or a folder with --out; --proof goes with --out"))
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			word, err := contentOf(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			asset, err := remote.Asset(cmd.Context(), word)
			if err != nil {
				return advise(err)
			}
			name, list, err := a.kept(args[0], asset.Content)
			if err != nil {
				return err
			}
			if list, err = a.exports(cmd.Context(), remote, asset, format, list); err != nil {
				return err
			}
			if name == "" {
				name = fileName(asset.Name)
			}
			if out == "" {
				_, err := a.stdout.Write(list[0].data)
				return err
			}
			if proof {
				bundle, err := remote.ProveAsset(cmd.Context(), asset.ID)
				if err != nil {
					return advise(err)
				}
				list = append(list, exported{standard.SuffixProof, "proof", bundle})
			}
			if list, err = a.withKey(cmd.Context(), remote, list); err != nil {
				return err
			}
			return a.writeExports(out, name, list)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "cdx, hf, prov, oms, slsa or ayni")
	cmd.Flags().StringVar(&out, "out", "", "folder to write to")
	cmd.Flags().BoolVar(&proof, "proof", false, "add light proofs from the ledger")
	return cmd
}

// exports are the files about an asset: those that this machine keeps, and those that the ledger gives.
func (a *app) exports(ctx context.Context, remote *operator.Client, asset operator.Asset, format string, kept []exported) ([]exported, error) {
	g, err := remote.Lineage(ctx, asset.ID, false)
	if err != nil {
		return nil, advise(err)
	}
	made, err := fromLedger(machine.BillOf(g))
	if err != nil {
		return nil, err
	}
	list := slices.Concat(kept, made)
	if format == "" {
		return unique(list), nil
	}
	for i, each := range slices.Backward(list) { // the ledger's bill has the evidence of today
		if each.format == format {
			return list[i : i+1], nil
		}
	}
	switch format {
	case "oms", "slsa", "ayni":
		return nil, hint(fmt.Errorf("this machine keeps no %s file of %s", format, short(asset.ID)), "the ledger holds no files: ask %s, who registered it, or export cdx, hf or prov", asset.Owner)
	}
	return nil, usage(fmt.Errorf("--format %q: want cdx, hf, prov, oms, slsa or ayni", format))
}

// unique keeps the first of each name: the bill that the job's signature covers before the ledger's.
func unique(list []exported) []exported {
	seen := make(map[string]bool)
	var kept []exported
	for _, e := range list {
		if !seen[e.suffix] {
			seen[e.suffix] = true
			kept = append(kept, e)
		}
	}
	return kept
}

func fromLedger(bill standard.Bill) ([]exported, error) {
	text, err := standard.WriteBill(bill)
	if err != nil {
		return nil, err
	}
	prov, err := standard.WriteGraph(bill)
	if err != nil {
		return nil, err
	}
	return []exported{{standard.SuffixBill, "cdx", text}, {".README.md", "hf", standard.WriteCard(bill)}, {".prov.json", "prov", append(prov, '\n')}}, nil
}

// kept is what lies beside a file, or in this home about a content, and the name that it goes by.
func (a *app) kept(word, content string) (string, []exported, error) {
	if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
		name := filepath.Base(word)
		if list, err := readExports(filepath.Dir(word), name); err != nil || len(list) > 0 {
			return name, list, err
		}
	}
	h, err := a.open()
	if err != nil {
		return "", nil, err
	}
	folder := filepath.Join(h.Lineage(), filepath.Base(content))
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), standard.SuffixAsset); ok {
			list, err := readExports(folder, name)
			return name, list, err
		}
	}
	return "", nil, err
}

func readExports(folder, name string) ([]exported, error) {
	texts, err := standard.Beside(os.DirFS(folder), name)
	var list []exported
	for _, e := range []exported{{standard.SuffixAsset, "ayni", nil}, {standard.SuffixModel, "oms", nil}, {standard.SuffixJob, "slsa", nil}, {standard.SuffixBill, "cdx", nil}} {
		if e.data = texts[e.suffix]; len(e.data) > 0 {
			list = append(list, e)
		}
	}
	return list, err
}

func (a *app) writeExports(out, name string, list []exported) error {
	if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // files for others to read
		return err
	}
	var written []string
	t := table{}
	for _, e := range list {
		path := filepath.Join(out, name+e.suffix)
		if err := home.WriteFile(path, e.data); err != nil {
			return err
		}
		written = append(written, path)
		t.rows = append(t.rows, []string{e.format, path})
	}
	return a.print(written, t)
}

// withKey adds the key that signed, which is this machine's or one that it had before, for those who verify with stock tools.
func (a *app) withKey(ctx context.Context, remote *operator.Client, list []exported) ([]exported, error) {
	hint := ""
	for _, e := range list {
		if e.suffix == standard.SuffixModel {
			var err error
			if hint, err = standard.KeyHint(e.data); err != nil {
				return nil, err
			}
		}
	}
	if hint == "" {
		return list, nil
	}
	keys, err := remote.SigningKeys(ctx, "")
	if err != nil {
		return nil, advise(err)
	}
	for _, k := range keys {
		if k.Hint == hint {
			list = append(list, exported{standard.SuffixKey, "key", []byte(k.Key)})
		}
	}
	return list, nil
}

// fileName is a name that is one in every folder.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' || r < ' ' {
			return '-'
		}
		return r
	}, name)
	if name = strings.TrimLeft(name, "."); name == "" {
		return "asset"
	}
	return name
}
