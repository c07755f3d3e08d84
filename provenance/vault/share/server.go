package share

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"ayni.example/internal/clock"
	"ayni.example/p2p"
	"ayni.example/provenance/vault"
)

// Head is where the ledger is, as this machine's node sees it.
type Head struct {
	Height int64
	Time   time.Time // of the newest block
	Behind bool      // the node still fetches blocks
}

// Standing is what the ledger has of a grant.
type Standing struct {
	Owner   string
	Grant   string // commitment, in hexadecimal digits
	Grantee string
	Expires int64
	Revoked bool
	Erased  bool
}

// Ledger is what both sides ask it; vault.ErrNoGrant where it has no such grant.
type Ledger interface {
	Head(ctx context.Context) (Head, error)
	Standing(ctx context.Context, owner, grant string) (Standing, error)
}

// Replicas erases age files that this machine holds for others.
type Replicas interface {
	// Erase removes a blob; an error says why it stays, ErrPledged while a bond is at stake.
	Erase(ctx context.Context, digest string) error
}

// Config of a Server.
type Config struct {
	Vault    *vault.Vault
	Ledger   Ledger
	Replicas Replicas
	Account  Account
	Address  string // of the account
	ChainID  string
	Self     string        // peer id of this machine
	Stale    time.Duration // how old the newest block may be
	Now      clock.Clock
	Random   io.Reader
	Logger   *slog.Logger
}

// Server answers those to whom the owner granted.
type Server struct {
	cfg      Config
	secret   [32]byte // of capabilities
	refusals *budget
}

// New checks the configuration and draws the key of capabilities.
func New(cfg Config) (*Server, error) {
	if cfg.Vault == nil || cfg.Ledger == nil || cfg.Replicas == nil || cfg.Account == nil || cfg.Address == "" || cfg.ChainID == "" ||
		cfg.Self == "" || cfg.Stale <= 0 || cfg.Now == nil || cfg.Random == nil || cfg.Logger == nil {
		return nil, errors.New("vault server: every field is required")
	}
	s := &Server{cfg: cfg, refusals: &budget{now: cfg.Now}}
	if _, err := io.ReadFull(cfg.Random, s.secret[:]); err != nil {
		return nil, fmt.Errorf("draw the key of capabilities: %w", err)
	}
	return s, nil
}

// Limits are those of the handler.
func Limits() p2p.HandlerLimits {
	return p2p.HandlerLimits{Streams: 64, PeerStreams: 4, PeerBurst: 32, PeerEvery: 100 * time.Millisecond}
}

// Handle answers one peer until it has no more questions.
func (s *Server) Handle(ctx context.Context, stream *p2p.Stream) {
	defer context.AfterFunc(ctx, stream.Break)()
	challenge, err := s.challenge()
	if err == nil {
		err = stream.Send(hello{challenge}, askMax, talkTime)
	}
	for err == nil && ctx.Err() == nil {
		var m message
		if err = stream.Receive(&m, askMax, talkTime); err != nil {
			if errors.Is(err, p2p.ErrFrameFormat) {
				_ = stream.Send(reply{Error: wordOf(ErrProtocol)}, replyMax, talkTime)
			}
			return // it has no more questions, or went away
		}
		challenge, err = s.answer(ctx, stream, m, challenge)
	}
	if err != nil {
		s.cfg.Logger.Debug("vault stream broken off", "peer", stream.Peer(), "error", err.Error())
		stream.Break()
	}
}

// answer sends one reply and returns the challenge for the next ask; an error ends the stream.
func (s *Server) answer(ctx context.Context, stream *p2p.Stream, m message, challenge []byte) ([]byte, error) {
	next, err := s.challenge()
	if err != nil {
		return nil, err
	}
	var r reply
	switch {
	case m.Ask != nil && m.Read == nil && m.Erase == nil:
		r, err = s.open(ctx, stream.Peer(), *m.Ask, challenge)
	case m.Read != nil && m.Ask == nil && m.Erase == nil:
		return challenge, s.give(ctx, stream, *m.Read)
	case m.Erase != nil && m.Ask == nil && m.Read == nil:
		r, err = s.erase(ctx, stream.Peer(), *m.Erase, challenge)
	default:
		err = ErrProtocol
	}
	if err != nil {
		s.cfg.Logger.Debug("vault refused", "peer", stream.Peer(), "error", err.Error())
		r = reply{Error: wordOf(err)}
	}
	r.Challenge = next
	return next, stream.Send(r, replyMax, talkTime)
}

