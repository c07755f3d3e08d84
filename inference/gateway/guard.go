package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"ayni.example/inference/engine"
)

// GuardConfig says where a gateway listens and from where it may be called.
type GuardConfig struct {
	Addr        net.Addr // of the listener
	TLS         bool     // the listener speaks TLS
	BehindProxy bool     // a reverse proxy ends TLS: everybody needs a key, whatever the connection looks like
	Hosts       []string // further names, "name" for any port or "name:port", under which callers need a key
	Origins     []string // web origins such as "https://chat.example" that may call from a browser
	Keys        *Keys
	Priced      func(*http.Request) bool // optional: whoever has no key may pay instead
}

// Guard decides who may call. On loopback the owner needs no key, so that web pages must be kept out: the Host must be one
// of ours (a page whose name was pointed at 127.0.0.1 sends its own) and the Origin must be ours or allowed. Anywhere else
// a key is needed.
type Guard struct {
	loopback bool
	proxied  bool
	port     string
	ip       string
	hosts    map[string]bool
	origins  map[string]bool
	keys     *Keys
	priced   func(*http.Request) bool
}

// caller is who sent a request: the owner of this machine, the holder of a key, or who pays for this answer.
type caller struct {
	key   *Key   // nil for the owner and who pays
	payer string // address of who pays
}

func (c caller) admin() bool { return c.payer == "" && (c.key == nil || c.key.Admin) }

func (c caller) id() string {
	if c.key == nil {
		return c.payer
	}
	return c.key.ID
}

// NewGuard refuses a configuration that would send keys and content over a network in the clear.
func NewGuard(cfg GuardConfig) (*Guard, error) {
	addr, err := netip.ParseAddrPort(cfg.Addr.String())
	if err != nil {
		return nil, fmt.Errorf("gateway listens on %s: %w", cfg.Addr, err)
	}
	g := &Guard{
		loopback: addr.Addr().Unmap().IsLoopback(), proxied: cfg.BehindProxy, keys: cfg.Keys, priced: cfg.Priced,
		ip: addr.Addr().Unmap().String(), port: fmt.Sprint(addr.Port()), hosts: map[string]bool{}, origins: map[string]bool{},
	}
	if !g.loopback && !cfg.TLS && !cfg.BehindProxy {
		return nil, fmt.Errorf("gateway will not listen on %s without TLS: give a certificate (tls.cert, tls.key), "+
			"or set tls.behind_proxy if a reverse proxy ends TLS", cfg.Addr)
	}
	if cfg.Keys == nil {
		return nil, errors.New("the gateway's guard needs the api keys")
	}
	for _, host := range cfg.Hosts {
		g.hosts[strings.ToLower(host)] = true
	}
	for _, origin := range cfg.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return nil, fmt.Errorf("origin %q: want a form such as https://chat.example", origin)
		}
		g.origins[strings.ToLower(origin)] = true
	}
	return g, nil
}

// checkHost refuses names that are not ours; own tells that it is one only this machine's owner uses.
func (g *Guard) checkHost(r *http.Request) (own bool, err error) {
	host, port, splitErr := net.SplitHostPort(r.Host)
	if splitErr != nil {
		host, port = strings.Trim(r.Host, "[]"), ""
	}
	host = strings.ToLower(host)
	if g.hosts[host] || g.hosts[net.JoinHostPort(host, port)] {
		return false, nil
	}
	if !g.loopback {
		return false, nil // a key is needed in any case, and a page that lies about its name has none
	}
	named := host == "localhost" || host == "127.0.0.1" || host == "::1" || host == g.ip
	if named && (port == g.port || port == "" && (g.port == "80" || g.port == "443")) {
		return true, nil
	}
	return false, engine.Errorf(engine.Forbidden, "this gateway is not called %q", r.Host).
		WithHint("use its own address, or add the name to `hosts` in the configuration")
}

// checkOrigin keeps pages of other sites out; cors is the origin to be named in the answer's CORS headers, if any.
func (g *Guard) checkOrigin(r *http.Request) (cors string, err error) {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return "", checkFetch(r)
	}
	origin := origins[0]
	u, parseErr := url.Parse(origin)
	switch {
	case len(origins) > 1 || parseErr != nil:
	case g.origins[strings.ToLower(origin)]:
		return origin, nil
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && strings.EqualFold(u.Host, r.Host):
		return "", nil
	}
	return "", engine.Errorf(engine.Forbidden, "web pages of %q may not call this gateway", origin).
		WithHint("add the origin to `origins` in the configuration")
}

// checkFetch refuses what a browser says comes from another site, but for following a link.
func checkFetch(r *http.Request) error {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return nil
	}
	if r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" {
		return nil
	}
	return engine.Errorf(engine.Forbidden, "web pages of other sites may not call this gateway").
		WithHint("add the origin to `origins` in the configuration")
}

// identify finds out who calls. own is what checkHost said.
func (g *Guard) identify(r *http.Request, own bool) (caller, error) {
	free := own && g.loopback && !g.proxied && !forwarded(r)
	token := credentials(r)
	if free && !strings.HasPrefix(token, KeyPrefix) {
		return caller{}, nil // clients must often send some key; one that is not ours is no claim to be somebody
	}
	if token == "" {
		return caller{}, engine.Errorf(engine.Unauthorised, "an api key is needed here").
			WithHint("send `Authorization: Bearer ak-...`; the owner makes one with `ayni key create`")
	}
	key, err := g.keys.Authenticate(r.Context(), token)
	if err != nil {
		return caller{}, err
	}
	return caller{key: &key}, nil
}

// forwarded tells that a proxy stands in between, so that the loopback connection says nothing about the caller.
func forwarded(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// credentials are the API key of a request: a bearer token, x-api-key, or the password that a browser asked for.
func credentials(r *http.Request) string {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return r.Header.Get("X-Api-Key")
}
