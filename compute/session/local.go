package session

import (
	"context"
	"net"

	"ayni.example/p2p"
)

// Local is what a client of this very machine opens streams by: it can neither dial itself nor need it.
func (s *Server) Local(ctx context.Context) func(context.Context) (*p2p.Stream, error) {
	return func(context.Context) (*p2p.Stream, error) {
		near, far := net.Pipe()
		go func() { // ends when the client closes its end
			defer func() { _ = far.Close() }()
			s.Handle(ctx, p2p.NewStream(far, s.cfg.Self, s.cfg.Now))
		}()
		return p2p.NewStream(near, s.cfg.Self, s.cfg.Now), nil
	}
}
