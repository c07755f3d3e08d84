package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"ayni.example/internal/canon"
	"ayni.example/provenance/pool"
	"ayni.example/train"
	"ayni.example/x/provenance"
)

// Ledger is what a desk reads there and writes.
type Ledger interface {
	// Contributions lists all of a pool, in the order in which they were committed.
	Contributions(ctx context.Context, pool []byte) ([]provenance.Contribution, error)
	// Contribution is one of them.
	Contribution(ctx context.Context, id []byte) (provenance.Contribution, error)
	// Judge sends verdicts on contributions of one pool.
	Judge(ctx context.Context, pool []byte, verdicts []provenance.Verdict) error
}

// Config of a Desk.
type Config struct {
	Dir     string // pools lie below
	Ledger  Ledger
	Model   func(name string) (*train.Source, error) // a model of this machine
	Threads int                                      // for measuring; changes the speed only
	Every   time.Duration                            // between looks at the ledger
	Logger  *slog.Logger
}

// Desk keeps pools.
type Desk struct {
	cfg   Config
	shelf shelf
	given chan struct{} // a file came
}

// New checks the configuration.
func New(cfg Config) (*Desk, error) {
	if cfg.Dir == "" || cfg.Ledger == nil || cfg.Model == nil || cfg.Every <= 0 || cfg.Logger == nil {
		return nil, errors.New("desk of pools: want a folder, a ledger, models, a pause and a logger")
	}
	return &Desk{cfg: cfg, shelf: shelf{cfg.Dir}, given: make(chan struct{}, 1)}, nil
}

// Create begins to keep a pool.
func (d *Desk) Create(r Rules, validation []byte) error {
	if _, err := pool.ParseSchema(r.Schema); err != nil {
		return err
	}
	if sum := sha256.Sum256(validation); hex.EncodeToString(sum[:]) != r.Validation {
		return fmt.Errorf("%w: the validation text is not the one of the rules", pool.ErrReference)
	}
	return d.shelf.create(r, validation)
}

// Pools lists those that are kept here.
func (d *Desk) Pools() ([]Rules, error) { return d.shelf.pools() }

// Texts is the folder of what a pool has accepted; dir is that of the pools of a home.
func Texts(dir, name string) (string, Rules, error) {
	if !nameForm.MatchString(name) {
		return "", Rules{}, fmt.Errorf("%w: %q", ErrName, name)
	}
	s := shelf{dir}
	r, err := s.rules(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", r, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return s.path(name, dirTexts), r, err
}

// Run judges what comes until ctx ends. A pool that cannot be judged stops no other.
func (d *Desk) Run(ctx context.Context) error {
	for {
		list, err := d.shelf.pools()
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := d.look(ctx, r); err != nil && ctx.Err() == nil {
				d.cfg.Logger.Warn("pool not judged", "pool", r.Name, "error", err.Error())
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.given:
		case <-time.After(d.cfg.Every):
		}
	}
}

// judgedMost is how many verdicts go into one transaction.
const judgedMost = 32

// look judges what waits and is here, and removes what was taken back. Verdicts are on the disk before they are sent, so they are not
// computed twice.
func (d *Desk) look(ctx context.Context, r Rules) error {
	id, err := hex.DecodeString(r.Pool)
	if err != nil {
		return err
	}
	list, err := d.cfg.Ledger.Contributions(ctx, id)
	if err != nil {
		return err
	}
	var checker *pool.Checker
	var verdicts []provenance.Verdict
	var errs []error
	for _, c := range list {
		switch c.State {
		case provenance.ContributionWithdrawn:
			if err := d.shelf.remove(r.Name, c.ID); err != nil {
				errs = append(errs, fmt.Errorf("contribution %x was taken back: %w", c.ID, err))
			}
		case provenance.ContributionUnspecified, provenance.ContributionAccepted, provenance.ContributionRefused: // nothing is left to do
		case provenance.ContributionWaits:
			v, known, err := d.shelf.verdict(r.Name, c.ID)
			if err == nil && !known {
				v, known, err = d.check(ctx, r, &checker, c)
			}
			if err != nil { // it holds up no other
				errs = append(errs, fmt.Errorf("contribution %x: %w", c.ID, err))
			} else if known && len(verdicts) < judgedMost {
				verdicts = append(verdicts, provenance.Verdict{Contribution: c.ID, Accept: v.Accepted, Points: uint64(max(0, v.Points)), Reason: v.Reason})
			}
		}
	}
	if len(verdicts) > 0 {
		errs = append(errs, d.cfg.Ledger.Judge(ctx, id, verdicts))
	}
	return errors.Join(errs...)
}

// check judges one contribution whose file came; the checker is made when the first needs it.
func (d *Desk) check(ctx context.Context, r Rules, checker **pool.Checker, c provenance.Contribution) (v pool.Verdict, here bool, err error) {
	data, err := d.shelf.read(r.Name, c.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	if *checker == nil {
		if *checker, err = d.checker(r); err != nil {
			return v, false, err
		}
	}
	v, fresh, err := (*checker).Check(ctx, data)
	if err != nil {
		return v, false, err
	}
	return v, true, d.shelf.settle(r.Name, c.ID, v, []byte(strings.Join(fresh, "\n\n")))
}

func (d *Desk) checker(r Rules) (*pool.Checker, error) {
	schema, err := pool.ParseSchema(r.Schema)
	if err != nil {
		return nil, err
	}
	validation, err := d.shelf.validation(r.Name)
	if err != nil {
		return nil, err
	}
	index, err := d.shelf.index(r.Name, schema)
	if err != nil {
		return nil, err
	}
	reference := pool.Reference{Validation: validation, Threads: d.cfg.Threads, Model: func() (*train.Source, error) { return d.cfg.Model(r.Reference) }}
	return &pool.Checker{Schema: schema, Reference: reference, Index: index}, nil
}

// Commitment hides a file's digest behind a salt: who does not know the salt cannot tell which file it is.
func Commitment(salt, digest [32]byte) []byte {
	sum := canon.Sum("ayni/contribution-file/1", salt[:], digest[:])
	return sum[:]
}
