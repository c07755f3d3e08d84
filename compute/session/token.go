package session

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"ayni.example/internal/canon"
	"ayni.example/internal/ethkey"
)

// Lifetimes of tokens.
const (
	LifeMax    = 15 * time.Minute
	skewMax    = time.Minute // between two machines' clocks
	signDomain = "ayni/compute/token/1\x00"
	fieldMax   = 128
)

// ErrToken refuses a request whose token does not allow it.
var ErrToken = errors.New("the token does not allow this")

// Scope is what a token allows.
type Scope string

// The scopes.
const (
	ScopeManifest Scope = "manifest"
	ScopeStatus   Scope = "status" // and events
	ScopeLogs     Scope = "logs"
	ScopeExec     Scope = "exec" // with a terminal or without
	ScopeRead     Scope = "read" // copy from volumes
	ScopeWrite    Scope = "write"
	ScopeForward  Scope = "forward"
)

// Grant is what a tenant allows to whom.
type Grant struct {
	ChainID  string  `json:"chain_id"`
	Lease    string  `json:"lease"`
	Provider string  `json:"provider"` // peer id of the machine that may act on it
	Holder   string  `json:"holder"`   // peer id of who may present it
	Scopes   []Scope `json:"scopes"`
	Issued   int64   `json:"issued"`  // seconds of Unix time
	Expires  int64   `json:"expires"` // the first second in which it is worth nothing
	Nonce    []byte  `json:"nonce"`
}

// Token is a grant with the tenant's signature.
type Token struct {
	Grant     Grant  `json:"grant"`
	Key       []byte `json:"key"` // compressed secp256k1
	Signature []byte `json:"signature"`
}

// Signer is a tenant's account.
type Signer interface {
	// Sign returns the account's public key and its signature of a message.
	Sign(message []byte) (key, signature []byte, err error)
}

// Issue signs a grant that begins now.
func Issue(s Signer, g Grant, now time.Time, life time.Duration, random io.Reader) (Token, error) {
	if life <= 0 || life > LifeMax {
		return Token{}, fmt.Errorf("a token for %s; at most %s", life, LifeMax)
	}
	if random == nil {
		random = rand.Reader
	}
	g.Issued, g.Expires, g.Nonce = now.Unix(), now.Add(life).Unix(), make([]byte, 16)
	if _, err := io.ReadFull(random, g.Nonce); err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	message, err := g.message()
	if err != nil {
		return Token{}, err
	}
	key, signature, err := s.Sign(message)
	if err != nil {
		return Token{}, fmt.Errorf("sign a token: %w", err)
	}
	return Token{Grant: g, Key: key, Signature: signature}, nil
}

// message is what is signed. No transaction begins like it.
func (g Grant) message() ([]byte, error) {
	body, err := canon.Marshal(g)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return append([]byte(signDomain), body...), nil
}

// IsGrant tells whether a message is what [Issue] has an account sign, so that who signs for others signs nothing else.
func IsGrant(message []byte) bool {
	text, found := bytes.CutPrefix(message, []byte(signDomain))
	var g Grant
	return found && json.Unmarshal(text, &g) == nil && g.Lease != "" && g.Expires-g.Issued <= int64(LifeMax/time.Second)
}

// Use is one use of a token.
type Use struct {
	ChainID  string
	Lease    string
	Provider string // this machine
	Holder   string // the peer that presents it, as its connection proves
	Tenant   string // whose lease it is, as the ledger says
	Scope    Scope
	Now      time.Time
}

// Check says why a token does not allow a use.
func (t Token) Check(u Use) error {
	g := t.Grant
	now := u.Now.Unix()
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrToken, why) }
	switch {
	case len(g.ChainID) > fieldMax || len(g.Lease) > fieldMax || len(g.Provider) > fieldMax || len(g.Holder) > fieldMax || len(g.Nonce) != 16 ||
		len(g.Scopes) > 16:
		return refuse("a field is too long")
	case g.ChainID != u.ChainID:
		return refuse("it is for another network")
	case g.Lease != u.Lease:
		return refuse("it is for another lease")
	case g.Provider != u.Provider:
		return refuse("it is for another provider")
	case g.Holder != u.Holder:
		return refuse("it is for another peer")
	case g.Expires <= g.Issued || g.Expires-g.Issued > int64(LifeMax/time.Second):
		return refuse("it lives longer than 15 minutes")
	case now >= g.Expires:
		return refuse("it has expired; make another, and look at the clocks of both machines")
	case now < g.Issued-int64(skewMax/time.Second):
		return refuse("it begins in the future; look at the clocks of both machines")
	case !slices.Contains(g.Scopes, u.Scope):
		return refuse(fmt.Sprintf("it is not for %q", u.Scope))
	}
	tenant, err := (ethkey.AddressCodec{}).StringToBytes(u.Tenant)
	if err != nil {
		return refuse("the lease has no tenant")
	}
	key := &ethkey.PubKey{Key: t.Key}
	if len(t.Key) != ethkey.PubKeySize || string(key.Address()) != string(tenant) {
		return refuse("it is not signed by the lease's tenant")
	}
	message, err := g.message()
	if err != nil {
		return err
	}
	if len(t.Signature) != ethkey.SignatureSize || !key.VerifySignature(message, t.Signature) {
		return refuse("its signature is wrong")
	}
	return nil
}

// DecodeToken reads a token from JSON.
func DecodeToken(text []byte) (Token, error) {
	var t Token
	if err := json.Unmarshal(text, &t); err != nil {
		return t, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return t, nil
}
