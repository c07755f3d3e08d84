package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"ayni.example/agent/charter"
)

// ErrEgress says that a tool may not reach an address.
var ErrEgress = errors.New("the charter does not let the tool reach that")

const redirectsMax = 3

// transport reaches the hosts of some origins and nothing else. A name that leads to a private address is refused at the moment of
// connecting, so that it does not matter what it led to before. An address that the charter names itself is meant where whoever wrote it
// may reach this machine's own network: its owner. Anybody else would come by it to this machine's gateway as its owner does.
func transport(origins []string, private bool) *http.Transport {
	return &http.Transport{
		Proxy: nil, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 2 * time.Minute, DisableKeepAlives: true,
		MaxResponseHeaderBytes: 64 << 10,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			named := false
			for _, o := range origins {
				u, err := url.Parse(o)
				_, literal := netip.ParseAddr(host)
				named = named || private && err == nil && strings.EqualFold(u.Hostname(), host) && (literal == nil || host == "localhost")
			}
			d := net.Dialer{Timeout: 10 * time.Second, Control: func(_, to string, _ syscall.RawConn) error {
				at, err := netip.ParseAddrPort(to)
				if err == nil && !named && !public(at.Addr()) {
					return fmt.Errorf("%w: %s leads to %s, which is not a public address", ErrEgress, host, at.Addr())
				}
				return err
			}}
			return d.DialContext(ctx, network, address)
		},
	}
}

// public tells whether an address belongs to the internet at large.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, block := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		if netip.MustParsePrefix(block).Contains(a) {
			return false
		}
	}
	return true
}

// admitted holds an address against the origins of a charter: scheme and host are one of theirs, and the path lies below its path.
func admitted(u *url.URL, origins []string) error {
	clean := path.Clean("/" + u.Path)
	if strings.HasSuffix(u.Path, "/") && clean != "/" {
		clean += "/"
	}
	for _, text := range origins {
		o, err := url.Parse(text)
		if err != nil || o.Scheme != u.Scheme || !strings.EqualFold(o.Host, u.Host) || u.User != nil || u.Opaque != "" {
			continue
		}
		if below := strings.TrimSuffix(o.Path, "/"); below == "" || clean == below || strings.HasPrefix(clean, below+"/") {
			return nil
		}
	}
	return fmt.Errorf("%w: %.200s is below none of its origins", ErrEgress, u.Redacted())
}

// web is a client for one call of a tool.
func (w *wakeup) web(t charter.Tool, origins []string, p *purchase) *http.Client {
	p.base = transport(origins, w.cfg.Private || w.own())
	return &http.Client{
		Transport: p,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > redirectsMax {
				return fmt.Errorf("%w: more than %d redirections", ErrEgress, redirectsMax)
			}
			if r.Method != via[0].Method {
				return fmt.Errorf("%w: a redirection changes the method", ErrEgress)
			}
			return admitted(r.URL, origins)
		},
		Timeout: time.Duration(t.Seconds) * time.Second,
	}
}
