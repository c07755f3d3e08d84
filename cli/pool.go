package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"ayni.example/provenance/pool"
	"ayni.example/train/corpus"
	"ayni.example/web/operator"
)

const poolHelp = `A pool is data of many, owned by those who gave it. A machine keeps it: each contribution is checked (it fits the schema, it is no copy, a
reference model gains by it) and gets points; what models trained on the pool earn is shared by points, and paid by the ledger.

  ayni pool create recipes --schema schema.json --validation held.txt --share 20
  ayni pool join POOL FILE        on a contributor's machine
  ayni train RECIPE               with data: {folder: pool:recipes}, on the pool's machine
  ayni pool stats POOL
  ayni pool withdraw CONTRIBUTION`

func (a *app) pool() *cobra.Command {
	cmd := &cobra.Command{Use: "pool", Short: "Data of many, with shares for those who gave it", Long: poolHelp}
	cmd.AddCommand(a.poolCreate(), a.poolJoin(), a.poolWithdraw(), a.poolStats(), a.poolList())
	return cmd
}

// poolFileMax bounds the files that a pool is made of.
const poolFileMax = 1 << 20

func (a *app) poolCreate() *cobra.Command {
	var req operator.PoolRequest
	var schema, validation string
	var share float64
	cmd := &cobra.Command{
		Use: "create NAME --validation FILE", Short: "Begin a pool, kept by this machine", Args: cobra.ExactArgs(1),
		Long: `Begin a pool, kept by this machine. The schema is {"format":"text"}, or {"format":"jsonl","text":["question","answer"],"record":{...}} with
a JSON Schema for each line. The validation text says what the pool is for: what a contribution is worth is how much better the reference
model predicts it after a short training on the contribution. Neither can be changed later.`,
		Example: "  ayni pool create go-code --validation held.txt --share 20 --price 5",
		RunE: func(cmd *cobra.Command, args []string) error {
			req.Name = args[0]
			if share < 0 || share > 50 {
				return hint(usage(fmt.Errorf("--share %g: want 0 to 50 percent", share)), "more than half of what a model earns never goes upstream")
			}
			req.Share = uint32(share*100 + 0.5)
			req.Schema = json.RawMessage(`{"format":"text"}`)
			if schema != "" {
				text, err := corpus.ReadFile(schema, poolFileMax)
				if err != nil {
					return err
				}
				req.Schema = text
			}
			if _, err := pool.ParseSchema(req.Schema); err != nil {
				return hint(usage(err), "`ayni pool create --help` shows what a schema looks like")
			}
			var err error
			if req.Validation, err = corpus.ReadFile(validation, poolFileMax); err != nil {
				return err
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			p, err := remote.CreatePool(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			return a.print(p, table{rows: poolRows(p)})
		},
	}
	f := cmd.Flags()
	f.StringVar(&schema, "schema", "", "file that says what a contribution looks like (default: plain text)")
	f.StringVar(&validation, "validation", "", "text that contributions are measured on")
	f.StringVar(&req.Reference, "reference", "ayni/starter", "model of this machine that measures")
	f.Float64Var(&share, "share", 20, "percent of what each descendant earns that goes to the contributors")
	f.StringVar(&req.Price, "price", "0", "credits for one training on the pool")
	f.StringVar(&req.Licence, "licence", "", "SPDX name of the licence of the contributions")
	f.BoolVar(&req.Commercial, "commercial", true, "models trained on it may be sold")
	f.StringArrayVar(&req.Checkers, "checker", nil, "account besides this machine's that may judge; may be given again")
	_ = cmd.MarkFlagRequired("validation") // the flag exists
	return cmd
}

func (a *app) poolJoin() *cobra.Command {
	return &cobra.Command{
		Use: "join POOL FILE", Short: "Contribute a file to a pool", Args: cobra.ExactArgs(2),
		Long: `Contribute a file to a pool. The ledger gets a salted digest of it, the machine that keeps the pool gets the file, nobody else gets anything. What
was found of it is in "ayni pool stats POOL". The same command again goes on where one was cut off.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := filepath.Abs(args[1])
			if err != nil {
				return err
			}
			switch info, err := os.Stat(file); {
			case err != nil:
				return hint(err, "name a file of this machine")
			case !info.Mode().IsRegular() || info.Size() == 0:
				return hint(usage(fmt.Errorf("%s is no file with something in it", args[1])), "a folder is contributed file by file")
			case info.Size() > pool.ContributionMax:
				return hint(usage(fmt.Errorf("%s has %d bytes, at most %d are taken", args[1], info.Size(), pool.ContributionMax)), "cut it into several files")
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			c, err := remote.JoinPool(cmd.Context(), operator.JoinRequest{Pool: args[0], File: file})
			if err != nil {
				return advise(err)
			}
			return a.print(c, table{rows: [][]string{
				{"contribution", c.ID}, {"state", c.State}, {"given", strconv.FormatBool(c.Given)}, {"height", strconv.FormatInt(c.Height, 10)},
			}})
		},
	}
}

func (a *app) poolWithdraw() *cobra.Command {
	return &cobra.Command{
		Use: "withdraw CONTRIBUTION", Short: "Take a contribution back", Args: cobra.ExactArgs(1),
		Long: `Take a contribution of this machine back, by its id or the beginning of one ("ayni pool stats POOL" lists them). Its points end, and the pool's machine removes
the file; what it earned stays yours. A training that began before goes on, and models that were made stay made.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			c, err := remote.WithdrawContribution(cmd.Context(), args[0])
			if err != nil {
				return advise(err)
			}
			return a.print(c, table{rows: [][]string{{"contribution", c.ID}, {"state", c.State}}})
		},
	}
}

func (a *app) poolStats() *cobra.Command {
	var schema bool
	cmd := &cobra.Command{
		Use: "stats POOL", Aliases: []string{"show"}, Short: "Tell who gave what to a pool, and what it earned", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			s, err := remote.PoolStats(cmd.Context(), args[0])
			if err != nil {
				return advise(err)
			}
			if schema {
				if s.Schema == nil {
					return hint(errors.New("the schema is not known here"), "the pool's machine tells it while it runs")
				}
				return a.print(s.Schema, table{rows: [][]string{{string(s.Schema)}}})
			}
			return a.print(s, table{rows: statRows(s)})
		},
	}
	cmd.Flags().BoolVar(&schema, "schema", false, "only what a contribution must look like")
	return cmd
}

