package x402

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// signMost bounds how long a signature holds, whatever a server asks for.
const signMost = 3600

// Way is a way to pay for an answer in credits of one ledger.
type Way struct {
	To     []byte   // payee
	Amount math.Int // the most that will be paid

	chain    uint64
	terms    Requirements
	resource Resource
}

// Scheme is exact or upto.
func (w Way) Scheme() string { return w.terms.Scheme }

// Ways reads those of an answer 402 that pay on the ledger with this EIP-155 number; an error when there are none.
func Ways(header http.Header, chain uint64) ([]Way, error) {
	required, err := DecodeRequired(header.Get(RequiredHeader))
	if err != nil {
		return nil, err
	}
	var ways []Way
	reason := fmt.Errorf("it is not sold for credits of %s", network(chain))
	for _, terms := range required.Accepts {
		if terms.Network != network(chain) || !strings.EqualFold(terms.Asset, credit.TokenAddress) || terms.Scheme != Exact && terms.Scheme != Upto {
			continue
		}
		var read reader
		w := Way{chain: chain, terms: terms, resource: required.Resource}
		w.To, w.Amount = read.address("payTo", terms.PayTo), read.number("amount", terms.Amount)
		if terms.Scheme == Upto {
			read.address("facilitatorAddress", terms.Extra.Facilitator)
		}
		if read.err != nil {
			reason = read.err
			continue
		}
		ways = append(ways, w)
	}
	if len(ways) == 0 {
		return nil, reason
	}
	return ways, nil
}

// Payer is who pays an offer: whose money it is, and the nonce to sign with.
type Payer struct {
	From  []byte
	Nonce []byte
	Sign  func(digest []byte) ([]byte, error) // 65 bytes
}

// Sign makes the header of the request that pays. The identifier names the purchase; a nonce pays once.
func (w Way) Sign(p Payer, id string, now time.Time) (http.Header, error) {
	if !validIdentifier(id) {
		return nil, fmt.Errorf("payment identifier %q", id)
	}
	end := now.Unix() + min(max(w.terms.MaxTimeoutSeconds, 1), signMost)
	payload, digest, err := w.payload(p, end)
	if err != nil {
		return nil, err
	}
	signature, err := p.Sign(digest)
	if err != nil {
		return nil, fmt.Errorf("sign payment: %w", err)
	}
	payload.Signature = "0x" + hex.EncodeToString(signature)
	text, err := encode(Payment{
		X402Version: Version, Resource: &w.resource, Accepted: w.terms, Payload: payload,
		Extensions: map[string]json.RawMessage{
			identifierExtension: json.RawMessage(fmt.Sprintf(`{"info":{"required":false,"id":%q},"schema":%s}`, id, identifierSchema)),
		},
	})
	return http.Header{SignatureHeader: {text}}, err
}

// payload is what is to be signed, and its digest.
func (w Way) payload(p Payer, end int64) (Payload, []byte, error) {
	before := strconv.FormatInt(end, 10)
	if w.terms.Scheme == Exact {
		a := credit.Authorization{From: p.From, To: w.To, Value: w.Amount, ValidBefore: end, Nonce: p.Nonce}
		if err := a.Validate(); err != nil {
			return Payload{}, nil, err
		}
		return Payload{Authorization: &Authorization{
			From: ethkey.Hex(a.From), To: ethkey.Hex(a.To), Value: a.Value.String(), ValidAfter: "0", ValidBefore: before,
			Nonce: "0x" + hex.EncodeToString(a.Nonce),
		}}, a.Digest(w.chain), nil
	}
	var read reader
	permit := credit.Permit{
		From: p.From, To: w.To, Facilitator: read.address("facilitator", w.terms.Extra.Facilitator), Amount: w.Amount, Deadline: end, Nonce: p.Nonce,
	}
	if read.err != nil {
		return Payload{}, nil, read.err
	}
	if err := permit.Validate(); err != nil {
		return Payload{}, nil, err
	}
	return Payload{Permit: &Permit{
		From: ethkey.Hex(permit.From), Permitted: Permitted{credit.TokenAddress, w.Amount.String()}, Spender: credit.UptoProxyAddress,
		Nonce: new(big.Int).SetBytes(permit.Nonce).String(), Deadline: before,
		Witness: Witness{ethkey.Hex(w.To), ethkey.Hex(permit.Facilitator), "0"},
	}}, permit.Digest(w.chain), nil
}
