package x402

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

const (
	// payTimeout is how long a client's signature should hold: a ledger's block may be some time behind.
	payTimeout = 300
	// inFlight bounds the payments that are worked on at once.
	inFlight = 256
	// ledgerWait bounds the wait for a block.
	ledgerWait = 30 * time.Second
)

// Ledger is what a server and a facilitator ask of it; client.Client does it.
type Ledger interface {
	Address() string
	ChainID() string
	Submit(ctx context.Context, msgs ...sdk.Msg) (client.TxResult, error)
	Authorization(ctx context.Context, payer string, nonce []byte) (*credit.QueryAuthorizationResponse, error)
}

// Config is what a Server works with.
type Config struct {
	Ledger Ledger
	DB     *sql.DB
	Prices func() []Price // of now; each has passed Validate
	// BodyMax bounds the body of a request that pays; 0: 4 MiB.
	BodyMax int64
	Now     clock.Clock
	Logger  *slog.Logger
}

// Server asks for payments.
type Server struct {
	cfg     Config
	chain   uint64
	self    []byte
	store   *store
	flights *flights
	wake    chan struct{}
	counts  counts
}

// New opens a server's records.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Ledger == nil || cfg.DB == nil || cfg.Prices == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("payments need a ledger, a database, prices, a clock and a logger")
	}
	if cfg.BodyMax == 0 {
		cfg.BodyMax = 4 << 20
	}
	chain, err := credit.ChainNumber(cfg.Ledger.ChainID())
	if err != nil {
		return nil, err
	}
	self, err := ethkey.AddressCodec{}.StringToBytes(cfg.Ledger.Address())
	if err != nil {
		return nil, fmt.Errorf("account of the seller: %w", err)
	}
	kept, err := openStore(ctx, cfg.DB)
	if err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, chain: chain, self: self, store: kept, flights: newFlights(inFlight), wake: make(chan struct{}, 1), counts: newCounts()}, nil
}

// Priced tells whether requests of this method and path may have a price.
func (s *Server) Priced(r *http.Request) bool {
	for _, p := range s.cfg.Prices() {
		if p.covers(r.Method, r.URL.Path) {
			return true
		}
	}
	return false
}

// ToolPrice is what a call of a tool costs at a path, if it has a price.
func (s *Server) ToolPrice(path, tool string) (math.Int, bool) {
	name, err := json.Marshal(tool)
	if err != nil {
		return math.Int{}, false
	}
	p, ok := priceOf(s.cfg.Prices(), http.MethodPost, path, fmt.Appendf(nil, `{"method":"tools/call","params":{"name":%s}}`, name))
	return p.Amount, ok
}

// Paid is what a handler can know of the payment for its request.
type Paid struct {
	Payer  string   // address in bech32
	Amount math.Int // the most that the answer may cost
	Tool   string   // that the price is for; "" for any
	Meter  *Meter   // charges, of the scheme "upto"
}

type paidKey struct{}

// PaidBy is the payment for a request, nil when there is none.
func PaidBy(ctx context.Context) *Paid {
	p, _ := ctx.Value(paidKey{}).(*Paid)
	return p
}

// Serve answers a request that somebody has to pay for: with the price, or with next's answer once it is paid. It is false where
// the request has no price, and then nothing was written.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, next http.Handler) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.BodyMax))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "the body of a request that pays has at most "+fmt.Sprint(s.cfg.BodyMax)+" bytes")
		return true
	}
	price, ok := priceOf(s.cfg.Prices(), r.Method, r.URL.Path, body)
	if !ok {
		r.Body = io.NopCloser(bytes.NewReader(body))
		return false
	}
	w.Header().Set("Cache-Control", "private, no-store")
	p := &purchase{s: s, w: w, r: r, next: next, body: body, price: price}
	header := r.Header.Get(SignatureHeader)
	if header == "" {
		s.counts.add("asked")
		p.ask("this answer has to be paid for: sign one of the ways in " + RequiredHeader + " and send it as " + SignatureHeader)
		return true
	}
	if err := p.run(header); err != nil {
		p.fail(err)
	}
	return true
}

// refusal is an answer to a payment that is not taken.
type refusal struct {
	status int
	reason string
}

func (e *refusal) Error() string { return e.reason }

func refused(format string, args ...any) error {
	return &refusal{http.StatusPaymentRequired, fmt.Sprintf(format, args...)}
}

// binding is what a payment's first use is for.
func binding(r *http.Request, body []byte) []byte {
	inner := sha256.Sum256(body)
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "ayni-x402-use/1\x00%s\x00%s\x00%s\x00", r.Method, r.Host, r.URL.RequestURI())
	_, _ = sum.Write(inner[:])
	return sum.Sum(nil)
}
