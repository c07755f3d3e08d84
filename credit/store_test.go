package credit_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
)

func TestStoreOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space?&#%41", "ayni.db")
	store, err := service.OpenStore(t.Context(), path)
	must(t, err)
	must(t, store.Close())
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	for _, refused := range []struct {
		name    string
		prepare func(string)
		want    error
	}{
		{"a later version", func(path string) { exec(t, path, `PRAGMA user_version = 2`) }, service.ErrVersion},
		{"not a database", func(path string) { must(t, os.WriteFile(path, []byte(strings.Repeat("x", 5000)), 0o600)) }, service.ErrStoreOpen},
		{"a folder", func(path string) { must(t, os.Mkdir(path, 0o700)) }, service.ErrStoreOpen},
	} {
		t.Run(refused.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ayni.db")
			refused.prepare(path)
			_, err := service.OpenStore(t.Context(), path)
			wantError(t, err, refused.want)
		})
	}
}

// TestStoreDurable holds the two settings on which "on the disk when it returns" stands.
func TestStoreDurable(t *testing.T) {
	t.Parallel()
	journal, synchronous, err := service.Pragmas(newWorld(t, 1).payeeStore)
	must(t, err)
	if journal != "wal" || synchronous != 2 {
		t.Errorf("journal %q, synchronous %d; want wal and 2 (full)", journal, synchronous)
	}
}

// TestDiskFull holds that a voucher that could not be stored is not served against, and that all works again afterwards.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	s := w.start("job")
	must(t, s.pay(200))
	_, before := w.audit()
	must(t, service.LimitPages(w.payeeStore, 1))
	r := func() error {
		s.usage = receipt.Usage{Prompt: 20, Completion: 10}
		_, err := s.finish()
		return err
	}()
	wantError(t, r, service.ErrDiskFull)
	if _, err := s.payee.Accept(w.ctx, receipt.Voucher{}); err == nil {
		t.Error("the lane goes on after a failed write")
	}
	s.release()
	must(t, service.LimitPages(w.payeeStore, 1<<30))
	_, after := w.audit()
	if !before.promised.Equal(after.promised) {
		t.Errorf("promised %s before and %s after", before.promised, after.promised)
	}
	w.serve("next", 1)
	payer, payee := w.audit()
	// Whether the receipt or its final voucher was the first without room, both sides agree on what was paid.
	if got := payer.receipts.SubRaw(230); !got.Equal(math.NewInt(200)) && !got.Equal(math.NewInt(500)) {
		t.Errorf("the job that met a full disk cost %s, want 200 aborted or 500 complete", got)
	}
	wantAmount(t, "payee's receipts", payee.receipts, payer.receipts.Int64())

	must(t, service.LimitPages(w.payerStore, 1))
	lane := w.lane()
	held, resumed, err := w.payee.Resume(w.ctx, lane.Open("full"))
	must(t, err)
	must(t, lane.Adopt(w.ctx, resumed))
	wantError(t, lane.Begin(w.ctx, big(w.terms("full"))), service.ErrDiskFull)
	held.Release()
	lane.Release()
	must(t, service.LimitPages(w.payerStore, 1<<30))
	w.serve("and again", 1)
}

// big terms need a page of their own.
func big(terms service.Terms) service.Terms {
	terms.Model = strings.Repeat("m", 20_000)
	return terms
}

func TestStoredReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	first := w.serve("first", 1)
	w.ledger.set(func() { w.ledger.now = w.ledger.now.Add(1e9) })
	second := w.serve("second", 2)

	list, err := w.payeeStore.Receipts(w.ctx, service.AsPayee, 0, 1)
	must(t, err)
	if len(list) != 1 || list[0].Receipt.ID != second.ID || list[0].Role != service.AsPayee {
		t.Fatalf("newest: %+v", list)
	}
	list, err = w.payeeStore.Receipts(w.ctx, service.AsPayee, second.FinishedMS, 10)
	must(t, err)
	if len(list) != 1 || list[0].Receipt.ID != first.ID {
		t.Fatalf("page: %+v", list)
	}
	found, err := w.payeeStore.ReceiptByRequest(w.ctx, service.AsPayee, payerAddress, "first")
	must(t, err)
	if found.Receipt.ID != first.ID {
		t.Fatal("another receipt was found")
	}
	for _, absent := range []func() error{
		func() error {
			return err2(w.payeeStore.ReceiptByRequest(w.ctx, service.AsPayee, "ayni1other", "first"))
		},
		func() error { return err2(w.payeeStore.Receipt(w.ctx, "r-none")) },
		func() error { return err2(w.payeeStore.Proof(w.ctx, string(first.ID), "settled")) },
		func() error { return w.payeeStore.SaveDelivery(w.ctx, first.ID, receipt.Delivery{}) }, // not the payee's to say
	} {
		wantError(t, absent(), service.ErrNotFound)
	}

	digest, err := first.Digest()
	must(t, err)
	note := receipt.Delivery{Receipt: digest, Request: first.Request, Endpoint: "/v1/completions", Status: 200}
	must(t, w.payer.SignDelivery(&note))
	must(t, w.payerStore.SaveDelivery(w.ctx, first.ID, note))
	must(t, w.payerStore.SaveProof(w.ctx, string(first.ID), "settled", json.RawMessage(`{"a":1}`)))
	stored, err := w.payerStore.Receipt(w.ctx, first.ID)
	must(t, err)
	must(t, stored.Delivery.Check(stored.Receipt))
	if stored.Salt.Digest() != first.SaltDigest {
		t.Error("the opening is another receipt's")
	}
	proof, err := w.payerStore.Proof(w.ctx, string(first.ID), "settled")
	must(t, err)
	if string(proof) != `{"a":1}` {
		t.Errorf("proof %s", proof)
	}
}

// TestAuditFinds holds that an audit sees what a hand in the file changed.
func TestAuditFinds(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"lane's sum":       `UPDATE lanes SET base = '1'`,
		"lane's head":      `UPDATE lanes SET tip = zeroblob(32)`,
		"receipt missing":  `DELETE FROM receipts WHERE seq = 0`,
		"receipt replaced": `UPDATE receipts SET body = replace(body, '"finish":"stop"', '"finish":"length"')`,
		"job lost":         `DELETE FROM jobs`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4)
			w.serve("one", 1)
			w.serve("two", 1)
			s := w.start("open")
			must(t, s.pay(200))
			s.release()
			must(t, w.payeeStore.Close())
			exec(t, w.payeePath, statement)
			w.startPayee()
			if _, err := w.payeeStore.Audit(w.ctx, service.AsPayee); err == nil {
				t.Error("the audit saw nothing")
			}
		})
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	var last receipt.Digest
	for i := range 3 {
		local, err := service.NewLocal(w.ctx, w.payerStore, w.receipts)
		must(t, err)
		terms := w.terms(request(i))
		r := job(terms).Draft
		r.ChainID, r.Provider, r.Payer, r.PayerKey = chainID, payerAddress, payerAddress, w.payer.Key()
		r.Price, r.Total = receipt.Price{Input: math.ZeroInt(), Output: math.ZeroInt()}, math.ZeroInt()
		r.Answer, r.Status, r.Metered, r.FinishedMS = receipt.Digest{1}, receipt.Complete, receipt.MeteredTokens, r.StartedMS
		r, err = local.Complete(w.ctx, r, terms.Salt)
		must(t, err)
		must(t, r.Check())
		if r.Prev != last {
			t.Fatal("the local receipts are not a chain")
		}
		last, err = r.Head()
		must(t, err)
		r.Total = math.OneInt()
		_, err = local.Complete(w.ctx, r, terms.Salt)
		wantError(t, err, service.ErrReceipt)
	}
	lanes, err := w.payerStore.Audit(w.ctx, service.AsLocal)
	must(t, err)
	if len(lanes) != 1 || lanes[0].Receipts != 3 || lanes[0].Head != last {
		t.Fatalf("local lane: %+v", lanes)
	}
}

func exec(tb testing.TB, path, statement string) {
	tb.Helper()
	db, err := sql.Open("sqlite", path)
	must(tb, err)
	_, err = db.ExecContext(context.Background(), statement)
	must(tb, errors.Join(err, db.Close()))
}

func err2[T any](_ T, err error) error { return err }
