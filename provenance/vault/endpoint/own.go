package endpoint

import (
	"context"
	"io"
	"time"

	"ayni.example/provenance/vault"
)

// own is a part of a vault, for a program of its owner.
type own struct {
	vault *vault.Vault
	terms vault.Terms
}

// Own is what a grant to a program of the owner's lets it read; vault.ErrNoGrant where it is none.
func Own(v *vault.Vault, grant string, now time.Time) (Source, error) {
	g, err := v.Granted(grant)
	if err != nil {
		return nil, err
	}
	if !g.Terms.ForClient() { // an account reads by a stream that it signs for
		return nil, vault.ErrNoGrant
	}
	return own{v, g.Terms}, g.Allows(now)
}

// Terms implements Source.
func (o own) Terms() vault.Terms { return o.terms }

// Items implements Source.
func (o own) Items(context.Context) ([]vault.Item, error) {
	object, err := o.vault.Object(o.terms.Object)
	return object.In(o.terms.Scope), err
}

// Read implements Source. The access is on the disk before the first byte leaves.
func (o own) Read(ctx context.Context, to io.Writer, item vault.Item) error {
	object, err := o.vault.Object(o.terms.Object)
	if err != nil {
		return err
	}
	access := vault.Access{Object: object.ID, Item: item.File, Grant: o.terms.ID(), Reader: o.terms.Grantee, Action: "read", Bytes: item.Size}
	if err := o.vault.Record(ctx, access); err != nil {
		return err
	}
	return o.vault.Read(ctx, to, object, item)
}
