package x402

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
)

// ErrPolicy is a price that the client's policy does not allow.
var ErrPolicy = errors.New("the price is beyond what may be spent")

// payBody bounds the body of a request that may have to be sent again.
const payBody = 16 << 20

// Offer is a price that the policy allows, before it is signed.
type Offer struct {
	Way
	Request *http.Request
	Nonce   []byte // derived from the request and its identifier
	ID      string // payment identifier
}

// ClientConfig is what a Client works with.
type ClientConfig struct {
	Base  http.RoundTripper // none: http.DefaultTransport
	Chain uint64            // EIP-155 number of the ledger that pays
	// Most is what one answer may cost; Budget is what the client spends in all, nil without bound.
	Most   math.Int
	Budget *math.Int
	// Payees are who may be paid; empty: anybody.
	Payees [][]byte
	// Pay decides who pays an offer, or refuses it. An agent's host reserves the money here and signs with its session key.
	Pay func(ctx context.Context, offer Offer) (Payer, error)
	Now clock.Clock
}

// Client is a transport that pays what it is asked for, once, within a policy.
type Client struct {
	cfg ClientConfig

	mu    sync.Mutex
	spent math.Int // promised or paid
}

// NewClient returns the transport.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.Pay == nil || cfg.Now == nil || cfg.Chain == 0 || cfg.Most.IsNil() {
		return nil, errors.New("a paying client needs a payer, a clock, a chain and a limit")
	}
	if cfg.Base == nil {
		cfg.Base = http.DefaultTransport
	}
	return &Client{cfg: cfg, spent: math.ZeroInt()}, nil
}

// KeyPayer pays from the account of a key.
func KeyPayer(key *ethkey.PrivKey) func(context.Context, Offer) (Payer, error) {
	return func(_ context.Context, o Offer) (Payer, error) {
		return Payer{From: key.PubKey().Address(), Nonce: o.Nonce, Sign: key.SignDigest}, nil
	}
}

type idKey struct{}

// WithIdentifier names the purchase that a request is for: requests of one name and body are paid once, however often they are
// sent. It has 16 to 128 letters, digits, hyphens and underscores.
func WithIdentifier(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// Spent is what the client has promised so far.
func (c *Client) Spent() math.Int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spent
}

// RoundTrip implements http.RoundTripper.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readAll(r)
	if err != nil {
		return nil, err
	}
	answer, err := c.cfg.Base.RoundTrip(again(r, body))
	if err != nil || answer.StatusCode != http.StatusPaymentRequired || answer.Header.Get(RequiredHeader) == "" {
		return answer, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, headerMax))
	_ = answer.Body.Close()
	header, offer, err := c.pay(r, body, answer.Header)
	if err != nil {
		return nil, fmt.Errorf("pay %s %s: %w", r.Method, r.URL.Redacted(), err)
	}
	paying := again(r, body)
	paying.Header.Set(SignatureHeader, header.Get(SignatureHeader))
	answer, err = c.cfg.Base.RoundTrip(paying)
	if err == nil {
		c.account(offer, answer)
	}
	return answer, err
}

// pay chooses the first way that the policy allows, and signs.
func (c *Client) pay(r *http.Request, body []byte, header http.Header) (http.Header, Offer, error) {
	id, _ := r.Context().Value(idKey{}).(string)
	if id == "" {
		id = "ayni-" + hex.EncodeToString(derive(r, body, "")[:16])
	}
	ways, err := Ways(header, c.cfg.Chain)
	for _, way := range ways {
		var offer Offer
		if offer, err = c.offer(r, body, way, id); err != nil {
			continue
		}
		if err = c.reserve(offer.Amount); err != nil {
			continue
		}
		payer, err := c.cfg.Pay(r.Context(), offer)
		if err == nil {
			var signed http.Header
			if signed, err = way.Sign(payer, id, c.cfg.Now()); err == nil {
				return signed, offer, nil
			}
		}
		c.giveBack(offer.Amount)
		return nil, offer, err
	}
	return nil, Offer{}, err
}

func (c *Client) offer(r *http.Request, body []byte, way Way, id string) (Offer, error) {
	o := Offer{Way: way, Request: r, ID: id}
	if o.Amount.GT(c.cfg.Most) {
		return Offer{}, fmt.Errorf("%w: %s acredit, at most %s for one answer", ErrPolicy, o.Amount, c.cfg.Most)
	}
	if len(c.cfg.Payees) > 0 && !contains(c.cfg.Payees, o.To) {
		return Offer{}, fmt.Errorf("%w: %s is not among those who may be paid", ErrPolicy, ethkey.Hex(o.To))
	}
	o.Nonce = derive(r, body, id+"\x00"+way.Scheme()+"\x00"+ethkey.Hex(o.To)+"\x00"+o.Amount.String())
	return o, nil
}

func (c *Client) reserve(amount math.Int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.spent.Add(amount)
	if c.cfg.Budget != nil && next.GT(*c.cfg.Budget) {
		return fmt.Errorf("%w: %s acredit are spent, %s more is beyond %s", ErrPolicy, c.spent, amount, c.cfg.Budget)
	}
	c.spent = next
	return nil
}

func (c *Client) giveBack(amount math.Int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spent = c.spent.Sub(amount)
}

// account gives back of the budget what the server says it did not take; what it cannot have taken is at most the offer.
func (c *Client) account(o Offer, answer *http.Response) {
	if answer.StatusCode == http.StatusPaymentRequired || answer.StatusCode == http.StatusConflict {
		return // a server that says it took nothing may have
	}
	settled, err := DecodeSettled(answer.Header.Get(ResponseHeader))
	if err != nil || !settled.Success || o.Scheme() != Upto {
		return
	}
	if used, err := amount(settled.Amount); err == nil && used.LT(o.Amount) {
		c.giveBack(o.Amount.Sub(used))
	}
}

// derive is a nonce that binds a payment to what it is for: the same request of the same name has the same one.
func derive(r *http.Request, body []byte, name string) []byte {
	inner, sum := sha256.Sum256(body), sha256.New()
	_, _ = fmt.Fprintf(sum, "ayni-x402-nonce/1\x00%s\x00%s\x00%s\x00", r.Method, r.URL.String(), name)
	_, _ = sum.Write(inner[:])
	return sum.Sum(nil)
}

func readAll(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(r.Body, payBody+1))
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	if len(body) > payBody {
		return nil, fmt.Errorf("a request that may have to be paid has at most %d bytes", payBody)
	}
	return body, nil
}

func again(r *http.Request, body []byte) *http.Request {
	next := r.Clone(r.Context())
	if body != nil {
		next.Body, next.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return next
}

func contains(all [][]byte, one []byte) bool {
	for _, a := range all {
		if bytes.Equal(a, one) {
			return true
		}
	}
	return false
}
