package training

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/tensor/trace"
	"ayni.example/train"
	"ayni.example/train/checkpoint"
	"ayni.example/train/recipe"
	"ayni.example/x/compute"
)

// failure is one that ends a lease, and says so to the ledger.
type failure struct {
	reason compute.Reason
	error
}

func (f failure) Unwrap() error { return f.error }

// PackMost is how many bytes a pack may have, so that no tenant fills a disk by a digest.
const PackMost = 1 << 36

// headMost is what an artifact of a state has beside the numbers: shapes and measurements.
const headMost = 64<<20 + 4<<10

// StateMost is how many bytes the artifact of a state of a job may have.
func StateMost(encoded []byte) (int64, error) {
	job, err := trace.DecodeJob(encoded)
	if err != nil {
		return 0, err
	}
	program, err := trace.NewProgram(job.Shape)
	if err != nil {
		return 0, err
	}
	most := int64(headMost)
	for i := range program.State() {
		t := program.Before(i)
		most += 4 * int64(t.Rows) * int64(t.Cols)
	}
	return most, nil
}

// fetch brings an artifact here and keeps it.
func (r *run) fetch(ctx context.Context, digest []byte, why string, most int64) (artifact.Digest, error) {
	d := artifact.Digest(artifact.Prefix + hex.EncodeToString(digest))
	if _, err := r.worker.cfg.Store.Stat(d); err == nil {
		return d, nil
	}
	r.log.Info("fetching", "what", why, "artifact", string(d))
	if err := r.worker.cfg.Fetch(ctx, d, most); err != nil {
		return d, failure{compute.ReasonData, fmt.Errorf("fetch %s: %w", why, err)}
	}
	return d, nil
}

// open gives the recipe of the order, unpacked once.
func (r *run) open(ctx context.Context, t *compute.Training) (*recipe.Recipe, error) {
	r.set(func(p *Progress) { p.Phase = lease.Fetching })
	d := artifact.Digest(artifact.Prefix + hex.EncodeToString(t.Recipe))
	store, tenant := r.worker.cfg.Store, r.given.Lease.Tenant
	if of, err := PackTenant(store, d); err != nil {
		return nil, err
	} else if of != tenant && tenant != r.given.Lease.Provider && store.PinnedBy(d, artifact.Confidential) {
		return nil, failure{compute.ReasonData, fmt.Errorf("pack %s came for another tenant's order: who cannot hand it over has nothing trained on it", d)}
	}
	pack, err := TakePack(ctx, store, d, r.dir, tenant, func(ctx context.Context) error {
		_, err := r.fetch(ctx, t.Recipe, "pack of the recipe", PackMost)
		return err
	})
	if err != nil {
		return nil, err
	}
	return train.OpenPacked(pack)
}

// check computes the job from the recipe: a tenant may have packed another one than it ordered.
func (r *run) check(cfg train.Config, t *compute.Training) error {
	r.set(func(p *Progress) { p.Phase, p.Detail = lease.Starting, "computing the job from its recipe" })
	want, err := trace.DecodeJob(t.Job)
	if err != nil {
		return failure{compute.ReasonData, err}
	}
	job, plan, err := train.Job(cfg, int(want.Segment))
	if err != nil {
		return failure{compute.ReasonData, err}
	}
	if err := named(t, plan.Materials); err != nil {
		return failure{compute.ReasonData, err}
	}
	if !bytes.Equal(job.Encode(), t.Job) {
		return failure{compute.ReasonData, errors.New("the recipe in the pack gives another job than the order's: other data, hyper-parameters or weights")}
	}
	return nil
}

// named tells whether the base model is among the inputs that the order names, if it names any: what the ledger says a result was made
// from must be what it was made from.
func named(t *compute.Training, m train.Materials) error {
	if len(t.Data) == 0 || m.Base == "" {
		return nil
	}
	base := artifact.Digest(m.Base).Sum()
	for _, d := range t.Data {
		if bytes.Equal(d, base[:]) {
			return nil
		}
	}
	return fmt.Errorf("the order names %d inputs and not the base model in its pack, %s", len(t.Data), m.Base)
}

// adopt puts the state that stands on the ledger into the run's folder, unless what is there has come further.
func (r *run) adopt(ctx context.Context, dir string) error {
	stands := r.given.Progress
	if stands.Segments == 0 {
		return nil
	}
	_, to := r.given.Spec.Training.Span(stands.Segments - 1)
	if have, err := r.reached(dir); err != nil || have >= to {
		return err
	}
	r.set(func(p *Progress) { p.Phase = lease.Fetching })
	most, err := StateMost(r.given.Spec.Training.Job)
	if err != nil {
		return failure{compute.ReasonData, err}
	}
	d, err := r.fetch(ctx, stands.State, "state after the last segment that stands", most)
	if err != nil && ctx.Err() == nil {
		r.log.Warn("nobody has the state that stands; training from the beginning, to the same bits", "error", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	state, err := ReadState(r.worker.cfg.Store, d)
	if err != nil {
		return failure{compute.ReasonData, err}
	}
	if root := train.StateRoot(state); !bytes.Equal(root[:], stands.Root) || state.Step != to {
		return failure{compute.ReasonData, fmt.Errorf("artifact %s is not the state that stands on the ledger", d)}
	}
	store, err := checkpoint.Open(checkpoint.Config{Dir: filepath.Join(dir, "checkpoints"), Logger: r.log})
	if err != nil {
		return err
	}
	return errors.Join(store.Save(state), store.Close())
}

// complete begins again where segments that the ledger waits for were passed and are not noted: a disk lost them.
func (r *run) complete(dir string, t *compute.Training, known map[uint64]segment) error {
	have, err := r.reached(dir)
	if err != nil {
		return err
	}
	for i := r.given.Lease.Next; i < t.Segments(); i++ {
		if _, to := t.Span(i); to > have {
			return nil
		}
		if _, noted := known[i]; !noted {
			r.log.Warn("a segment that was trained is not noted; training again from the last state that stands", "segment", i)
			return os.RemoveAll(dir)
		}
	}
	return nil
}

// reached is the step of the newest checkpoint in the folder.
func (r *run) reached(dir string) (uint64, error) {
	store, err := checkpoint.Open(checkpoint.Config{Dir: filepath.Join(dir, "checkpoints"), Logger: r.log})
	if err != nil {
		return 0, err
	}
	state, err := store.Load()
	if err = errors.Join(err, store.Close()); err != nil || state == nil {
		return 0, err
	}
	return state.Step, nil
}

// ReadState reads the state in an artifact.
func ReadState(store *artifact.Store, d artifact.Digest) (*checkpoint.State, error) {
	f, err := store.Open(d)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	state, err := checkpoint.Decode(f, info.Size())
	return state, errors.Join(err, f.Close())
}
