package verdict

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"ayni.example/client/proof"
	"ayni.example/internal/ethkey"
	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

// Names of the verdicts.
const (
	Signed     = "signed"
	Registered = "registered"
	Settled    = "settled"
	Request    = "request"
	Answer     = "answer"
	Delivered  = "delivered"
)

// Finding is one thing that was established.
type Finding struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

// Verdict is what was established, and what was not looked at.
type Verdict struct {
	ID         string    `json:"id"`
	Findings   []Finding `json:"verdicts"`
	NotChecked []string  `json:"not_checked"`
}

func (v *Verdict) found(name, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{name, fmt.Sprintf(format, args...)})
}

func (v *Verdict) open(what string) { v.NotChecked = append(v.NotChecked, what) }

// Verify checks a receipt file against itself, against what the user holds, and against the ledger as far as the file brings
// evidence and the user trusts a beginning; trust may be nil. Every refusal is an error of package receipt's closed list.
func Verify(file receipt.File, held receipt.Held, trust *proof.Trust) (Verdict, error) {
	report, err := file.Check(held)
	if err != nil {
		return Verdict{}, err
	}
	r := file.Receipt
	if err := checkLocal(file); err != nil {
		return Verdict{}, err
	}
	v := Verdict{ID: string(r.ID)}
	v.found(Signed, "%s signed these bytes with key %s: %s, %d + %d tokens, %s acredit", r.Provider, r.Key, r.Model, r.Usage.Prompt, r.Usage.Completion, r.Total)
	if report.Request == receipt.MatchedBody {
		v.found(Request, "the request is, byte for byte, what was asked")
	} else {
		v.open("the request was not given, so it was not compared")
	}
	switch report.Answer {
	case receipt.MatchedResponse:
		v.found(Answer, "the answer is, byte for byte, the response that the gateway delivered")
	case receipt.MatchedText:
		v.found(Answer, "the answer is the text that the provider signed")
	default:
		v.open("the answer was not given, so it was not compared")
	}
	if report.Delivery {
		v.found(Delivered, "the payer's gateway signed what it passed on")
	}
	if err := checkProved(r, report, held, &v); err != nil {
		return Verdict{}, err
	}
	err = onLedger(file, report, trust, &v)
	return v, err
}

// checkLocal refuses what only looks like an answer of the payer's own machine: without a channel there are not two parties, no
// money and no claim.
func checkLocal(file receipt.File) error {
	r := file.Receipt
	switch {
	case !r.Channel.IsZero():
		return nil
	case r.Payer != r.Provider:
		return fmt.Errorf("%w: %s answered %s without a channel", receipt.ErrProvider, r.Provider, r.Payer)
	case !r.Total.IsZero():
		return fmt.Errorf("%w: %s acredit without a channel", receipt.ErrAmount, r.Total)
	case file.Proofs != nil && len(file.Proofs.Settled) > 0:
		return fmt.Errorf("%w: a claim without a channel", receipt.ErrChain)
	}
	return nil
}

// onLedger adds the verdicts that need the ledger.
func onLedger(file receipt.File, report receipt.Report, trust *proof.Trust, v *Verdict) error {
	registered, settled := file.Proofs != nil && len(file.Proofs.Registered) > 0, file.Proofs != nil && len(file.Proofs.Settled) > 0
	if trust == nil && (registered || settled) {
		v.open("no genesis or checkpoint was given to trust, so the proofs from the ledger were not followed")
		return nil
	}
	if !registered {
		v.open("the file has no proof that the provider and its price stand on the ledger")
	} else if err := checkRegistered(file.Receipt, file.Proofs.Registered, *trust, v); err != nil {
		return err
	}
	switch {
	case file.Receipt.Channel.IsZero():
		v.open("nothing was paid over the ledger: the payer's own machine answered")
	case !settled:
		v.open("the file has no proof that this answer is in a claim")
	default:
		return checkSettled(file.Receipt, report.Head, file.Proofs.Settled, *trust, v)
	}
	return nil
}

func follow(raw json.RawMessage, trust proof.Trust, chainID string) (proof.Verified, error) {
	bundle, err := proof.Decode(raw)
	if err != nil {
		return proof.Verified{}, err
	}
	verified, err := bundle.Verify(trust)
	if err != nil {
		return proof.Verified{}, err
	}
	if verified.ChainID != chainID {
		return proof.Verified{}, fmt.Errorf("%w: proof of %s, receipt of %s", receipt.ErrNetwork, verified.ChainID, chainID)
	}
	return verified, nil
}

