package wire

import (
	"errors"
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/inference/engine"
	"ayni.example/receipt"
)

// Protocol names the streams.
const Protocol = "/ayni/inference/1"

// Bounds of frames, in bytes: open carries a whole request in base64, and quote the receipts that the payer lacks; an
// embedding's vector fits the others.
const (
	MaxOpen  = 4 << 20
	MaxFrame = 256 << 10
	MaxBody  = MaxOpen / 4 * 3 / 4 * 3 // what fits an open frame with room to spare
)

// ErrFrame refuses a frame that says nothing, several things at once, or something out of range.
var ErrFrame = errors.New("frame breaks the protocol")

// Frame says one thing: exactly one field is set.
type Frame struct {
	Open    *Open            `json:"open,omitempty"`
	Quote   *Quote           `json:"quote,omitempty"`
	Voucher *receipt.Voucher `json:"voucher,omitempty"`
	Chunk   *engine.Chunk    `json:"chunk,omitempty"`
	Vector  *Vector          `json:"vector,omitempty"`
	Due     *Due             `json:"due,omitempty"`
	End     *End             `json:"end,omitempty"`
	Resumed *credit.Resumed  `json:"resumed,omitempty"`
	Done    *Done            `json:"done,omitempty"`
	Error   *Error           `json:"error,omitempty"`
}

// Quote is the provider's answer to an open.
type Quote struct {
	Quote        receipt.QuoteID `json:"quote"`
	ReceiptID    receipt.ID      `json:"receipt_id"`
	ModelDigest  string          `json:"model_digest"`
	PriceInput   math.Int        `json:"price_input"`   // acredit per token
	PriceOutput  math.Int        `json:"price_output"`  // acredit per token
	PromptTokens uint64          `json:"prompt_tokens"` // exact, or a bound
	PromptExact  bool            `json:"prompt_exact"`  // the bound is the count
	PromptCost   math.Int        `json:"prompt_cost"`   // to pay before the answer begins
	Slice        math.Int        `json:"slice"`         // what the provider risks at most
	Lane         credit.Resumed  `json:"lane"`          // where the lane stands
	Engine       string          `json:"engine"`
	Build        string          `json:"build"`
	ReadableBy   []string        `json:"readable_by"`
	Paid         bool            `json:"paid"` // the answer was settled before; nothing is due
}

// Vector is one vector of an embedding.
type Vector struct {
	Index  int       `json:"index"`
	Values []float32 `json:"values"`
}

// Due asks for a voucher of at least this much in all.
type Due struct {
	Cumulative math.Int `json:"cumulative"`
}

// End closes the answer. The receipt is the provider's last word on it.
type End struct {
	Result  engine.Result   `json:"result"`
	Receipt receipt.Receipt `json:"receipt"`
}

// Limit bounds the next frame to read: the first in each direction may be large.
func Limit(first bool) int {
	if first {
		return MaxOpen
	}
	return MaxFrame
}

// Done says that the last voucher is on the provider's disk.
type Done struct {
	Head receipt.Digest `json:"head"`
}

// Validate asks that the frame says one thing.
func (f Frame) Validate() error {
	n := 0
	for _, set := range []bool{
		f.Open != nil, f.Quote != nil, f.Voucher != nil, f.Chunk != nil, f.Vector != nil, f.Due != nil, f.End != nil,
		f.Resumed != nil, f.Done != nil, f.Error != nil,
	} {
		if set {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("%w: it says %d things", ErrFrame, n)
	}
	if f.Due != nil { // an amount out of range would panic in the first sum
		return amount("due", f.Due.Cumulative)
	}
	return nil
}

// Kind names what the frame says.
func (f Frame) Kind() string {
	switch {
	case f.Open != nil:
		return "open"
	case f.Quote != nil:
		return "quote"
	case f.Voucher != nil:
		return "voucher"
	case f.Chunk != nil:
		return "chunk"
	case f.Vector != nil:
		return "vector"
	case f.Due != nil:
		return "due"
	case f.End != nil:
		return "end"
	case f.Resumed != nil:
		return "resumed"
	case f.Done != nil:
		return "done"
	case f.Error != nil:
		return "error"
	default:
		return "nothing"
	}
}
