package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/artifact/holding"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
	"ayni.example/web/operator"
	xprovenance "ayni.example/x/provenance"
)

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
	_, missing := m.fetches.artifacts.Stat(d)
	if _, err := m.exchange.Fetch(ctx, exchange.Request{Digest: d, Into: m.fetches.artifacts}); err != nil {
		return advice(err, fetchAdvice(err))
	}
	file, err := m.fetches.artifacts.Open(d)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	if err := vault.Unseal(ctx, to, file, item.Identity); err != nil {
		return vaultAdvice(err)
	}
	if _, err := m.data.vault.KeptFor(item.Digest); err == nil && missing == nil {
		return nil // it was here before: whose it is does not change
	}
	return m.keepFor(d, g.Owner) // the copy that this made is its owner's to erase
}

// keepFor notes whose age file a blob is. An owner names digests as it likes: what is here for something else stays out of its reach, and
// what an earlier owner said of a blob that is gone stands in nobody's way.
func (m *Machine) keepFor(d artifact.Digest, owner string) error {
	pins, err := m.fetches.artifacts.Pins()
	if err != nil {
		return err
	}
	for _, p := range pins {
		if p.Digest == d && p.Owner != pinVault && p.Owner != holding.Owner {
			return advice(fmt.Errorf("%s is on this machine for something else: pinned by %s", d, p.Owner), "`ayni artifact unpin` first, if nothing needs it")
		}
	}
	if _, err := m.fetches.artifacts.Stat(d); errors.Is(err, artifact.ErrAbsent) {
		if err := m.data.vault.Unkeep(d.Hex()); err != nil {
			return err
		}
	}
	return m.data.vault.KeepFor(d.Hex(), owner)
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
	if err := m.keepFor(d, owner); err != nil {
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
