package cli

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/provenance/graph"
	"ayni.example/provenance/standard"
	"ayni.example/web/operator"
)

const provenanceHelp = `Where models and data come from, and who earns by them. Nothing needs to be done for it: jobs write it down.

  ayni provenance show ASSET|FILE|RECEIPT   what it is, what it was made from, who has a share
  ayni provenance graph ASSET               the whole lineage, as text, JSON, Graphviz, a picture or W3C PROV
  ayni provenance export ASSET              files that others' tools read and verify
  ayni provenance import FILE|FOLDER        what files say of their origin
  ayni provenance verify FILE|FOLDER        check an artefact and what lies beside it, offline
  ayni provenance key                       the key with which this machine signs artefacts

An ASSET is an id, a content (SHA-256), the name of a model here, or a receipt. Of every edge the evidence is said: claimed (whoever
registered it says so), observed (the ledger saw the inputs and the result of the job), verified (that job stood until nobody could
dispute it), suspected (nobody declared it, the weights speak for it).`

func (a *app) provenance() *cobra.Command {
	cmd := &cobra.Command{Use: "provenance", Short: "Where models and data come from, and who earns by them", Long: provenanceHelp}
	cmd.AddCommand(a.provenanceShow(), a.provenanceGraph(), a.provenanceExport(), a.provenanceImport(), a.provenanceVerify(), a.provenanceKey())
	return cmd
}

func (a *app) provenanceShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ASSET|FILE|RECEIPT", Short: "Print what an asset is, what it was made from, and who has a share", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
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
			return a.print(asset, assetTable(asset))
		},
	}
}

// contentOf is the digest of a file, where a word names one; any other word stays.
func contentOf(ctx context.Context, word string) (string, error) {
	info, err := os.Stat(word)
	if err != nil || !info.Mode().IsRegular() {
		return word, nil //nolint:nilerr // it is no file: the running process knows what it is
	}
	f, err := os.Open(word)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	digest, _, err := standard.Sum(ctx, f)
	return digest.String(), err
}

func assetTable(s operator.Asset) table {
	owner := s.Owner
	if owner == "" {
		owner = "nobody: it was made elsewhere"
	}
	t := table{rows: [][]string{
		{"name", strconv.Quote(s.Name)},
		{"kind", s.Kind},
		{"asset", s.ID},
		{"content", s.Content},
		{"owner", owner},
		{"registered", "block " + strconv.FormatInt(s.Height, 10) + ", " + date(s.Time)},
		{"licence", s.Terms.Licence},
		{"terms", termsText(s.Terms)},
	}}
	if s.Banned {
		t.rows = append(t.rows, []string{"banned", "what it earns waits, and it is not served"})
	}
	if s.Restricted {
		t.rows = append(t.rows, []string{"restricted", "a parent that was found later bars commercial use"})
	}
	for _, p := range s.Parents {
		t.rows = append(t.rows, []string{"made from", fmt.Sprintf("%q (%s) %s: %s, %s", p.Name, p.Kind, short(p.Asset), p.Relation, p.Evidence)})
	}
	for _, p := range s.Shares {
		line := fmt.Sprintf("%s %% to %q %s", percent(p.PPM), p.Name, short(p.Asset))
		if p.Held {
			line += ", held until a suspicion is decided"
		}
		t.rows = append(t.rows, []string{"share", line})
	}
	t.rows = append(t.rows, []string{"serving", percent(s.Serving) + " % of what is paid for serving it goes to owners"},
		[]string{"earned", s.Earned + " credits, of which its owners got " + s.Received})
	return t
}

func termsText(t operator.Terms) string {
	words := "no use for money"
	if t.Commercial {
		words = "use for money"
	}
	if t.Derivatives {
		words += ", derivatives"
	} else {
		words += ", no derivatives of others"
	}
	if t.Reciprocal {
		words += " under the same terms"
	}
	words += fmt.Sprintf(", %s %% of what descendants earn", percent(t.Share*100))
	if t.Ceiling != "0" {
		words += ", at most " + t.Ceiling + " credits each"
	}
	if t.Price != "0" {
		words += ", " + t.Price + " credits for a training"
	}
	return words
}

