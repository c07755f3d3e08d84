package web

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"ayni.example/web/operator"
)

type provenanceData struct {
	Mine  []operator.Asset
	Pools []poolData
	// Word is what was asked for: the id of an asset or of a receipt, a content, the name of a model.
	Word    string
	Chosen  *operator.Asset
	Lineage template.HTML
	// Children is how many were made of it, as far as the lineage was followed.
	Children int
}

// poolData is a pool to which this machine's account gave something.
type poolData struct {
	operator.PoolStats
	Own  operator.Contributor
	Mine []operator.Contribution
}

// provenance shows what this machine's account owns and what it gave to pools, and one asset with where it comes from and who earns by it.
func (c *Console) provenance(r *http.Request) (any, error) {
	d := provenanceData{Word: r.FormValue("asset")}
	var err error
	if d.Mine, err = c.config.Operator.Assets(r.Context()); err != nil {
		return d, err
	}
	if err := c.given(r, &d); err != nil {
		return d, err
	}
	if d.Word == "" {
		return d, nil
	}
	return d, c.lineage(r, &d)
}

// given adds the pools in which this machine's account has a part.
func (c *Console) given(r *http.Request, d *provenanceData) error {
	op, ctx := c.config.Operator, r.Context()
	wallet, err := op.Wallet(ctx)
	if err != nil {
		return err
	}
	pools, err := op.Pools(ctx)
	if err != nil {
		return err
	}
	for _, p := range pools {
		stats, err := op.PoolStats(ctx, p.ID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(stats.Contributors, func(c operator.Contributor) bool { return c.Address == wallet.Address })
		if at < 0 {
			continue
		}
		shown := poolData{PoolStats: stats, Own: stats.Contributors[at]}
		for _, each := range stats.Contributions {
			if each.Owner == wallet.Address {
				shown.Mine = append(shown.Mine, each)
			}
		}
		d.Pools = append(d.Pools, shown)
	}
	return nil
}

// lineage draws what the chosen asset was made from.
func (c *Console) lineage(r *http.Request, d *provenanceData) error {
	op, ctx := c.config.Operator, r.Context()
	a, err := op.Asset(ctx, d.Word)
	if err != nil {
		return err
	}
	d.Chosen = &a
	g, err := op.Lineage(ctx, a.ID, false)
	if err != nil {
		return err
	}
	var drawn strings.Builder
	if err := g.SVG(&drawn); err != nil {
		return err
	}
	d.Lineage = template.HTML(drawn.String()) //nolint:gosec // Graph.SVG escapes what it is given, and has neither scripts nor styles
	children, err := op.Lineage(ctx, a.ID, true)
	d.Children = max(0, len(children.Nodes)-1)
	return err
}
