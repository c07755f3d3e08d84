package machine

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/p2p"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
	"ayni.example/web/operator"
	xprovenance "ayni.example/x/provenance"
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

// VaultErase implements operator.Operator.
func (m *Machine) VaultErase(ctx context.Context, word string) (operator.VaultErasure, error) {
	object := word
	if o, err := m.data.vault.Find(word); err == nil {
		object = o.ID
	} else if !errors.Is(err, vault.ErrErased) {
		return operator.VaultErasure{}, vaultAdvice(err)
	}
	e, err := m.data.owner.Erase(ctx, object)
	if err != nil {
		return operator.VaultErasure{}, vaultAdvice(err)
	}
	return m.erasure(ctx, e)
}

// VaultErasures implements operator.Operator.
func (m *Machine) VaultErasures(ctx context.Context) ([]operator.VaultErasure, error) {
	list, err := m.data.vault.Erasures()
	out := []operator.VaultErasure{}
	for _, e := range list {
		one, err := m.erasure(ctx, e)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, err
}

func (m *Machine) erasure(ctx context.Context, e vault.Erasure) (operator.VaultErasure, error) {
	out := operator.VaultErasure{
		Object: e.Object, Begun: time.Unix(e.Begun, 0).UTC(), Here: e.Here, Ledger: e.Ledger, Done: e.Done, Grants: e.Grants,
		Replicas: []operator.VaultReplica{}, Descendants: []string{}, Stale: e.Stale,
	}
	for _, r := range e.Replicas {
		out.Replicas = append(out.Replicas, operator.VaultReplica{
			Holder: r.Holder, Digest: artifact.Prefix + r.Digest, Reply: string(r.Reply), Why: r.Why, Receipt: json.RawMessage(r.Receipt),
		})
	}
	if e.Asset == "" {
		return out, nil
	}
	var err error
	out.Descendants, err = m.descendants(ctx, e.Asset)
	return out, err
}

// descendantsMost bounds the list of what was made from an asset.
const descendantsMost = 1000

// descendants are the assets that were made from one, whatever lies between.
func (m *Machine) descendants(ctx context.Context, asset string) ([]string, error) {
	seen, queue, found := map[string]bool{asset: true}, []string{asset}, []string{}
	for len(queue) > 0 && len(found) < descendantsMost {
		children, err := m.children(ctx, queue[0])
		if err != nil {
			return found, err
		}
		queue = queue[1:]
		for _, c := range children {
			if !seen[c] {
				seen[c] = true
				queue, found = append(queue, c), append(found, c)
			}
		}
	}
	return found, nil
}

// VaultShare implements operator.Operator.
func (m *Machine) VaultShare(ctx context.Context, word string) (operator.VaultShared, error) {
	o, err := m.data.vault.Find(word)
	if err == nil {
		o, err = m.data.vault.Share(ctx, o.ID)
	}
	if err != nil {
		return operator.VaultShared{}, vaultAdvice(err)
	}
	out := operator.VaultShared{Object: o.ID, Files: []operator.VaultSealed{}}
	for _, i := range o.Items {
		if err := m.shareItem(ctx, o.ID, i); err != nil {
			return out, vaultAdvice(err)
		}
		out.Files = append(out.Files, operator.VaultSealed{Item: i.Name, Digest: artifact.Prefix + i.Digest, Size: i.Sealed})
	}
	return out, nil
}

func (m *Machine) shareItem(ctx context.Context, object string, i vault.Item) error {
	file, err := m.data.vault.Sealed(object, i.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	_, err = m.fetches.artifacts.PutPinned(ctx, file, pinVault, "an object of this vault")
	return err
}

// VaultKeep implements operator.Operator.
func (m *Machine) VaultKeep(ctx context.Context, req operator.VaultKeepRequest) (operator.VaultKept, error) {
	d, err := artifact.ParseDigest(req.Digest)
	if err != nil {
		return operator.VaultKept{}, err
	}
	owner, err := canonical(req.Owner)
	if err != nil {
		return operator.VaultKept{}, err
	}
	request := exchange.Request{Digest: d, Into: m.fetches.artifacts}
	for _, text := range req.From {
		p, err := exchange.ParsePeer(text)
		if err != nil {
			return operator.VaultKept{}, err
		}
		request.From = append(request.From, p)
	}
	// Its owner is known before it is here, so that it can be asked back from then on.
	if err := m.data.vault.KeepFor(d.Hex(), owner); err != nil {
		return operator.VaultKept{}, err
	}
	report, err := m.exchange.Fetch(ctx, request)
	if err == nil {
		err = m.fetches.artifacts.Pin(artifact.Pin{Digest: d, Owner: pinVault, Reason: "kept for " + owner})
	}
	if err != nil {
		return operator.VaultKept{}, advice(errors.Join(err, m.data.vault.Unkeep(d.Hex())), fetchAdvice(err))
	}
	return operator.VaultKept{Digest: string(d), Owner: owner, Size: report.Size}, nil
}

// VaultGranted implements operator.Operator.
func (m *Machine) VaultGranted(ctx context.Context) ([]operator.VaultGrant, error) {
	grants, err := m.ledger.GrantsTo(ctx, m.address)
	if err != nil {
		return nil, err
	}
	list := []operator.VaultGrant{}
	for _, g := range grants {
		s := standing(g)
		one := operator.VaultGrant{ID: s.Grant, Owner: s.Owner, Grantee: s.Grantee, Expires: time.Unix(s.Expires, 0).UTC()}
		if r, err := m.data.vault.Held(s.Grant); err == nil {
			one = grantOf(r.Wrap.Terms)
		}
		one.State = stateOf(g, m.now())
		list = append(list, one)
	}
	return list, nil
}

func stateOf(g xprovenance.Grant, now time.Time) string {
	switch {
	case g.Erased > 0:
		return "erased"
	case g.Revoked > 0:
		return string(vault.Revoked)
	case now.Unix() >= g.Expires:
		return "expired"
	}
	return string(vault.Stands)
}

// toMe finds a grant to this machine's account by its id or the beginning of it.
func (m *Machine) toMe(ctx context.Context, word string) (xprovenance.Grant, error) {
	grants, err := m.ledger.GrantsTo(ctx, m.address)
	if err != nil {
		return xprovenance.Grant{}, err
	}
	grants = slices.DeleteFunc(grants, func(g xprovenance.Grant) bool {
		return len(word) < 6 || !strings.HasPrefix(standing(g).Grant, word)
	})
	if len(grants) == 0 {
		if r, err := m.data.vault.Held(word); err == nil && m.now().Unix() >= r.Wrap.Terms.Expires { // the ledger has forgotten it
			return xprovenance.Grant{}, vaultAdvice(vault.ErrExpired)
		}
	}
	if len(grants) != 1 {
		return xprovenance.Grant{}, advice(fmt.Errorf("%w: %d grants to this account begin with %.70q", vault.ErrNoGrant, len(grants), word), "`ayni vault granted` lists them")
	}
	return grants[0], nil
}

// openSession asks the owner's machine.
func (m *Machine) openSession(ctx context.Context, req operator.VaultReadRequest) (*share.Session, error) {
	g, err := m.toMe(ctx, req.Grant)
	if err != nil {
		return nil, err
	}
	at, err := m.vaultRemote(ctx, g.Owner, req.From)
	if err != nil {
		return nil, err
	}
	s, err := m.data.client.Open(ctx, at, standing(g).Grant, req.Purpose)
	return s, vaultAdvice(err)
}

// VaultOpen implements operator.Operator.
func (m *Machine) VaultOpen(ctx context.Context, req operator.VaultReadRequest) (operator.VaultOpened, error) {
	s, err := m.openSession(ctx, req)
	if err != nil {
		return operator.VaultOpened{}, err
	}
	defer s.Close()
	out := operator.VaultOpened{VaultGrant: grantOf(s.Terms), Items: []operator.VaultItem{}}
	out.State = string(vault.Stands)
	for _, i := range s.Items {
		out.Items = append(out.Items, operator.VaultItem{Name: i.Name, Media: i.Media, Size: i.Size})
	}
	return out, nil
}

// VaultRead implements operator.Operator.
func (m *Machine) VaultRead(ctx context.Context, req operator.VaultReadRequest, to io.Writer) error {
	if req.Replica {
		return m.readReplica(ctx, req, to)
	}
	s, err := m.openSession(ctx, req)
	if err != nil {
		return err
	}
	defer s.Close()
	item, err := s.Item(req.Item)
	if err != nil {
		return vaultAdvice(err)
	}
	return vaultAdvice(s.Read(ctx, to, item))
}

// readReplica opens what any machine holds, with a wrap that came before. The ledger of this machine still has a say.
func (m *Machine) readReplica(ctx context.Context, req operator.VaultReadRequest, to io.Writer) error {
	g, err := m.toMe(ctx, req.Grant)
	if err != nil {
		return err
	}
	item, err := m.data.client.FromWrap(ctx, standing(g), req.Item)
	if err != nil {
		return vaultAdvice(err)
	}
	d := artifact.Digest(artifact.Prefix + item.Digest)
	if err := m.data.vault.KeepFor(item.Digest, g.Owner); err != nil { // the copy that this makes is its owner's to erase
		return err
	}
	if _, err := m.exchange.Fetch(ctx, exchange.Request{Digest: d, Into: m.fetches.artifacts}); err != nil {
		return advice(err, fetchAdvice(err))
	}
	file, err := m.fetches.artifacts.Open(d)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	return vaultAdvice(vault.Unseal(ctx, to, file, item.Identity))
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

// children are what was made from an asset at once.
func (m *Machine) children(ctx context.Context, asset string) ([]string, error) {
	id, err := hex.DecodeString(asset)
	if err != nil {
		return nil, err
	}
	edges, err := m.ledger.Children(ctx, id)
	list := make([]string, 0, len(edges))
	for _, e := range edges {
		list = append(list, hex.EncodeToString(e.Asset))
	}
	return list, err
}
