package web

import (
	"net/http"

	"ayni.example/web/operator"
)

type dataData struct {
	Uses     operator.VaultUses
	Grants   []operator.VaultGrant
	Erasures []operator.VaultErasure
	Revoked  *operator.VaultGrant
}

// data shows who used what of this machine's vault, what it earned, and how far erasures are.
func (c *Console) data(r *http.Request) (any, error) {
	var d dataData
	var err error
	op, ctx := c.config.Operator, r.Context()
	if d.Uses, err = op.VaultUses(ctx); err != nil {
		return d, err
	}
	if d.Grants, err = op.VaultGrants(ctx); err != nil {
		return d, err
	}
	d.Erasures, err = op.VaultErasures(ctx)
	return d, err
}

// revokeGrant ends a grant with one click.
func (c *Console) revokeGrant(r *http.Request) (any, error) {
	revoked, err := c.config.Operator.VaultRevoke(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	loaded, err := c.data(r)
	d := loaded.(dataData)
	d.Revoked = &revoked
	return d, err
}
