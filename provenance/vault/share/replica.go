package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ayni.example/provenance/vault"
)

// erase removes an age file that this machine keeps for the account that asks, and signs that it did.
func (s *Server) erase(ctx context.Context, peer string, m signedErase, challenge []byte) (reply, error) {
	e := m.Erase
	switch {
	case e.ChainID != s.cfg.ChainID || e.To != s.cfg.Self:
		return reply{}, ErrNetwork
	case e.From != peer:
		return reply{}, ErrHolder
	case !bytes.Equal(e.Challenge, challenge):
		return reply{}, ErrReplayed
	}
	account, err := signer(domainErase, e, m.Key, m.Signature)
	if err != nil {
		return reply{}, err
	}
	kept, err := s.cfg.Vault.KeptFor(e.Digest)
	if errors.Is(err, vault.ErrUnknown) || err == nil && kept.Owner != account {
		return reply{}, ErrKeeper
	}
	if err != nil {
		return reply{}, err
	}
	switch err := s.cfg.Replicas.Erase(ctx, e.Digest); {
	case errors.Is(err, ErrPledged): // its owner need not ask again
		return reply{}, errors.Join(err, s.cfg.Vault.Order(e.Digest, true))
	case err != nil:
		return reply{}, err
	}
	if err := s.cfg.Vault.Order(e.Digest, false); err != nil {
		return reply{}, err
	}
	r := Receipt{ChainID: s.cfg.ChainID, Digest: e.Digest, Owner: account, Holder: s.cfg.Address, At: s.cfg.Now().Unix()}
	if r.Key, r.Signature, err = sign(s.cfg.Account, domainReceipt, r); err != nil {
		return reply{}, err
	}
	s.cfg.Logger.Info("a replica erased at its owner's request", "digest", e.Digest, "owner", account)
	return reply{Receipt: &r}, nil
}

// Erase asks a replica to erase, and checks that its receipt is what it says.
func (c *Client) Erase(ctx context.Context, at Remote, digest string) (Receipt, error) {
	t, err := c.dial(ctx, at)
	if err != nil {
		return Receipt{}, err
	}
	defer t.close()
	e := Erase{ChainID: c.cfg.ChainID, Digest: digest, To: at.Peer, From: c.cfg.Self, Challenge: t.challenge}
	m := signedErase{Erase: e}
	if m.Key, m.Signature, err = sign(c.cfg.Account, domainErase, e); err != nil {
		return Receipt{}, err
	}
	r, err := t.ask(message{Erase: &m})
	if err != nil {
		return Receipt{}, err
	}
	if r.Receipt == nil {
		return Receipt{}, ErrProtocol
	}
	got := *r.Receipt
	holder, err := got.Check()
	if err != nil {
		return Receipt{}, err
	}
	if holder != at.Account || got.Digest != digest || got.Owner != c.cfg.Address || got.ChainID != c.cfg.ChainID {
		return Receipt{}, fmt.Errorf("%w: it says something else than was asked", ErrSignature)
	}
	return got, nil
}
