package machine

import (
	"context"
	"errors"
	"io"
	"time"

	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/endpoint"
	"ayni.example/web/operator"
)

// VaultConnect implements operator.Operator.
func (m *Machine) VaultConnect(ctx context.Context, req operator.VaultConnectRequest) (operator.VaultConnected, error) {
	v := m.data.vault
	out := operator.VaultConnected{URL: m.url + "/mcp/vault", Header: endpoint.Header}
	if req.Grant != "" {
		g, err := m.toMe(ctx, req.Grant)
		if err != nil {
			return out, err
		}
		out.VaultGrant = operator.VaultGrant{ID: standing(g).Grant, Owner: g.Owner, Grantee: g.Grantee, Expires: time.Unix(g.Expires, 0).UTC()}
		out.Token = v.Token(out.ID)
		return out, nil
	}
	o, err := v.Find(req.Object)
	if err != nil {
		return out, vaultAdvice(err)
	}
	g, err := v.Connect(ctx, req.Client, vault.Terms{
		ChainID: m.node.Genesis().ChainID, Owner: m.address, Object: o.ID, Scope: req.Scope, Purpose: req.Purpose, Expires: m.now().Add(req.Lasts).Unix(),
	})
	if err != nil {
		return out, vaultAdvice(err)
	}
	out.VaultGrant = m.granted(g, o.Name, 0)
	out.Token = v.Token(out.ID)
	return out, nil
}

// vaultSource is what a program's token lets it read: of this vault, or of what somebody granted to its owner.
func (m *Machine) vaultSource(_ context.Context, token string) (endpoint.Source, error) {
	id, err := m.data.vault.TokenGrant(token)
	if err != nil {
		return nil, err
	}
	source, err := endpoint.Own(m.data.vault, id, m.now())
	if !errors.Is(err, vault.ErrNoGrant) {
		return source, err
	}
	r, err := m.data.vault.Held(id)
	if err != nil {
		return nil, err
	}
	return received{m, r.Wrap.Terms}, nil
}

// received is what somebody granted to this machine's account, for a program of its owner: read at the owner's machine, each time.
type received struct {
	m     *Machine
	terms vault.Terms
}

// Terms implements endpoint.Source.
func (r received) Terms() vault.Terms { return r.terms }

// Items implements endpoint.Source.
func (r received) Items(ctx context.Context) ([]vault.Item, error) {
	s, err := r.m.openSession(ctx, operator.VaultReadRequest{Grant: r.terms.ID()})
	if err != nil {
		return nil, err
	}
	s.Close()
	return s.Items, nil
}

// Read implements endpoint.Source.
func (r received) Read(ctx context.Context, to io.Writer, item vault.Item) error {
	return r.m.VaultRead(ctx, operator.VaultReadRequest{Grant: r.terms.ID(), Item: item.Name}, to)
}
