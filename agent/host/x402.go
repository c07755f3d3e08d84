package host

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"ayni.example/credit/x402"
	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// X402 pays in credits of one ledger, by the scheme exact.
type X402 struct {
	ChainID string
	Now     clock.Clock
}

var _ Payer = X402{}

// Offer implements Payer.
func (x X402) Offer(answer *http.Response) (Offer, error) {
	chain, err := credit.ChainNumber(x.ChainID)
	if err != nil {
		return Offer{}, err
	}
	ways, err := x402.Ways(answer.Header, chain)
	if err != nil {
		return Offer{}, err
	}
	for _, w := range ways {
		if w.Scheme() == x402.Exact {
			return Offer{Payee: ethkey.Format(w.To), Amount: w.Amount, Terms: w}, nil
		}
	}
	return Offer{}, errors.New("it is not sold for a fixed price")
}

// Sign implements Payer. Nonce and identifier are the reservation's, so that whichever host pays, the seller sees one payment.
func (x X402) Sign(o Offer, treasury string, payment []byte, session *ethkey.PrivKey) (http.Header, error) {
	w, ok := o.Terms.(x402.Way)
	if !ok {
		return nil, fmt.Errorf("offer of %s was not read by this payer", o.Payee)
	}
	from, err := ethkey.AddressCodec{}.StringToBytes(treasury)
	if err != nil {
		return nil, err
	}
	return w.Sign(x402.Payer{From: from, Nonce: payment, Sign: session.SignDigest}, "ayni-"+hex.EncodeToString(payment[:16]), x.Now())
}
