package share

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"ayni.example/p2p"
	"ayni.example/provenance/vault"
)

// give sends an age file.
func (s *Server) give(ctx context.Context, stream *p2p.Stream, m read) error {
	file, access, err := s.find(ctx, stream.Peer(), m)
	if err != nil {
		if access.Grant != "" {
			err = s.refuse(ctx, access, err)
		}
		s.cfg.Logger.Debug("vault refused", "peer", stream.Peer(), "error", err.Error())
		return stream.Send(reply{Error: wordOf(err)}, replyMax, talkTime)
	}
	defer file.Close() //nolint:errcheck // only read
	if err := stream.Send(reply{Size: access.Bytes}, replyMax, talkTime); err != nil {
		return err
	}
	b := make([]byte, pieceMax)
	for left := access.Bytes; left > 0; {
		n := min(left, pieceMax)
		if _, err := io.ReadFull(file, b[:n]); err != nil {
			return fmt.Errorf("%w: %w", vault.ErrChanged, err)
		}
		if err := stream.SendRaw(b[:n], talkTime); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// find opens what a capability allows, and logs it before a byte is sent.
func (s *Server) find(ctx context.Context, peer string, m read) (*os.File, vault.Access, error) {
	access := vault.Access{Peer: peer, Action: "read", Item: m.File}
	c, err := s.openCapability(m.Capability, peer, s.cfg.Now())
	if err != nil {
		return nil, access, err
	}
	access.Grant = c.Grant
	g, height, err := s.allowed(ctx, c.Grant, "")
	access.Object, access.Reader, access.Height = g.Terms.Object, g.Terms.Grantee, height
	if err != nil {
		return nil, access, err
	}
	o, err := s.cfg.Vault.Object(g.Terms.Object)
	if err != nil {
		return nil, access, err
	}
	err = vault.ErrChanged
	for _, i := range o.Items {
		if i.File == m.File {
			access.Bytes, err = i.Sealed, nil
			if !vault.Covers(g.Terms.Scope, i.Name) {
				err = vault.ErrScope
			}
		}
	}
	if err != nil {
		return nil, access, err
	}
	file, err := s.cfg.Vault.Sealed(o.ID, m.File)
	if err != nil {
		return nil, access, err
	}
	if err := s.cfg.Vault.Record(ctx, access); err != nil {
		return nil, access, errors.Join(err, file.Close())
	}
	return file, access, nil
}

// refuse logs what an account was not given, some of it in an hour: strangers must not fill the disk.
func (s *Server) refuse(ctx context.Context, a vault.Access, why error) error {
	if a.Object == "" || len(a.Item) > 64 || !s.refusals.take() {
		return why
	}
	a.Refused, a.Bytes = wordOf(why), 0
	if err := s.cfg.Vault.Record(ctx, a); err != nil {
		s.cfg.Logger.Warn("refusal not logged", "error", err.Error())
	}
	return why
}
