package client

import (
	"errors"
	"log/slog"
	"time"

	rpcclient "github.com/cometbft/cometbft/rpc/client"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"cosmossdk.io/math"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"ayni.example/internal/ethkey"
)

const (
	// submitTimeout bounds Submit when its context has no deadline.
	submitTimeout = time.Minute
	// callTimeout bounds one call of the RPC.
	callTimeout = 15 * time.Second
)

// Signer holds an account's key.
type Signer interface {
	PubKey() cryptotypes.PubKey
	Sign(message []byte) ([]byte, error)
}

// Config says which ledger and for whom.
type Config struct {
	RPC     rpcclient.Client
	ChainID string
	Signer  Signer       // none: reads alone
	Logger  *slog.Logger // none: silent
	// PriceMax is the most acredit per gas that a transaction may come to cost; none: as much as the ledger's rules allow.
	PriceMax math.Int
}

// Client reads the ledger and, with a signer, writes to it. It is safe for many goroutines.
type Client struct {
	rpc     rpcclient.Client
	conn    conn
	chainID string
	signer  Signer
	address string
	logger  *slog.Logger
	queue   *queue
	most    math.Int // acredit per gas; none: no bound of our own
}

// New makes a client; it does not speak to the ledger yet.
func New(cfg Config) (*Client, error) {
	if cfg.RPC == nil {
		return nil, errors.New("client needs an rpc")
	}
	if cfg.ChainID == "" {
		return nil, errors.New("client needs the chain id")
	}
	ethkey.Configure()
	c := &Client{
		rpc: cfg.RPC, conn: conn{cfg.RPC}, chainID: cfg.ChainID, signer: cfg.Signer, logger: cfg.Logger, queue: newQueue(),
		most: cfg.PriceMax,
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Signer != nil {
		c.address = ethkey.Format(cfg.Signer.PubKey().Address())
	}
	return c, nil
}

// DialHTTP is an RPC over HTTP, such as http://127.0.0.1:26657.
func DialHTTP(url string) (rpcclient.Client, error) {
	rpc, err := rpchttp.New(url, "/websocket")
	if err != nil {
		return nil, unreachable("dial "+url, err)
	}
	return rpc, nil
}

// Address is the account's, empty without a signer.
func (c *Client) Address() string { return c.address }

// ChainID is the ledger's.
func (c *Client) ChainID() string { return c.chainID }

// RPC is what the client speaks through, for proofs.
func (c *Client) RPC() rpcclient.Client { return c.rpc }

// pause grows from attempt to attempt.
func pause(attempt int) time.Duration { return 50 * time.Millisecond << min(attempt, 5) }
