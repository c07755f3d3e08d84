package x402

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// Order is a payment that was read: what its payer signed for, and who signed.
type Order struct {
	Scheme      string
	From, To    []byte
	Facilitator []byte // of "upto"
	Amount      math.Int
	After       int64 // unix seconds; exclusive in "exact"
	Before      int64
	Nonce       []byte
	Signature   []byte
	Digest      []byte
	Signer      []byte
}

// Read checks a payment's form and finds its signer, without the ledger. The chain's number is EIP-155's.
func Read(p Payment, chain uint64) (Order, error) {
	o, err := parse(p, chain)
	if err != nil {
		return Order{}, err
	}
	if o.Signer, err = ethkey.Recover(o.Digest, o.Signature); err != nil {
		return Order{}, err
	}
	return o, nil
}

// Digest is what the payer of a payment has to have signed.
func Digest(p Payment, chain uint64) ([]byte, error) {
	o, err := parse(p, chain)
	return o.Digest, err
}

func parse(p Payment, chain uint64) (Order, error) {
	if p.Accepted.Network != network(chain) {
		return Order{}, fmt.Errorf("network %q, not %q", p.Accepted.Network, network(chain))
	}
	if !strings.EqualFold(p.Accepted.Asset, credit.TokenAddress) {
		return Order{}, fmt.Errorf("asset %q, not %s", p.Accepted.Asset, credit.TokenAddress)
	}
	r := reader{}
	var o Order
	switch {
	case p.Accepted.Scheme == Exact && p.Payload.Authorization != nil && p.Payload.Permit == nil:
		o = r.exact(*p.Payload.Authorization, chain)
	case p.Accepted.Scheme == Upto && p.Payload.Permit != nil && p.Payload.Authorization == nil:
		o = r.upto(*p.Payload.Permit, chain)
	default:
		return Order{}, fmt.Errorf("scheme %q with a payload of another", p.Accepted.Scheme)
	}
	o.Signature = r.bytes("signature", p.Payload.Signature, ethkey.SignatureSize+1)
	return o, r.err
}

// reader keeps the first error.
type reader struct{ err error }

func (r *reader) exact(a Authorization, chain uint64) Order {
	signed := credit.Authorization{
		From: r.address("from", a.From), To: r.address("to", a.To), Value: r.number("value", a.Value),
		ValidAfter: r.time("validAfter", a.ValidAfter), ValidBefore: r.time("validBefore", a.ValidBefore),
		Nonce: r.bytes("nonce", a.Nonce, credit.NonceSize),
	}
	if r.err == nil {
		r.err = signed.Validate()
	}
	if r.err != nil {
		return Order{}
	}
	return Order{
		Scheme: Exact, From: signed.From, To: signed.To, Amount: signed.Value, After: signed.ValidAfter, Before: signed.ValidBefore,
		Nonce: signed.Nonce, Digest: signed.Digest(chain),
	}
}

func (r *reader) upto(p Permit, chain uint64) Order {
	if !strings.EqualFold(p.Permitted.Token, credit.TokenAddress) || !strings.EqualFold(p.Spender, credit.UptoProxyAddress) {
		r.fail(errors.New("permit of another token or for another spender"))
	}
	signed := credit.Permit{
		From: r.address("from", p.From), To: r.address("to", p.Witness.To), Facilitator: r.address("facilitator", p.Witness.Facilitator),
		Amount: r.number("amount", p.Permitted.Amount), ValidAfter: r.time("validAfter", p.Witness.ValidAfter),
		Deadline: r.time("deadline", p.Deadline), Nonce: r.word(p.Nonce),
	}
	if r.err == nil {
		r.err = signed.Validate()
	}
	if r.err != nil {
		return Order{}
	}
	return Order{
		Scheme: Upto, From: signed.From, To: signed.To, Facilitator: signed.Facilitator, Amount: signed.Amount, After: signed.ValidAfter,
		Before: signed.Deadline, Nonce: signed.Nonce, Digest: signed.Digest(chain),
	}
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) bytes(name, text string, size int) []byte {
	digits, found := strings.CutPrefix(text, "0x")
	b, err := hex.DecodeString(digits)
	if !found || err != nil || len(b) != size {
		r.fail(fmt.Errorf("%s is not 0x and %d bytes in hexadecimal digits", name, size))
	}
	return b
}

func (r *reader) address(name, text string) []byte { return r.bytes(name, text, ethkey.AddressSize) }

// number reads decimal digits without sign or leading zeros: one way to write each.
func (r *reader) number(name, text string) math.Int {
	n, err := amount(text)
	if err != nil {
		r.fail(fmt.Errorf("%s: %w", name, err))
		return math.ZeroInt()
	}
	return n
}

func (r *reader) time(name, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		r.fail(fmt.Errorf("%s is no time in seconds", name))
	}
	return n
}

// word reads Permit2's nonce, a number of up to 256 bits.
func (r *reader) word(text string) []byte {
	n, ok := new(big.Int), false
	if len(text) > 0 && len(text) <= 78 {
		n, ok = n.SetString(text, 10)
	}
	if !ok || n.Sign() < 0 || n.BitLen() > 8*credit.NonceSize || n.String() != text {
		r.fail(errors.New("nonce is no number of 256 bits"))
		return nil
	}
	return n.FillBytes(make([]byte, credit.NonceSize))
}

// amount reads an amount of the ledger's width.
func amount(text string) (math.Int, error) {
	if len(text) == 0 || len(text) > 39 || text != "0" && text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		return math.Int{}, errors.New("is no amount in whole acredit")
	}
	n, ok := math.NewIntFromString(text)
	if !ok || credit.CheckAmount("amount", n) != nil {
		return math.Int{}, errors.New("is no amount in whole acredit")
	}
	return n, nil
}

// checkTime tells whether the order may be paid at now.
func (o Order) checkTime(now time.Time) error {
	if o.Scheme == Exact {
		return credit.Authorization{ValidAfter: o.After, ValidBefore: o.Before}.CheckTime(now.Unix())
	}
	return credit.Permit{ValidAfter: o.After, Deadline: o.Before}.CheckTime(now.Unix())
}

// take is the message that moves or locks the money.
func (o Order) take(carrier string) sdk.Msg {
	if o.Scheme == Exact {
		return &credit.MsgTransferAuthorized{
			Carrier: carrier, From: ethkey.Format(o.From), To: ethkey.Format(o.To), Value: o.Amount, ValidAfter: o.After,
			ValidBefore: o.Before, Nonce: o.Nonce, Signature: o.Signature,
		}
	}
	return &credit.MsgHold{
		Facilitator: carrier, From: ethkey.Format(o.From), To: ethkey.Format(o.To), Amount: o.Amount, ValidAfter: o.After,
		Deadline: o.Before, Nonce: o.Nonce, Signature: o.Signature,
	}
}

// settle is the message that ends a hold.
func (o Order) settle(carrier string, used math.Int) sdk.Msg {
	return &credit.MsgSettle{Facilitator: carrier, Payer: ethkey.Format(o.From), Nonce: o.Nonce, Amount: used}
}

// own tells whether the payer has signed itself; otherwise an agent's session key may have.
func (o Order) own() bool { return bytes.Equal(o.From, o.Signer) }

// network is a chain's name in CAIP-2.
func network(chain uint64) string { return "eip155:" + strconv.FormatUint(chain, 10) }
