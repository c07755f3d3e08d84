package holding

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/artifact"
	"ayni.example/internal/clock"
	x "ayni.example/x/artifact"
)

// Owner is who pins what is pledged.
const Owner = "pledge"

const (
	// checkEvery is how often every pledged blob is hashed again.
	checkEvery = 24 * time.Hour
	// triesMost bounds the answers sent to one challenge; each waits longer than the one before.
	triesMost = 6
	tryPause  = 10 * time.Second
	// settling is how long a pin without a pledge stays: it is made before the pledge.
	settling = time.Hour
)

// Ledger is what the holder needs of it.
type Ledger interface {
	Pledges(ctx context.Context, holder string) ([]x.Pledge, error)
	Challenges(ctx context.Context, holder string) ([]x.Challenge, error)
	Submit(ctx context.Context, msgs ...sdk.Msg) error
	Blocks(ctx context.Context) <-chan int64
}

// Config of a Holder.
type Config struct {
	Store   *artifact.Store
	Dir     string // for hashes of leaves
	Address string // the holder's account
	Ledger  Ledger
	Now     clock.Clock
	Logger  *slog.Logger
}

// Holder keeps pledges.
type Holder struct {
	cfg     Config
	tries   map[string]try // of challenges that wait
	checked time.Time
	pledges *prometheus.GaugeVec
	answers *prometheus.CounterVec
}

// try is what was done about a challenge.
type try struct {
	times int
	next  time.Time
}

// New checks the configuration.
func New(cfg Config) (*Holder, error) {
	if cfg.Store == nil || cfg.Dir == "" || cfg.Address == "" || cfg.Ledger == nil || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("holder of pledges: every field is required")
	}
	return &Holder{
		cfg: cfg, tries: map[string]try{},
		pledges: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ayni_artifact_pledges", Help: "Pledged artifacts by state of the bytes here: good, bad (gone or damaged: the bond is at stake).",
		}, []string{"state"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ayni_artifact_answers_total", Help: "Answers to challenges by result: answered, failed.",
		}, []string{"result"}),
	}, nil
}

// Run pins, checks and answers until ctx ends.
func (h *Holder) Run(ctx context.Context) error {
	for range h.cfg.Ledger.Blocks(ctx) {
		if err := h.step(ctx); err != nil && ctx.Err() == nil {
			h.cfg.Logger.Debug("pledges not looked at", "error", err.Error()) // a ledger as of an older release has none
		}
	}
	return ctx.Err()
}

func (h *Holder) step(ctx context.Context) error {
	pledges, err := h.cfg.Ledger.Pledges(ctx, h.cfg.Address)
	if err != nil {
		return err
	}
	if err := h.pin(pledges); err != nil {
		h.cfg.Logger.Error("pledged artifacts not pinned", "error", err.Error())
	}
	waiting := false
	for _, p := range pledges {
		waiting = waiting || p.Waiting > 0
	}
	if waiting {
		if err := h.answerAll(ctx, pledges); err != nil {
			return err
		}
	}
	if now := h.cfg.Now(); now.Sub(h.checked) >= checkEvery {
		h.checked = now
		h.check(ctx, pledges)
	}
	return nil
}

// pin makes the pins those of the pledges.
func (h *Holder) pin(pledges []x.Pledge) error {
	pins, err := h.cfg.Store.Pins()
	if err != nil {
		return err
	}
	have := map[artifact.Digest]time.Time{} // since when
	for _, p := range pins {
		if p.Owner == Owner {
			have[p.Digest] = p.Since
		}
	}
	var errs []error
	for _, p := range pledges {
		d := digestOf(p.Digest)
		if _, ok := have[d]; !ok {
			h.checked = time.Time{} // a new one is checked at once
			errs = append(errs, h.cfg.Store.Pin(artifact.Pin{Digest: d, Owner: Owner, Reason: "pledged on the ledger"}))
		}
		delete(have, d)
	}
	for d, since := range have {
		if h.cfg.Now().Sub(since) > settling {
			errs = append(errs, h.cfg.Store.Unpin(d, Owner))
			if err := os.Remove(h.path(d)); !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// check hashes all pledged blobs; what is wrong must be mended before somebody asks.
func (h *Holder) check(ctx context.Context, pledges []x.Pledge) {
	good, bad := 0, 0
	for _, p := range pledges {
		hashes, err := h.hash(ctx, digestOf(p.Digest))
		if ctx.Err() != nil {
			return
		}
		if err == nil && x.Root(hashes) != [x.DigestSize]byte(p.Root) {
			err = errors.New("the pledge names another root than the content has")
		}
		if err == nil {
			good++
			continue
		}
		bad++
		h.cfg.Logger.Error("a pledged artifact is not here as pledged: get it again, the bond is at stake",
			"digest", string(digestOf(p.Digest)), "until", time.Unix(p.Until, 0).UTC(), "error", err.Error())
	}
	h.pledges.WithLabelValues("good").Set(float64(good))
	h.pledges.WithLabelValues("bad").Set(float64(bad))
}

// answerAll answers what waits.
func (h *Holder) answerAll(ctx context.Context, pledges []x.Pledge) error {
	challenges, err := h.cfg.Ledger.Challenges(ctx, h.cfg.Address)
	if err != nil {
		return err
	}
	by := map[string]x.Pledge{}
	for _, p := range pledges {
		by[string(p.Digest)] = p
	}
	now, waiting := h.cfg.Now(), map[string]try{}
	for _, c := range challenges {
		key := fmt.Sprintf("%x %d", c.Digest, c.Leaf)
		t := h.tries[key]
		if p, pledged := by[string(c.Digest)]; pledged && t.times < triesMost && !now.Before(t.next) {
			t.times++
			t.next = now.Add(tryPause << t.times)
			h.answer(ctx, p, c.Leaf)
		}
		waiting[key] = t
	}
	h.tries = waiting // what is answered is forgotten
	return nil
}

func (h *Holder) answer(ctx context.Context, p x.Pledge, leaf uint64) {
	d := string(digestOf(p.Digest))
	data, path, err := h.proof(ctx, p, leaf)
	if err == nil {
		err = h.cfg.Ledger.Submit(ctx, &x.MsgAnswer{Sender: h.cfg.Address, Holder: p.Holder, Digest: p.Digest, Leaf: leaf, Data: data, Path: path})
	}
	if err != nil {
		h.answers.WithLabelValues("failed").Inc()
		h.cfg.Logger.Error("challenge not answered: the bond is at stake", "digest", d, "leaf", leaf, "error", err.Error())
		return
	}
	h.answers.WithLabelValues("answered").Inc()
	h.cfg.Logger.Info("challenge answered", "digest", d, "leaf", leaf)
}

var _ prometheus.Collector = (*Holder)(nil)

// Describe implements prometheus.Collector.
func (h *Holder) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(h, to) }

// Collect implements prometheus.Collector.
func (h *Holder) Collect(to chan<- prometheus.Metric) {
	h.pledges.Collect(to)
	h.answers.Collect(to)
}

func digestOf(raw []byte) artifact.Digest {
	return artifact.Digest(artifact.Prefix + hex.EncodeToString(raw))
}
