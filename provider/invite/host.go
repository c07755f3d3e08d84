package invite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
	"ayni.example/p2p"
	"ayni.example/receipt"
)

// Protocol is spoken between inviter and joiner.
const Protocol = "/ayni/invite/1"

// Reasons for which an invitation does not work.
var (
	ErrUnknown = errors.New("invitation is unknown, used or expired")
	ErrGrant   = errors.New("credits could not be granted")
)

const (
	helloMax   = 4 << 10
	welcomeMax = 12 << 20 // a genesis of 8 MiB in base64
	// GenesisMax bounds the genesis that a joiner takes.
	GenesisMax   = 8 << 20
	frameTimeout = 20 * time.Second
	grantTimeout = 60 * time.Second
	openMax      = 1000 // invitations that wait at once
)

// hello is the joiner's word.
type hello struct {
	Secret  []byte `json:"secret"`
	Address string `json:"address"` // the joiner's account
}

// welcome is the inviter's answer.
type welcome struct {
	Error   string `json:"error,omitempty"`
	Genesis []byte `json:"genesis,omitempty"`
	Ledger  string `json:"ledger,omitempty"` // node to follow: id@host:port
	First   int64  `json:"first,omitempty"`  // height of the first block that the node still has
	Granted string `json:"granted,omitempty"`
}

// Config is what an inviter needs.
type Config struct {
	DB      *sql.DB
	Genesis []byte // the genesis file
	Ledger  func() string
	First   func() int64 // height of the first block that the node still has
	// Grant sends credits to an account and returns once they are there.
	Grant  func(ctx context.Context, address string, amount math.Int) error
	Now    clock.Clock
	Random io.Reader
	Logger *slog.Logger
}

// Inviter makes invitations and keeps them.
type Inviter struct{ config Config }

// New makes the table where it is absent.
func New(ctx context.Context, config Config) (*Inviter, error) {
	if config.DB == nil || len(config.Genesis) == 0 || config.Ledger == nil || config.First == nil || config.Grant == nil || config.Now == nil ||
		config.Random == nil || config.Logger == nil {
		return nil, errors.New("inviter: every field is required")
	}
	_, err := config.DB.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS invites (
		hash BLOB PRIMARY KEY, amount TEXT NOT NULL, expires INTEGER NOT NULL, address TEXT NOT NULL DEFAULT '', granted INTEGER NOT NULL DEFAULT 0
	) STRICT`)
	if err != nil {
		return nil, fmt.Errorf("open invitations: %w", err)
	}
	return &Inviter{config}, nil
}

// Invite makes a token that grants amount once, until it expires.
func (i *Inviter) Invite(ctx context.Context, token Token, amount math.Int, lasts time.Duration) (string, time.Time, error) {
	if amount.IsNil() || amount.IsNegative() || lasts <= 0 {
		return "", time.Time{}, errors.New("an invitation grants no less than nothing and lasts for a while")
	}
	if _, err := io.ReadFull(i.config.Random, token.Secret[:]); err != nil {
		return "", time.Time{}, fmt.Errorf("draw a secret: %w", err)
	}
	token.Genesis = receipt.Digest(sha256.Sum256(i.config.Genesis))
	text, err := token.Encode()
	if err != nil {
		return "", time.Time{}, err
	}
	now := i.config.Now()
	expires := now.Add(lasts)
	if _, err := i.config.DB.ExecContext(ctx, `DELETE FROM invites WHERE expires < ?`, now.Unix()); err != nil {
		return "", time.Time{}, fmt.Errorf("drop old invitations: %w", err)
	}
	var waiting int
	if err := i.config.DB.QueryRowContext(ctx, `SELECT count(*) FROM invites WHERE granted = 0`).Scan(&waiting); err != nil {
		return "", time.Time{}, fmt.Errorf("count invitations: %w", err)
	}
	if waiting >= openMax {
		return "", time.Time{}, fmt.Errorf("%d invitations wait already: let some expire", waiting)
	}
	hash := sha256.Sum256(token.Secret[:])
	_, err = i.config.DB.ExecContext(ctx, `INSERT INTO invites (hash, amount, expires) VALUES (?, ?, ?)`, hash[:], amount.String(), expires.Unix())
	if err != nil {
		return "", time.Time{}, fmt.Errorf("keep invitation: %w", err)
	}
	return text, expires, nil
}

// Handle answers one joiner.
func (i *Inviter) Handle(ctx context.Context, stream *p2p.Stream) {
	var h hello
	if err := stream.Receive(&h, helloMax, frameTimeout); err != nil {
		i.config.Logger.Info("invitation not read", "peer", stream.Peer(), "error", err.Error())
		return
	}
	w := welcome{Genesis: i.config.Genesis, Ledger: i.config.Ledger(), First: i.config.First()}
	granted, err := i.admit(ctx, h)
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrGrant):
		w = welcome{Error: err.Error()}
	case err != nil:
		w = welcome{Error: "the inviter could not look it up; try again"}
	}
	w.Granted = granted
	if err != nil {
		i.config.Logger.Warn("machine not admitted", "peer", stream.Peer(), "error", err.Error())
	} else {
		i.config.Logger.Info("machine admitted", "peer", stream.Peer(), "address", h.Address)
	}
	if err := stream.Send(w, welcomeMax, frameTimeout); err != nil {
		i.config.Logger.Info("welcome not sent", "peer", stream.Peer(), "error", err.Error())
	}
}

// admit takes the invitation for one address and grants its credits once, however often that address asks.
func (i *Inviter) admit(ctx context.Context, h hello) (string, error) {
	hash := sha256.Sum256(h.Secret)
	result, err := i.config.DB.ExecContext(ctx, `UPDATE invites SET address = ? WHERE hash = ? AND expires >= ? AND address IN ('', ?)`,
		h.Address, hash[:], i.config.Now().Unix(), h.Address)
	if err != nil {
		return "", fmt.Errorf("take invitation: %w", err)
	}
	if taken, err := result.RowsAffected(); err != nil || taken != 1 {
		return "", errors.Join(ErrUnknown, err)
	}
	var text string
	var granted bool
	if err := i.config.DB.QueryRowContext(ctx, `SELECT amount, granted FROM invites WHERE hash = ?`, hash[:]).Scan(&text, &granted); err != nil {
		return "", fmt.Errorf("read invitation: %w", err)
	}
	amount, ok := math.NewIntFromString(text)
	if !ok {
		return "", fmt.Errorf("invitation over %q", text)
	}
	if granted || !amount.IsPositive() {
		return text, nil
	}
	// Marked first: a crash between the two costs the joiner a grant, which can be asked for, and never the network two.
	// The same machine may ask twice at once: only one of the two marks it.
	marked, err := i.config.DB.ExecContext(ctx, `UPDATE invites SET granted = 1 WHERE hash = ? AND granted = 0`, hash[:])
	if err != nil {
		return "", fmt.Errorf("mark invitation: %w", err)
	}
	if n, err := marked.RowsAffected(); err != nil || n != 1 {
		return text, err
	}
	ctx, cancel := context.WithTimeout(ctx, grantTimeout)
	defer cancel()
	if err := i.config.Grant(ctx, h.Address, amount); err != nil {
		// What was sent and not seen in time may still come: it stays marked, or asking again would grant it twice.
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			return "", fmt.Errorf("%w in time: %w", ErrGrant, err)
		}
		_, undo := i.config.DB.ExecContext(context.WithoutCancel(ctx), `UPDATE invites SET granted = 0 WHERE hash = ?`, hash[:])
		return "", errors.Join(fmt.Errorf("%w: %w", ErrGrant, err), undo)
	}
	return text, nil
}
