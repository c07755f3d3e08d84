package machine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/artifact/holding"
	"ayni.example/client"
	"ayni.example/credit/keystore"
	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/share"
	xartifact "ayni.example/x/artifact"
	xprovenance "ayni.example/x/provenance"
	xprovider "ayni.example/x/provider"
)

// pinVault names those who hold others' age files among those who keep artifacts.
const pinVault = "vault"

// vaultStale is how old the newest block may be for the ledger to be believed; an idle one makes a block in EmptyBlockSeconds.
const vaultStale = 5 * time.Minute

// data is this machine's part in personal data.
type data struct {
	vault  *vault.Vault
	server *share.Server
	client *share.Client
	owner  *share.Owner
	book   vaultBook
}

// OpenVault opens the vault of a home; the commands use it beside a running machine.
func OpenVault(h *home.Home, passphraseFile string) (*vault.Vault, error) {
	keys, err := openWallet(h, passphraseFile, false)
	if err != nil {
		return nil, err
	}
	return newVault(h, keys)
}

func newVault(h *home.Home, keys *keystore.Keystore) (*vault.Vault, error) {
	secret, err := keys.Wallet().VaultKey()
	if err != nil {
		return nil, err
	}
	v, err := vault.New(vault.Config{Dir: h.Vault(), Secret: vault.Secret(secret), Now: clock.System, Random: rand.Reader})
	if err != nil {
		return nil, advice(err, "is the folder of the home writable?")
	}
	return v, nil
}

