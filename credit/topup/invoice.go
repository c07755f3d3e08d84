package topup

import (
	"fmt"
	"strings"
	"time"

	"ayni.example/internal/home"
)

// InvoiceName names the adapter of transfers.
const InvoiceName = "invoice"

// Invoice asks for a transfer. No service reports it: the operator sees the money and confirms the order.
type Invoice struct{ payTo string }

// Name implements Adapter.
func (Invoice) Name() string { return InvoiceName }

// Ask implements Adapter.
func (i Invoice) Ask(o Order) Ask {
	var b strings.Builder
	fmt.Fprintf(&b, "Invoice %s of %s\n", o.Number, o.Created.Format(time.DateOnly))
	fmt.Fprintf(&b, "Prepaid use of API key %s: %s credits\n", o.Key, home.FormatCredits(o.Credits))
	fmt.Fprintf(&b, "Sum: %s, due on %s\n", o.Sum, o.Due.Format(time.DateOnly))
	fmt.Fprintf(&b, "Pay to:\n  %s\n", strings.ReplaceAll(strings.TrimSpace(i.payTo), "\n", "\n  "))
	fmt.Fprintf(&b, "Write on the transfer: %s", o.Number)
	return Ask{Text: b.String()}
}

var _ Adapter = Invoice{}