// percent prints millionths.
func percent(ppm uint32) string {
	return strconv.FormatFloat(float64(ppm)/10_000, 'f', -1, 64)
}

func (a *app) provenanceGraph() *cobra.Command {
	var children bool
	var format string
	cmd := &cobra.Command{
		Use: "graph ASSET|FILE|RECEIPT", Short: "Print the lineage of an asset", Args: cobra.ExactArgs(1),
		Long: `Print what an asset was made from, and what that was made from, and so on; with --children what was made of it. --format: text, dot (for
Graphviz), svg (a picture), prov (W3C PROV in JSON); --json is the graph itself.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			g, err := a.lineageOf(cmd.Context(), args[0], children)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(g)
			}
			return a.draw(g, format)
		},
	}
	cmd.Flags().BoolVar(&children, "children", false, "what was made of it")
	cmd.Flags().StringVar(&format, "format", "text", "text, dot, svg or prov")
	return cmd
}

func (a *app) lineageOf(ctx context.Context, word string, children bool) (graph.Graph, error) {
	remote, err := a.remote()
	if err != nil {
		return graph.Graph{}, err
	}
	if word, err = contentOf(ctx, word); err != nil {
		return graph.Graph{}, err
	}
	asset, err := remote.Asset(ctx, word) // a receipt's id has no place in a path
	if err != nil {
		return graph.Graph{}, advise(err)
	}
	g, err := remote.Lineage(ctx, asset.ID, children)
	return g, advise(err)
}

func (a *app) draw(g graph.Graph, format string) error {
	switch format {
	case "text":
		return g.Tree(a.stdout)
	case "dot":
		return g.DOT(a.stdout)
	case "svg":
		return g.SVG(a.stdout)
	case "prov":
		text, err := standard.WriteGraph(machine.BillOf(g))
		if err != nil {
			return err
		}
		_, err = a.stdout.Write(append(text, '\n'))
		return err
	}
	return usage(fmt.Errorf("--format %q: want text, dot, svg or prov", format))
}

func (a *app) provenanceKey() *cobra.Command {
	var passphraseFile string
	cmd := &cobra.Command{
		Use: "key [ACCOUNT]", Short: "Print the key with which this machine signs artefacts, or those that an account bound", Args: cobra.MaximumNArgs(1),
		Long: `Print the public key with which this machine signs models and data, in PEM as stock tools read it; nothing needs to run. With an
ACCOUNT, print the keys that it bound to itself on the ledger.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.boundKeys(cmd.Context(), args[0])
			}
			h, err := a.open()
			if err != nil {
				return err
			}
			keys, err := machine.OpenWallet(h, passphraseFile)
			if err != nil {
				return started(err)
			}
			key, err := machine.SigningKey(keys.Wallet())
			if err != nil {
				return err
			}
			shown := operator.SigningKey{Key: string(key.Public().PEM()), Hint: key.Public().Hint(), Account: machine.Address(keys.Wallet())}
			if a.json {
				return a.printJSON(shown)
			}
			_, err = fmt.Fprint(a.stdout, shown.Key)
			return err
		},
	}
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the wallet's passphrase (default HOME/passphrase)")
	return cmd
}

func (a *app) boundKeys(ctx context.Context, account string) error {
	remote, err := a.remote()
	if err != nil {
		return err
	}
	keys, err := remote.SigningKeys(ctx, account)
	if err != nil {
		return advise(err)
	}
	t := table{empty: account + " has bound no key; one is bound by the transaction that first registers what the machine made"}
	for _, k := range keys {
		t.rows = append(t.rows, []string{"block " + strconv.FormatInt(k.Height, 10), k.Hint}, []string{k.Key})
	}
	return a.print(keys, t)
}
