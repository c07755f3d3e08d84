package machine

import (
	"context"
	"errors"
	"time"

	"ayni.example/p2p"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
	"ayni.example/web/operator"
)

// VaultGrant implements operator.Operator.
func (m *Machine) VaultGrant(ctx context.Context, req operator.VaultGrantRequest) (operator.VaultGrant, error) {
	o, err := m.data.vault.Find(req.Object)
	if err != nil {
		return operator.VaultGrant{}, vaultAdvice(err)
	}
	to, err := canonical(req.To)
	if err != nil {
		return operator.VaultGrant{}, err
	}
	if to == m.address {
		return operator.VaultGrant{}, advice(errors.New("the account is this machine's own"), "its owner reads by `ayni vault cat`")
	}
	g, err := m.data.owner.Grant(ctx, vault.Terms{
		ChainID: m.node.Genesis().ChainID, Owner: m.address, Grantee: to, Object: o.ID, Scope: req.Scope, Purpose: req.Purpose,
		Expires: m.now().Add(req.Lasts).Unix(),
	})
	if err != nil {
		return operator.VaultGrant{}, vaultAdvice(err)
	}
	return m.granted(g, o.Name, 0), nil
}

func (m *Machine) granted(g vault.Grant, name string, reads int) operator.VaultGrant {
	out := grantOf(g.Terms)
	out.Name, out.Reads, out.State = name, reads, string(g.State)
	if g.State == vault.Stands && m.now().Unix() >= g.Terms.Expires {
		out.State = "expired"
	}
	return out
}

func grantOf(t vault.Terms) operator.VaultGrant {
	return operator.VaultGrant{
		ID: t.ID(), Owner: t.Owner, Grantee: t.Grantee, Object: t.Object, Scope: t.Scope, Purpose: t.Purpose, Expires: time.Unix(t.Expires, 0).UTC(),
	}
}

// VaultGrants implements operator.Operator.
func (m *Machine) VaultGrants(context.Context) ([]operator.VaultGrant, error) {
	grants, err := m.data.vault.Grants("")
	if err != nil {
		return nil, vaultAdvice(err)
	}
	objects, err := m.data.vault.List()
	if err != nil {
		return nil, vaultAdvice(err)
	}
	names := map[string]string{}
	for _, o := range objects {
		names[o.ID] = o.Name
	}
	reads, err := m.reads()
	list := []operator.VaultGrant{}
	for _, g := range grants {
		list = append(list, m.granted(g, names[g.Terms.Object], reads[g.Terms.ID()]))
	}
	return list, vaultAdvice(err)
}

// reads counts what was read under each grant.
func (m *Machine) reads() (map[string]int, error) {
	counts := map[string]int{}
	err := m.data.vault.Log(func(e vault.Entry) error {
		if e.Access != nil && e.Access.Action == "read" && e.Access.Refused == "" {
			counts[e.Access.Grant]++
		}
		return nil
	})
	return counts, err
}

// VaultRevoke implements operator.Operator.
func (m *Machine) VaultRevoke(ctx context.Context, word string) (operator.VaultGrant, error) {
	g, err := m.data.vault.FindGrant(word)
	if err != nil {
		return operator.VaultGrant{}, vaultAdvice(err)
	}
	if err := m.data.owner.Revoke(ctx, g.Terms.ID()); err != nil {
		return operator.VaultGrant{}, vaultAdvice(err)
	}
	g.State = vault.Revoked
	name := ""
	if o, err := m.data.vault.Object(g.Terms.Object); err == nil {
		name = o.Name
	}
	reads, err := m.reads()
	return m.granted(g, name, reads[g.Terms.ID()]), vaultAdvice(err)
}

// vaultAdvice adds what to do.
func vaultAdvice(err error) error {
	hints := []struct {
		err  error
		hint string
	}{
		{share.ErrLedger, "is the network connection up? `ayni doctor` tells how far this machine's ledger is; nothing is read until it is known"},
		{vault.ErrRevoked, "ask the owner for another grant"},
		{vault.ErrExpired, "ask the owner for another grant"},
		{vault.ErrErased, "what was erased does not come back"},
		{vault.ErrPurpose, "the owner granted it for another purpose: leave --purpose away to see which, or ask for another grant"},
		{vault.ErrScope, "`ayni vault read GRANT` lists what it is for"},
		{vault.ErrWrap, "a wrap opens only for the account, grant and terms that it was made for: read through the owner's machine again"},
		{vault.ErrUnknown, "`ayni vault list` has the names and ids"},
		{vault.ErrNoGrant, "`ayni vault grants` and `ayni vault granted` list them"},
		{p2p.ErrUnreachable, "the owner's machine must run and be reachable; --replica reads what another machine holds"},
	}
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return advice(err, h.hint)
		}
	}
	return err
}
