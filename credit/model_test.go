package credit_test

import (
	"testing"

	"cosmossdk.io/math"

	service "ayni.example/credit"
	"ayni.example/receipt"
)

var models = [...]receipt.Digest{{0xaa}, {0xbb}, {0xcc}}

func (w *world) earned(model receipt.Digest) math.Int {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	if sum, ok := w.ledger.paidFor[model]; ok {
		return sum
	}
	return math.ZeroInt()
}

// TestEachModelEarnsItsOwn: answers of three models over one channel, claims at odd moments: the ledger counts for each model
// exactly what its receipts say, and no claim has money of two.
func TestEachModelEarnsItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 11)
	tower := w.tower(service.WatchtowerConfig{})
	want := map[receipt.Digest]math.Int{}
	lanes := map[uint32]bool{}
	for n := range 30 {
		w.model = models[w.random.IntN(len(models))]
		r := w.serve(request(n), uint64(1+w.random.IntN(9)))
		lanes[r.Lane] = true
		if sum, ok := want[w.model]; ok {
			r.Total = r.Total.Add(sum)
		}
		want[w.model] = r.Total
		if w.random.IntN(5) == 0 {
			must(t, tower.Claim(w.ctx, true))
		}
	}
	must(t, tower.Claim(w.ctx, true))
	for model, sum := range want {
		if got := w.earned(model); !got.Equal(sum) {
			t.Errorf("model %s earned %s, its receipts say %s", model, got, sum)
		}
	}
	if len(lanes) > len(models) {
		t.Errorf("%d lanes for %d models", len(lanes), len(models))
	}
}

// TestMoreModelsThanLanes: the payer claims its own vouchers when every lane holds another model's money, and goes on.
func TestMoreModelsThanLanes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	w.ledger.set(func() { w.ledger.params.LanesMax = 2 })
	for n, model := range models {
		w.model = model
		w.serve(request(n), 3)
	}
	for i, model := range models[:2] { // claimed by the payer to make room
		wantAmount(t, models[i].String(), w.earned(model), 20*inputPrice+3*outputPrice)
	}
	wantAmount(t, "third", w.earned(models[2]), 0)
	if got := len(w.ledger.claims); got != 1 {
		t.Errorf("%d claims, one makes room on both lanes", got)
	}
	payer, payee := w.audit()
	wantAmount(t, "promised", payer.promised, payee.promised.Int64())
}

// TestPayerKeepsModelsApart: what the payee hands back of a lane may be news to a payer whose store was restored; it pays
// for no other model on that lane.
func TestPayerKeepsModelsApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 13)
	held := w.lane()
	s := &session{w: w, payer: held, terms: w.terms("first")}
	must(t, s.begin())
	must(t, s.pay(200))
	w.model = models[1]
	other := &session{w: w, payer: held, terms: w.terms("first")} // the same request, of another model
	s.payee.Release()
	_, resumed, err := w.payee.Resume(w.ctx, held.Open("first"))
	must(t, err)
	must(t, held.Adopt(w.ctx, resumed))
	wantError(t, held.Begin(w.ctx, other.terms), service.ErrModel)
}

// TestPayeeKeepsModelsApart: a payer that goes on with another model on the same lane would have all of the lane's unclaimed money
// counted as that model's, whose owners may have a greater share; the payee claims first.
func TestPayeeKeepsModelsApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 14)
	w.serve("first", 3)
	lane := w.lane() // the lane of the first model, which a dishonest payer uses for the second
	defer lane.Release()
	held, _, err := w.payee.Resume(w.ctx, lane.Open("second"))
	must(t, err)
	defer held.Release()
	w.model = models[1]
	terms := w.terms("second")
	wantError(t, held.Begin(w.ctx, job(terms)), service.ErrModel)
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	must(t, held.Begin(w.ctx, job(terms)))
}

// TestLanesGoOnAfterUpgrade: a ledger that begins to pay royalties in mid-channel takes what was promised before by the first
// format, and everything after by the second; neither counts for the other.
func TestLanesGoOnAfterUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 15)
	w.ledger.set(func() { w.ledger.format = 1 })
	old := w.serve("old", 3)
	under := w.start("under way") // the first voucher is out when the ledger changes
	must(t, under.pay(200))
	w.ledger.set(func() { w.ledger.format, w.ledger.now = 2, w.ledger.now.Add(1e12) })
	under.usage = receipt.Usage{Prompt: 20, Completion: 5}
	must(t, under.pay(20*inputPrice+2*outputPrice)) // a job ends in the format that it began in
	ended, err := under.finish()
	must(t, err)
	under.release()
	fresh := w.serve("new", 7)
	if fresh.Lane == old.Lane || fresh.Lane == ended.Lane {
		t.Error("money of both formats is unclaimed on one lane")
	}
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	w.ledger.set(func() { w.ledger.now = w.ledger.now.Add(1e12) })
	again := w.serve("again", 1)
	if again.Lane != old.Lane {
		t.Errorf("lane %d, the old lanes go on once they are claimed", again.Lane)
	}
	must(t, w.tower(service.WatchtowerConfig{}).Claim(w.ctx, true))
	wantAmount(t, "without a model", w.earned(receipt.Digest{}), old.Total.Add(ended.Total).Int64())
	wantAmount(t, "of the model", w.earned(w.model), fresh.Total.Add(again.Total).Int64())
}
