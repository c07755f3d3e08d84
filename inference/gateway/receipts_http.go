package gateway

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"ayni.example/inference/engine"
	"ayni.example/receipt"
)

// Evidence finds what the ledger proves of a receipt, as far as it does now.
type Evidence func(ctx context.Context, r receipt.Receipt) (Proven, error)

// Proven goes into a receipt's file.
type Proven struct {
	Chain  []receipt.Digest // digests of the later receipts of the lane, up to the claimed head
	Proofs receipt.Proofs
}

const pageUsual = 50

// owned limits what a caller sees to its own receipts; the owner and admins see all.
func owned(r *http.Request) *string {
	who := callerOf(r)
	if who.admin() {
		return nil
	}
	id := who.id()
	return &id
}

// showReceipt gives a receipt as the file that `ayni verify` reads; with ?proofs=1 and the ledger's proofs in it.
func (g *Gateway) showReceipt(w http.ResponseWriter, r *http.Request) {
	id, err := receipt.ParseID(r.PathValue("id"))
	if err != nil {
		writeError(w, r.URL.Path, engine.Errorf(engine.Invalid, "receipt id: %w", err))
		return
	}
	record, err := g.cfg.Receipts.Record(r.Context(), string(id), owned(r))
	if errors.Is(err, ErrNoReceipt) {
		writeError(w, r.URL.Path, engine.Errorf(engine.NotFound, "no receipt %s here", id))
		return
	}
	if err == nil && r.URL.Query().Get("proofs") == "1" {
		err = g.prove(r.Context(), &record.File)
	}
	if err != nil {
		g.fault(r, err)
		writeError(w, r.URL.Path, err)
		return
	}
	body, err := record.File.Encode()
	if err != nil {
		g.fault(r, err)
		writeError(w, r.URL.Path, err)
		return
	}
	writeBody(w, http.StatusOK, "application/json", body)
}

func (g *Gateway) prove(ctx context.Context, file *receipt.File) error {
	if g.cfg.Evidence == nil {
		return engine.Errorf(engine.Unsupported, "this gateway has no ledger to take proofs from")
	}
	proven, err := g.cfg.Evidence(ctx, file.Receipt)
	if err != nil {
		return engine.Errorf(engine.Unavailable, "proofs: %w", err).WithHint("without ?proofs=1 the receipt comes without them")
	}
	file.Chain, file.Proofs = proven.Chain, nil
	if len(proven.Proofs.Registered)+len(proven.Proofs.Settled) > 0 {
		file.Proofs = &proven.Proofs
	}
	return nil
}

// listReceipts gives one page, newest first; `next` is the `before` of the page behind it.
func (g *Gateway) listReceipts(w http.ResponseWriter, r *http.Request) {
	limit, before := pageUsual, int64(0)
	query := r.URL.Query()
	if text := query.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > pageMost {
			writeError(w, r.URL.Path, engine.Errorf(engine.Invalid, "limit is 1 to %d", pageMost).WithParam("limit"))
			return
		}
		limit = n
	}
	if text := query.Get("before"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			writeError(w, r.URL.Path, engine.Errorf(engine.Invalid, "before is the next of an earlier page").WithParam("before"))
			return
		}
		before = n
	}
	entries, err := g.cfg.Receipts.List(r.Context(), owned(r), before, limit)
	if err != nil {
		g.fault(r, err)
		writeError(w, r.URL.Path, err)
		return
	}
	page := struct {
		Receipts []Entry `json:"receipts"`
		Next     int64   `json:"next,omitempty"`
	}{Receipts: entries}
	if len(entries) == limit {
		page.Next = entries[len(entries)-1].Number
	}
	writeJSON(w, r.URL.Path, page)
}
