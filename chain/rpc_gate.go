package chain

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// places are so many at a time.
type places chan struct{}

// enter waits for a place, not for ever.
func (p places) enter(ctx context.Context, patience time.Duration) bool {
	select {
	case p <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}

func (p places) leave() { <-p }

// gate bounds how many requests are in work, together and by host.
type gate struct {
	patience time.Duration
	all      places
	byHost   int

	mu    sync.Mutex
	hosts map[string]*hostPlaces
}

// hostPlaces are forgotten when nobody of the host is in or waits.
type hostPlaces struct {
	places
	users int
}

func newGate(all, byHost int, patience time.Duration) *gate {
	return &gate{patience: patience, all: make(places, all), byHost: byHost, hosts: map[string]*hostPlaces{}}
}

// guard lets a request in when there is a place for its host and one at all.
func (g *gate) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := hostOf(r.RemoteAddr)
		own := g.host(host)
		defer g.forget(host)
		if own.enter(r.Context(), g.patience) {
			defer own.leave()
			if g.all.enter(r.Context(), g.patience) {
				defer g.all.leave()
				next.ServeHTTP(w, r)
				return
			}
		}
		w.Header().Set("Retry-After", "1")
		http.Error(w, errRPCBusy.Error(), http.StatusServiceUnavailable)
	})
}

func (g *gate) host(name string) *hostPlaces {
	g.mu.Lock()
	defer g.mu.Unlock()
	h := g.hosts[name]
	if h == nil {
		h = &hostPlaces{places: make(places, g.byHost)}
		g.hosts[name] = h
	}
	h.users++
	return h
}

func (g *gate) forget(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hosts[name].users--; g.hosts[name].users == 0 {
		delete(g.hosts, name)
	}
}

// hostOf is whom an address counts as: of IPv6 the network, since its owner has all addresses within.
func hostOf(remote string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	address := at.Addr().Unmap().WithZone("")
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}

// limitedListener closes connections beyond its bounds at once, so that those who hold many cannot keep others waiting.
type limitedListener struct {
	net.Listener
	all, byHost int

	mu    sync.Mutex
	count int
	hosts map[string]int
}

func limitConnections(l net.Listener, all, byHost int) net.Listener {
	return &limitedListener{Listener: l, all: all, byHost: byHost, hosts: map[string]int{}}
}

// Accept returns the next connection that is within the bounds.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host := hostOf(conn.RemoteAddr().String())
		if l.enter(host) {
			return &limitedConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(host) })}, nil
		}
		_ = conn.Close() // nothing was said yet
	}
}

func (l *limitedListener) enter(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= l.all || l.hosts[host] >= l.byHost {
		return false
	}
	l.count++
	l.hosts[host]++
	return true
}

func (l *limitedListener) leave(host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if l.hosts[host]--; l.hosts[host] == 0 {
		delete(l.hosts, host)
	}
}

type limitedConn struct {
	net.Conn
	leave func()
}

// Close gives the place back.
func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
