package share

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/p2p"
	"ayni.example/provenance/vault"
)

// Remote is somebody's machine.
type Remote struct {
	Account string
	Peer    string // id
	Addrs   []string
}

// Host opens streams to peers; a p2p.Host is one.
type Host interface {
	Open(ctx context.Context, id string, addrs []string, name string) (*p2p.Stream, error)
}

// ClientConfig of a Client.
type ClientConfig struct {
	Vault   *vault.Vault
	Ledger  Ledger
	Host    Host
	Account Account
	Address string
	ChainID string
	Self    string // peer id of this machine
	Now     clock.Clock
}

// Client reads what others granted to this machine's account.
type Client struct{ cfg ClientConfig }

// NewClient checks that nothing is missing.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.Vault == nil || cfg.Ledger == nil || cfg.Host == nil || cfg.Account == nil || cfg.Address == "" || cfg.ChainID == "" ||
		cfg.Self == "" || cfg.Now == nil {
		return nil, errors.New("vault client: every field is required")
	}
	return &Client{cfg: cfg}, nil
}

// talk is one stream.
type talk struct {
	stream    *p2p.Stream
	challenge []byte
	unlink    func() bool
}

func (c *Client) dial(ctx context.Context, at Remote) (*talk, error) {
	stream, err := c.cfg.Host.Open(ctx, at.Peer, at.Addrs, Protocol)
	if err != nil {
		return nil, err
	}
	t := &talk{stream: stream, unlink: context.AfterFunc(ctx, stream.Break)}
	var h hello
	if err := stream.Receive(&h, askMax, talkTime); err != nil {
		t.close()
		return nil, err
	}
	t.challenge = h.Challenge
	return t, nil
}

func (t *talk) close() {
	t.unlink()
	_ = t.stream.Close()
}

// ask sends a message and reads the answer to it.
func (t *talk) ask(m message) (reply, error) {
	var r reply
	if err := t.stream.Send(m, askMax, talkTime); err != nil {
		return r, err
	}
	if err := t.stream.Receive(&r, replyMax, talkTime); err != nil {
		return r, err
	}
	if len(r.Challenge) > 0 {
		t.challenge = r.Challenge
	}
	if r.Error != "" {
		return r, errorOf(r.Error)
	}
	return r, nil
}

// Session is one opened grant.
type Session struct {
	Terms      vault.Terms
	Items      []vault.Item
	Expires    time.Time // of the capability
	talk       *talk
	capability string
}

// Terms asks what was granted, which the ledger does not say.
func (c *Client) Terms(ctx context.Context, at Remote, grant string) (vault.Terms, error) {
	t, err := c.dial(ctx, at)
	if err != nil {
		return vault.Terms{}, err
	}
	defer t.close()
	return c.terms(t, at, grant)
}

func (c *Client) terms(t *talk, at Remote, grant string) (vault.Terms, error) {
	r, err := c.sendAsk(t, at, grant, "")
	if err != nil {
		return vault.Terms{}, err
	}
	if r.Terms == nil {
		return vault.Terms{}, ErrProtocol
	}
	return *r.Terms, c.granted(*r.Terms, at, grant)
}

func (c *Client) sendAsk(t *talk, at Remote, grant, purpose string) (reply, error) {
	a := Ask{
		ChainID: c.cfg.ChainID, Grant: grant, Owner: at.Account, To: at.Peer, From: c.cfg.Self, Purpose: purpose,
		ReaderKey: c.cfg.Vault.ReaderKey(), Challenge: t.challenge,
	}
	m := signedAsk{Ask: a}
	var err error
	if m.Key, m.Signature, err = sign(c.cfg.Account, domainAsk, a); err != nil {
		return reply{}, err
	}
	return t.ask(message{Ask: &m})
}

// granted checks that terms are those of the grant that the ledger has, and for this account.
func (c *Client) granted(t vault.Terms, at Remote, grant string) error {
	if err := t.Check(); err != nil {
		return err
	}
	if t.ID() != grant || t.Owner != at.Account || t.Grantee != c.cfg.Address || t.ChainID != c.cfg.ChainID {
		return fmt.Errorf("%w: the machine shows other terms than those of %s", vault.ErrWrap, grant)
	}
	return nil
}

// Open asks for a grant's wrap, checks who made it, and keeps it. The purpose is what the reader says that it reads for; "" takes
// the one of the terms.
func (c *Client) Open(ctx context.Context, at Remote, grant, purpose string) (*Session, error) {
	t, err := c.dial(ctx, at)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx, t, at, grant, purpose)
	if err != nil {
		t.close()
		return nil, err
	}
	return s, nil
}