// open checks a request from the outside in: whose it is, whether it may, what it may.
func (s *Server) open(ctx context.Context, peer string, m signedAsk, challenge []byte) (reply, error) {
	a := m.Ask
	account, err := s.asker(peer, m, challenge)
	if err != nil {
		return reply{}, err
	}
	access := vault.Access{Grant: a.Grant, Reader: account, Peer: peer, Action: "open"}
	g, height, err := s.allowed(ctx, a.Grant, account)
	access.Object, access.Height = g.Terms.Object, height
	if err == nil && a.Purpose == "" {
		return reply{Terms: &g.Terms}, nil
	}
	if err == nil && a.Purpose != g.Terms.Purpose {
		err = vault.ErrPurpose
	}
	var w vault.Wrap
	if err == nil {
		w, err = s.cfg.Vault.Wrap(g, a.ReaderKey)
	}
	if err != nil {
		return reply{}, s.refuse(ctx, access, err)
	}
	r := reply{Wrap: &w, Expires: min(s.cfg.Now().Add(capabilityLife).Unix(), g.Terms.Expires)}
	if r.Key, r.Signature, err = sign(s.cfg.Account, domainWrap, w); err != nil {
		return reply{}, err
	}
	if r.Capability, err = s.sealCapability(capability{Grant: a.Grant, Holder: peer, Expires: r.Expires}); err != nil {
		return reply{}, err
	}
	return r, s.cfg.Vault.Record(ctx, access)
}

// asker is the account that signed a request for this stream.
func (s *Server) asker(peer string, m signedAsk, challenge []byte) (string, error) {
	a := m.Ask
	switch {
	case a.ChainID != s.cfg.ChainID || a.Owner != s.cfg.Address || a.To != s.cfg.Self:
		return "", ErrNetwork
	case a.From != peer:
		return "", ErrHolder
	case !bytes.Equal(a.Challenge, challenge):
		return "", ErrReplayed
	}
	return signer(domainAsk, a, m.Key, m.Signature)
}

// allowed is the grant, if it stands at the newest height of the ledger and here.
func (s *Server) allowed(ctx context.Context, id, account string) (vault.Grant, int64, error) {
	g, err := s.cfg.Vault.Granted(id)
	if err != nil {
		return vault.Grant{}, 0, s.ended(ctx, id, err)
	}
	if account != "" && g.Terms.Grantee != account {
		return g, 0, ErrReader
	}
	if err := g.Allows(s.cfg.Now()); err != nil {
		return g, 0, err
	}
	height, err := fresh(ctx, s.cfg.Ledger, s.cfg.Now, s.cfg.Stale)
	if err != nil {
		return g, height, err
	}
	on, err := s.cfg.Ledger.Standing(ctx, g.Terms.Owner, id)
	switch {
	case errors.Is(err, vault.ErrNoGrant):
		return g, height, err
	case err != nil:
		return g, height, fmt.Errorf("%w: %w", ErrLedger, err)
	case on.Erased:
		return g, height, vault.ErrErased
	case on.Revoked:
		return g, height, vault.ErrRevoked
	case on.Grantee != g.Terms.Grantee || on.Expires != g.Terms.Expires:
		return g, height, fmt.Errorf("%w: the ledger has other terms", vault.ErrNoGrant)
	}
	return g, height, nil
}

// ended tells an object that was erased from a grant that never was.
func (s *Server) ended(_ context.Context, id string, otherwise error) error {
	list, err := s.cfg.Vault.Erasures()
	if err != nil {
		return otherwise
	}
	for _, e := range list {
		if slices.Contains(e.Grants, id) {
			return vault.ErrErased
		}
	}
	return otherwise
}

// fresh is the newest height, where the ledger is known to be there.
func fresh(ctx context.Context, l Ledger, now clock.Clock, stale time.Duration) (int64, error) {
	head, err := l.Head(ctx)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrLedger, err)
	case head.Behind || head.Height < 1:
		return 0, fmt.Errorf("%w: this machine's node still fetches blocks", ErrLedger)
	case now().Sub(head.Time) > stale:
		return 0, fmt.Errorf("%w: its newest block is %s old", ErrLedger, now().Sub(head.Time).Round(time.Second))
	}
	return head.Height, nil
}

func (s *Server) challenge() ([]byte, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.cfg.Random, b); err != nil {
		return nil, fmt.Errorf("draw a challenge: %w", err)
	}
	return b, nil
}
