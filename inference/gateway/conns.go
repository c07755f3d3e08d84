package gateway

import (
	"net"
	"net/http"
	"sync"
)

// silent knows the connections on which nothing was asked yet. Browsers open some in advance, and http.Server.Shutdown waits
// five seconds for them.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{} // as many as Limits.Connections
}

func newSilent() *silent { return &silent{conns: map[net.Conn]struct{}{}} }

// state is http.Server.ConnState.
func (s *silent) state(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[conn] = struct{}{}
		return
	}
	delete(s.conns, conn)
}

// close hangs up on all of them.
func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}