// checkRegistered finds the provider with the receipt's key, and its offer at the receipt's price.
func checkRegistered(r receipt.Receipt, raw json.RawMessage, trust proof.Trust, v *Verdict) error {
	verified, err := follow(raw, trust, r.ChainID)
	if err != nil {
		return err
	}
	address, digest, err := parties(r)
	if err != nil {
		return err
	}
	var entry provider.Provider
	if err := value(verified, provider.StoreKey, provider.EntryKey(address), &entry); err != nil {
		return err
	}
	until, held := holds(entry, r.Key)
	if !held {
		return fmt.Errorf("%w: the receipt's key is not one of %s", receipt.ErrProvider, entry.Address)
	}
	if until > 0 {
		v.open(fmt.Sprintf("the provider retired this key at block %d; whether it signed before that is not known", until))
	}
	if r.Channel.IsZero() {
		v.found(Registered, "%s (%s) holds this key at block %d of %s", entry.Name, entry.Address, verified.Height, verified.ChainID)
		return nil
	}
	var offer inference.Offer
	if err := value(verified, inference.StoreKey, inference.OfferKey(address, digest), &offer); err != nil {
		return err
	}
	if !offer.PriceInput.Equal(r.Price.Input) || !offer.PriceOutput.Equal(r.Price.Output) {
		return fmt.Errorf("%w: the offer is at another price", receipt.ErrProvider)
	}
	if offer.Name != r.Model {
		return fmt.Errorf("%w: it offers these weights as %q, not as %q", receipt.ErrProvider, offer.Name, r.Model)
	}
	v.found(Registered, "%s (%s) holds this key and offers this model at this price at block %d of %s", entry.Name, entry.Address, verified.Height, verified.ChainID)
	return nil
}

// checkSettled finds the lane whose claimed head the receipt leads to, and the channel's parties.
func checkSettled(r receipt.Receipt, head receipt.Digest, raw json.RawMessage, trust proof.Trust, v *Verdict) error {
	verified, err := follow(raw, trust, r.ChainID)
	if err != nil {
		return err
	}
	var channel credit.Channel
	if err := value(verified, credit.StoreKey, credit.ChannelKey(r.Channel[:]), &channel); err != nil {
		return err
	}
	var lane credit.Lane
	if err := value(verified, credit.StoreKey, credit.LaneKey(r.Channel[:], r.Lane), &lane); err != nil {
		return err
	}
	switch {
	case channel.Payer != r.Payer || channel.Payee != r.Provider || !bytes.Equal(channel.Signer, r.PayerKey[:]):
		return fmt.Errorf("%w: the channel is between others", receipt.ErrProvider)
	case lane.Cumulative.LT(r.Total):
		return fmt.Errorf("%w: the claim is over %s, the receipt over %s", receipt.ErrAmount, lane.Cumulative, r.Total)
	case !bytes.Equal(lane.Head, head[:]):
		return fmt.Errorf("%w: the claim on lane %d has another head", receipt.ErrChain, lane.Lane)
	}
	money := ""
	switch hex.EncodeToString(lane.Model) {
	case "": // a voucher of the first format names none
	case r.ModelDigest:
		money = ", paid for this model"
	default: // the next job's voucher may have been claimed at the same head
		v.open("the lane's last voucher pays for another model, so this claim does not tell for which one this answer's price was counted")
	}
	v.found(Settled, "in the claim of block %d: %s acredit in all on lane %d of channel %s%s", lane.Height, lane.Cumulative, lane.Lane, r.Channel, money)
	return nil
}

// parties are the receipt's provider and model as the ledger's keys need them.
func parties(r receipt.Receipt) (address, digest []byte, err error) {
	if address, err = (ethkey.AddressCodec{}).StringToBytes(r.Provider); err != nil {
		return nil, nil, fmt.Errorf("%w: provider %q: %w", receipt.ErrMalformed, r.Provider, err)
	}
	if digest, err = hex.DecodeString(r.ModelDigest); err != nil {
		return nil, nil, fmt.Errorf("%w: model digest: %w", receipt.ErrMalformed, err)
	}
	return address, digest, nil
}

// decoder is what entries of the state decode to.
type decoder interface{ Unmarshal(data []byte) error }

func value(verified proof.Verified, store string, key []byte, m decoder) error {
	raw, ok := verified.Value(store, key)
	if !ok {
		return fmt.Errorf("%w: the bundle proves other entries of %s", receipt.ErrProof, store)
	}
	if err := m.Unmarshal(raw); err != nil {
		return fmt.Errorf("%w: entry of %s: %w", receipt.ErrProof, store, err)
	}
	return nil
}

// holds tells whether a provider has or had a receipt key; until is the height at which it gave the key up, zero while it has it.
func holds(p provider.Provider, key receipt.Key) (until int64, held bool) {
	if bytes.Equal(p.ReceiptKey, key[:]) {
		return 0, true
	}
	for _, old := range p.RetiredKeys {
		if bytes.Equal(old.Key, key[:]) {
			return old.UntilHeight, true
		}
	}
	return 0, false
}