// openVault answers those to whom this home's owner granted, and goes on with revocations and erasures that were cut off.
func (m *Machine) openVault(context.Context) error {
	v, err := newVault(m.config.Home, m.keys)
	if err != nil {
		return err
	}
	m.data = &data{vault: v, book: vaultBook{m}}
	d, chainID := m.data, m.node.Genesis().ChainID
	stale := max(vaultStale, 3*time.Duration(m.config.Settings.EmptyBlockSeconds)*time.Second)
	d.server, err = share.New(share.Config{
		Vault: v, Ledger: d.book, Replicas: replicas{m}, Account: grantSigner{m}, Address: m.address, ChainID: chainID, Self: m.host.ID(),
		Stale: stale, Now: m.now, Random: rand.Reader, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	m.host.Handle(share.Protocol, share.Limits(), d.server.Handle)
	d.client, err = share.NewClient(share.ClientConfig{
		Vault: v, Ledger: d.book, Host: m.host, Account: grantSigner{m}, Address: m.address, ChainID: chainID, Self: m.host.ID(), Now: m.now,
	})
	if err != nil {
		return err
	}
	d.owner, err = share.NewOwner(share.OwnerConfig{
		Vault: v, Book: d.book, Client: d.client, Own: replicas{m}, Now: m.now, Logger: m.config.Log,
		Probe: func(ctx context.Context, at share.Remote, b vault.Blob) (bool, error) {
			return m.exchange.Probe(ctx, exchange.Peer{ID: at.Peer, Addrs: at.Addrs}, artifact.Digest(artifact.Prefix+b.Digest), b.Size)
		},
	})
	if err != nil {
		return err
	}
	m.addReader("vault", d.owner.Run)
	return nil
}

// replicas are the age files among this machine's artifacts.
type replicas struct{ m *Machine }

// Erase implements share.Replicas. A blob that this machine pledged on the ledger stays to the end of the term: the bond is at stake. Then
// the pledge is released first.
func (r replicas) Erase(ctx context.Context, digest string) error {
	sum, err := hex.DecodeString(digest)
	if err != nil {
		return err
	}
	holders, err := r.m.ledger.Holders(ctx, sum)
	if err != nil {
		return err
	}
	for _, p := range holders {
		if p.Holder != r.m.address {
			continue
		}
		if p.Until >= r.m.now().Unix() || p.Waiting > 0 {
			return fmt.Errorf("%w until %s", share.ErrPledged, time.Unix(p.Until, 0).UTC().Format(time.DateTime))
		}
		if err := r.m.ledger.Submit(ctx, &xartifact.MsgRelease{Holder: p.Holder, Digest: sum}); err != nil {
			return fmt.Errorf("%w: release it: %w", share.ErrPledged, err)
		}
	}
	err = r.m.fetches.artifacts.Erase(artifact.Digest(artifact.Prefix+digest), pinVault, holding.Owner)
	if errors.Is(err, artifact.ErrPinned) { // it is here for something else, whatever somebody calls it
		return fmt.Errorf("%w: %w", share.ErrKeeper, err)
	}
	return err
}

// vaultBook is the ledger as the vault sees it.
type vaultBook struct{ m *Machine }

var _ share.Book = vaultBook{}

// Head implements share.Ledger.
func (b vaultBook) Head(ctx context.Context) (share.Head, error) {
	s, err := b.m.ledger.Status(ctx)
	return share.Head{Height: s.Height, Time: s.Time, Behind: s.CatchingUp}, err
}

// Standing implements share.Ledger.
func (b vaultBook) Standing(ctx context.Context, owner, grant string) (share.Standing, error) {
	id, err := hex.DecodeString(grant)
	if err != nil {
		return share.Standing{}, fmt.Errorf("%w: %.70q", vault.ErrNoGrant, grant)
	}
	g, err := b.m.ledger.Grant(ctx, owner, id)
	if errors.Is(err, client.ErrNotFound) {
		return share.Standing{}, fmt.Errorf("%w on the ledger: %s", vault.ErrNoGrant, grant)
	}
	return standing(g), err
}

func standing(g xprovenance.Grant) share.Standing {
	return share.Standing{
		Owner: g.Owner, Grant: hex.EncodeToString(g.Commitment), Grantee: g.Grantee, Expires: g.Expires, Revoked: g.Revoked > 0, Erased: g.Erased > 0,
	}
}

// Grant implements share.Book.
func (b vaultBook) Grant(ctx context.Context, t vault.Terms) error {
	sum := t.Commitment()
	return b.m.ledger.Submit(ctx, &xprovenance.MsgGrant{Owner: t.Owner, Grantee: t.Grantee, Commitment: sum[:], Expires: t.Expires})
}

// Revoke implements share.Book.
func (b vaultBook) Revoke(ctx context.Context, owner, grant string) error {
	id, err := hex.DecodeString(grant)
	if err != nil {
		return err
	}
	return b.m.ledger.Submit(ctx, &xprovenance.MsgRevoke{Owner: owner, Commitment: id})
}

// Erase implements share.Book. Grants that the ledger no longer has are left out.
func (b vaultBook) Erase(ctx context.Context, owner string, grants []string, asset string) error {
	msg := &xprovenance.MsgErase{Owner: owner}
	for _, g := range grants {
		on, err := b.Standing(ctx, owner, g)
		if errors.Is(err, vault.ErrNoGrant) || err == nil && on.Erased {
			continue
		}
		if err != nil {
			return err
		}
		id, err := hex.DecodeString(g)
		if err != nil {
			return err
		}
		msg.Grants = append(msg.Grants, id)
	}
	if asset != "" {
		var err error
		if msg.Asset, err = hex.DecodeString(asset); err != nil {
			return err
		}
		a, err := b.m.ledger.Asset(ctx, msg.Asset)
		if err != nil {
			return err
		}
		if _, err := b.m.ledger.Tombstone(ctx, msg.Asset); err == nil || a.Owner != owner { // another's by now
			msg.Asset = nil
		}
	}
	if len(msg.Grants) == 0 && msg.Asset == nil {
		return nil
	}
	return b.m.ledger.Submit(ctx, msg)
}

// Machines implements share.Book.
func (b vaultBook) Machines(ctx context.Context, digest string) ([]share.Replica, error) {
	sum, err := hex.DecodeString(digest)
	if err != nil {
		return nil, err
	}
	holders, err := b.m.ledger.Holders(ctx, sum)
	if err != nil {
		return nil, err
	}
	pledged := map[string]int64{}
	for _, p := range holders {
		pledged[p.Holder] = p.Until
	}
	all, err := b.m.ledger.Providers(ctx)
	if err != nil {
		return nil, err
	}
	var first, rest []share.Replica
	for _, p := range all {
		if p.PeerId == "" || p.Address == b.m.address {
			continue
		}
		until, bound := pledged[p.Address]
		r := share.Replica{Remote: remoteOf(p), Pledged: bound, Until: until}
		if r.Pledged {
			first = append(first, r)
		} else {
			rest = append(rest, r)
		}
	}
	return append(first, rest...), nil
}

func remoteOf(p xprovider.Provider) share.Remote {
	return share.Remote{Account: p.Address, Peer: p.PeerId, Addrs: p.Endpoints}
}

// remote finds a grant's owner and its machine: by the ledger, or at an address that the reader was told.
func (m *Machine) vaultRemote(ctx context.Context, owner, from string) (share.Remote, error) {
	if from != "" {
		p, err := exchange.ParsePeer(from)
		return share.Remote{Account: owner, Peer: p.ID, Addrs: p.Addrs}, err
	}
	p, err := m.ledger.Provider(ctx, owner)
	if errors.Is(err, client.ErrNotFound) {
		return share.Remote{}, advice(fmt.Errorf("the ledger does not say where the machine of %s is", owner), "ask its owner for the address, and name it with --from")
	}
	return remoteOf(p), err
}

// canonical is an account's text as the ledger writes it.
func canonical(account string) (string, error) {
	b, err := ethkey.AddressCodec{}.StringToBytes(account)
	if err != nil {
		return "", fmt.Errorf("account %.70q: %w", account, err)
	}
	return ethkey.AddressCodec{}.BytesToString(b)
}
