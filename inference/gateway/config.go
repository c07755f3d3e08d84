package gateway

import (
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cosmossdk.io/math"

	"ayni.example/credit/x402"
	"ayni.example/inference/dialect"
	"ayni.example/internal/clock"
)

// Config is what a Gateway works with. What is marked optional may be left out.
type Config struct {
	Listener    net.Listener
	TLS         *tls.Config // optional on loopback
	BehindProxy bool        // a reverse proxy ends TLS
	Hosts       []string    // optional: further names of this gateway
	Origins     []string    // optional: web origins that may call

	Local    Backend // serves candidates of this machine; one of the two backends is needed
	Remote   Backend // serves candidates on the network
	Router   Router
	Keys     *Keys
	Receipts *Receipts
	Aliases  Aliases            // optional
	Session  ed25519.PrivateKey // signs delivery notes; the key of the payer's channels
	Evidence Evidence           // optional
	Console  http.Handler       // optional: at /
	Models   http.Handler       // optional: a registry of this machine's models, at /v2/, for the owner
	Vault    http.Handler       // optional: personal data for programs that show a token, at /mcp/vault
	MCP      http.Handler       // optional: the network and its agents for programs that speak the Model Context Protocol, at /mcp
	Payments *x402.Server       // optional: asks for a payment where a route has a price and the caller no key
	Carrier  http.Handler       // optional: the facilitator of other servers, at /x402/
	Topup    http.Handler       // optional: where payment services report payments, signed, at /topup/webhook
	// Unsold tells why nobody should pay for a request now, such as an agent that is paused. Optional.
	Unsold    func(*http.Request) error
	Ready     func() error // optional: why the process cannot serve yet, nil when it can
	Registry  *prometheus.Registry
	Limits    Limits
	Timeouts  Timeouts
	MaxTotal  math.Int // acredit that one request may cost; nil for 10 credits
	KeepInput bool     // store requests and answers beside receipts

	Now    clock.Clock
	Random io.Reader
	Logger *slog.Logger
}

// Limits bound what clients can make the gateway hold; zero stands for the default.
type Limits struct {
	Body     int64 // bytes of a request body, dialect.MaxBody
	Answer   int   // bytes of an answer's text, 32 MiB
	InFlight int   // requests that are being answered, 256
	Attempts int   // candidates tried for one request, 4
	Header   int   // bytes of all headers, 64 KiB

	Connections int // open at a time, 1024; more wait
}

// Timeouts bound how long clients can hold the gateway; zero stands for the default.
type Timeouts struct {
	Header  time.Duration // to send the headers, 10 s
	Body    time.Duration // to send the body, 60 s
	Write   time.Duration // to take one piece of the answer, 30 s
	Request time.Duration // for the whole answer, 15 min
	Idle    time.Duration // between requests of one connection, 2 min
	Drain   time.Duration // for answers to end when the gateway stops, 30 s
}

// defaultMaxTotal is 10 credits.
const defaultMaxTotal = "10000000000000000000"

func (c *Config) validate() error {
	switch {
	case c.Listener == nil:
		return errors.New("the gateway needs a listener")
	case c.Local == nil && c.Remote == nil:
		return errors.New("the gateway needs a backend")
	case c.Router == nil || c.Keys == nil || c.Receipts == nil:
		return errors.New("the gateway needs a router, api keys and receipts")
	case len(c.Session) != ed25519.PrivateKeySize:
		return errors.New("the gateway needs the payer's session key")
	case c.Now == nil || c.Random == nil || c.Logger == nil:
		return errors.New("the gateway needs a clock, randomness and a logger")
	case c.Limits.Body > dialect.MaxBody:
		return fmt.Errorf("a request body has at most %d bytes", dialect.MaxBody)
	}
	return c.Aliases.Validate()
}

func (c *Config) defaults() error {
	def(&c.Limits.Body, dialect.MaxBody)
	def(&c.Limits.Answer, 32<<20)
	def(&c.Limits.InFlight, 256)
	def(&c.Limits.Attempts, 4)
	def(&c.Limits.Header, 64<<10)
	def(&c.Limits.Connections, 1024)
	def(&c.Timeouts.Header, 10*time.Second)
	def(&c.Timeouts.Body, time.Minute)
	def(&c.Timeouts.Write, 30*time.Second)
	def(&c.Timeouts.Request, 15*time.Minute)
	def(&c.Timeouts.Idle, 2*time.Minute)
	def(&c.Timeouts.Drain, 30*time.Second)
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.MaxTotal.IsNil() {
		amount, err := parseAmount(defaultMaxTotal)
		if err != nil {
			return err
		}
		c.MaxTotal = amount
	}
	return nil
}

// def sets what was left out.
func def[T int | int64 | time.Duration](value *T, otherwise T) {
	if *value <= 0 {
		*value = otherwise
	}
}

// backend is who serves a candidate, nil when nobody here does.
func (c *Config) backend(route Route) Backend {
	if route.Local {
		return c.Local
	}
	return c.Remote
}