func (a *app) poolList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the pools of this network", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			list, err := remote.Pools(cmd.Context())
			if err != nil {
				return advise(err)
			}
			t := table{header: []string{"POOL", "NAME", "OWNER", "EPOCH", "POINTS", "SHARE", "EARNED", "HERE"}, empty: "no pool was created yet"}
			for _, p := range list {
				t.rows = append(t.rows, []string{
					short(p.ID), p.Name, short(p.Owner), strconv.FormatUint(p.Epoch, 10), p.Points, basisPoints(p.Share), p.Earned, strconv.FormatBool(p.KeptHere),
				})
			}
			return a.print(list, t)
		},
	}
}

func basisPoints(of uint32) string {
	return strconv.FormatFloat(float64(of)/100, 'f', -1, 64) + " %"
}

func poolRows(p operator.Pool) [][]string {
	return [][]string{
		{"pool", p.ID},
		{"name", p.Name},
		{"owner", p.Owner},
		{"share", basisPoints(p.Share)},
		{"price", p.Price + " credits a training"},
		{"epoch", strconv.FormatUint(p.Epoch, 10)},
		{"points", p.Points},
		{"earned", p.Earned + " credits"},
	}
}

func statRows(s operator.PoolStats) [][]string {
	rows := poolRows(s.Pool)
	for _, c := range s.Contributors {
		rows = append(rows, []string{"contributor", fmt.Sprintf("%s: %s points, %s credits paid, %s owed", c.Address, c.Points, c.Paid, c.Owed)})
	}
	for _, c := range s.Contributions {
		text := fmt.Sprintf("%s of %s, %d bytes: %s", short(c.ID), short(c.Owner), c.Bytes, c.State)
		if c.State == "accepted" {
			text += fmt.Sprintf(", %d points", c.Points)
		}
		if c.Reason != "" {
			text += ", " + c.Reason
		}
		if c.Detail != "" {
			text += ": " + c.Detail
		}
		rows = append(rows, []string{"contribution", text})
	}
	return rows
}