func (c *Client) open(ctx context.Context, t *talk, at Remote, grant, purpose string) (*Session, error) {
	if purpose == "" {
		terms, err := c.terms(t, at, grant)
		if err != nil {
			return nil, err
		}
		purpose = terms.Purpose
	}
	r, err := c.sendAsk(t, at, grant, purpose)
	if err != nil {
		return nil, err
	}
	if r.Wrap == nil || r.Capability == "" {
		return nil, ErrProtocol
	}
	got := vault.Received{Wrap: *r.Wrap, Key: r.Key, Signature: r.Signature, At: c.cfg.Now().Unix()}
	items, err := c.check(got, at, grant)
	if err != nil {
		return nil, err
	}
	if err := c.cfg.Vault.Receive(ctx, got); err != nil {
		return nil, err
	}
	return &Session{Terms: r.Wrap.Terms, Items: items, Expires: time.Unix(r.Expires, 0).UTC(), talk: t, capability: r.Capability}, nil
}

// check holds a wrap against the grant that it should be of: the terms, the owner's signature, the key that opens it.
func (c *Client) check(r vault.Received, at Remote, grant string) ([]vault.Item, error) {
	if err := c.granted(r.Wrap.Terms, at, grant); err != nil {
		return nil, err
	}
	by, err := signer(domainWrap, r.Wrap, r.Key, r.Signature)
	if err != nil {
		return nil, err
	}
	if by != at.Account {
		return nil, fmt.Errorf("%w: the wrap is signed by %s and not by the owner", ErrSignature, by)
	}
	return c.cfg.Vault.Unwrap(r.Wrap)
}

// Close ends the session.
func (s *Session) Close() { s.talk.close() }

// Item finds one by its name; "" is the only one there is.
func (s *Session) Item(name string) (vault.Item, error) { return itemOf(s.Items, name) }

func itemOf(items []vault.Item, name string) (vault.Item, error) {
	if name == "" && len(items) == 1 {
		return items[0], nil
	}
	for _, i := range items {
		if i.Name == name {
			return i, nil
		}
	}
	if name == "" {
		return vault.Item{}, fmt.Errorf("%w: it has %d items; name one", vault.ErrScope, len(items))
	}
	return vault.Item{}, fmt.Errorf("%w: %.60q", vault.ErrScope, name)
}

// Read fetches an item and decrypts it as it comes. After an error what was written must not be used.
func (s *Session) Read(ctx context.Context, to io.Writer, item vault.Item) error {
	r, err := s.talk.ask(message{Read: &read{Capability: s.capability, File: item.File}})
	if err != nil {
		return err
	}
	if r.Size != item.Sealed {
		return fmt.Errorf("%w: %d bytes come instead of %d", ErrProtocol, r.Size, item.Sealed)
	}
	body := &incoming{stream: s.talk.stream, left: r.Size}
	hash := sha256.New()
	source := io.TeeReader(body, hash)
	if err := vault.Unseal(ctx, to, source, item.Identity); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != item.Digest {
		return fmt.Errorf("%w: other bytes came than the owner signed for", vault.ErrWrap)
	}
	return nil
}

// incoming are bytes whose number is known.
type incoming struct {
	stream *p2p.Stream
	left   int64
}

func (i *incoming) Read(b []byte) (int, error) {
	if i.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), i.left, pieceMax))
	if err := i.stream.ReceiveRaw(b[:n], talkTime); err != nil {
		return 0, err
	}
	i.left -= int64(n)
	return n, nil
}

// FromWrap is an item as an earlier read left its keys here, while the grant stands on the ledger as this machine knows it.
func (c *Client) FromWrap(ctx context.Context, on Standing, name string) (vault.Item, error) {
	switch {
	case on.Erased:
		return vault.Item{}, vault.ErrErased
	case on.Revoked:
		return vault.Item{}, vault.ErrRevoked
	case c.cfg.Now().Unix() >= on.Expires:
		return vault.Item{}, vault.ErrExpired
	}
	r, err := c.cfg.Vault.Held(on.Grant)
	if err != nil {
		return vault.Item{}, err
	}
	items, err := c.check(r, Remote{Account: on.Owner}, on.Grant)
	if err != nil {
		return vault.Item{}, err
	}
	return itemOf(items, name)
}
