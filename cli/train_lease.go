package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/training"
	"ayni.example/internal/home"
	"ayni.example/tensor/trace"
	"ayni.example/train"
	"ayni.example/train/checkpoint"
	"ayni.example/web/operator"
)

const (
	// lookEvery is between looks at a leased training.
	lookEvery = time.Second
	// orderFile in the run's folder names the order that trains there.
	orderFile = "order"
	// segmentsAim is into how many segments a run is cut unless --segment says otherwise.
	segmentsAim = 32
	segmentMost = 256
)

// leaseFlags are what the command line may say of a training on another machine.
type leaseFlags struct {
	price, deposit string
	audit          string
	useMax         string
	segment        int
	providers      []string
	detach, wait   bool
}

// trainLeased has the recipe trained on a machine of the network, and finishes it here: with the digests of a run on this machine. It gives
// the order's id.
func (a *app) trainLeased(ctx context.Context, name string, cfg train.Config, f leaseFlags, bar *bar) (string, error) {
	remote, err := a.remote()
	if err != nil {
		return "", hint(err, "--local trains on this machine; without it the recipe is trained on the network, by the process of `ayni up`")
	}
	if cfg.Steps != 0 && cfg.Steps != cfg.Recipe.Steps() {
		return "", hint(usage(errors.New("--steps cuts a run on this machine")), "budget: in the recipe says how long a leased one is, or add --local")
	}
	order, err := a.training(ctx, remote, name, cfg, f)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(a.stderr, "order %s; `ayni compute order %s` tells more, and the same command goes on watching\n", order.ID, short(order.ID))
	if f.detach {
		return order.ID, a.print(order, table{rows: [][]string{{"order", order.ID}, {"state", order.State}}})
	}
	if order, err = a.watchTraining(ctx, remote, order.ID, f.wait, bar); err != nil {
		return order.ID, err
	}
	return order.ID, a.takeTrained(ctx, order, cfg)
}

// training is the order of the run's folder: the one that was placed before, or a new one.
func (a *app) training(ctx context.Context, remote *operator.Client, name string, cfg train.Config, f leaseFlags) (operator.ComputeOrder, error) {
	file := filepath.Join(cfg.Dir, orderFile)
	text, err := os.ReadFile(file)
	if err == nil {
		order, err := remote.ComputeOrder(ctx, strings.TrimSpace(string(text)))
		if err == nil && (order.State != "closed" || finished(order, true)) {
			return order, nil
		}
		if err != nil {
			return order, advise(fmt.Errorf("the order in %s: %w", file, err))
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return operator.ComputeOrder{}, err
	}
	order, err := a.placeTraining(ctx, remote, name, cfg, f)
	if err != nil {
		return order, err
	}
	if err := os.MkdirAll(cfg.Dir, 0o750); err != nil {
		return order, err
	}
	return order, home.WriteFile(file, []byte(order.ID+"\n"))
}

func (a *app) placeTraining(ctx context.Context, remote *operator.Client, name string, cfg train.Config, f leaseFlags) (operator.ComputeOrder, error) {
	steps := cfg.Recipe.Steps()
	if f.segment == 0 {
		f.segment = min(max(1, steps/segmentsAim), segmentMost)
	}
	job, plan, err := train.Job(cfg, f.segment)
	if err != nil {
		if errors.Is(err, trace.ErrShape) {
			return operator.ComputeOrder{}, hint(err, "a stranger's work on it could not be disputed; --local trains it on this machine")
		}
		return operator.ComputeOrder{}, advised(err)
	}
	pack, err := a.packRecipe(ctx, name, cfg)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	inputs, err := a.inputs(ctx, cfg.Recipe, plan.Materials)
	if err != nil {
		return operator.ComputeOrder{}, fmt.Errorf("lineage of the recipe's inputs: %w", err)
	}
	order, err := remote.PlaceTraining(ctx, operator.TrainingRequest{
		Name: cfg.Recipe.Name, Pack: string(pack), Data: inputs, Job: job.Encode(), Steps: uint64(steps), Segment: uint64(f.segment),
		Price: f.price, Deposit: f.deposit, AuditFee: f.audit, UseMax: f.useMax, Standing: true, Providers: f.providers,
	})
	return order, advise(err)
}

// packRecipe stores and pins the recipe with all that its run reads, for the machine that trains.
func (a *app) packRecipe(ctx context.Context, name string, cfg train.Config) (artifact.Digest, error) {
	store, err := a.artifacts()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	out, in := io.Pipe()
	go func() { in.CloseWithError(train.Pack(cfg, text, in)) }()
	owner := pinOwner
	if _, pooled := cfg.Recipe.Pool(); pooled {
		owner = artifact.Confidential // only those who train and audit get it
	}
	info, err := store.PutPinned(ctx, out, owner, "recipe "+cfg.Recipe.Name+" with its data")
	return info.Digest, errors.Join(err, out.Close())
}

// finished tells that all segments of an order stand or, unless one waits for that, that all are committed.
func finished(o operator.ComputeOrder, wait bool) bool {
	t := o.Training
	return t != nil && (t.Stand == t.Segments || !wait && t.Committed == t.Segments)
}

// lastState is the state after the last segment: its root, and the artifact that holds it.
func lastState(t *operator.ComputeTraining) (root, state string) {
	root, state = t.Root, t.State
	for _, s := range t.Waiting {
		if s.Index+1 == t.Segments {
			root, state = s.Root, s.State
		}
	}
	return root, state
}

// watchTraining shows how an order goes until its training is there.
func (a *app) watchTraining(ctx context.Context, remote *operator.Client, id string, wait bool, bar *bar) (operator.ComputeOrder, error) {
	said := ""
	for {
		order, err := remote.ComputeOrder(ctx, id)
		switch {
		case ctx.Err() != nil:
			return order, hint(ctx.Err(), "the order goes on; the same command watches it again, `ayni compute close %s` ends it", short(id))
		case err != nil:
			return order, advise(err)
		case finished(order, wait):
			bar.end()
			if t := order.Training; t.Stand < t.Segments {
				fmt.Fprintf(a.stderr, "%d of %d segments can still be disputed; --wait waits until none can\n", t.Segments-t.Stand, t.Segments)
			}
			return order, nil
		case order.State == "closed":
			bar.end()
			return order, hint(fmt.Errorf("the order ended before the training: %s", order.Reason), "what stands is kept: `ayni compute order %s`; the same command places a new order", short(id))
		}
		if now := orderLine(order); now != said {
			said = now
			fmt.Fprintln(above{bar}, now)
		}
		if n := len(order.Leases); n > 0 {
			if p, err := remote.ComputeProgress(ctx, order.Leases[n-1].ID); err == nil && p.Step > 0 {
				bar.show(train.Progress{Step: p.Step, Stop: p.Steps, Loss: p.Loss, Speed: p.Speed, Held: p.Held})
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
}

// orderLine says in a line where an order stands.
func orderLine(o operator.ComputeOrder) string {
	if len(o.Leases) == 0 || o.State == "open" {
		return fmt.Sprintf("waiting for a machine; `ayni compute explain %s` tells why none comes", short(o.ID))
	}
	l := o.Leases[len(o.Leases)-1]
	return fmt.Sprintf("%s on %s: segments %d reached, %d of %d stand, %s credits paid", l.State, l.Name, o.Training.Committed, o.Training.Stand, o.Training.Segments, o.Paid)
}

// takeTrained brings the last state here, and exports it as a run of this machine would.
func (a *app) takeTrained(ctx context.Context, o operator.ComputeOrder, cfg train.Config) error {
	store, err := a.artifacts()
	if err != nil {
		return err
	}
	want, holder := lastState(o.Training)
	d, err := artifact.ParseDigest(holder)
	if err != nil {
		return err
	}
	if _, err := store.Stat(d); err != nil {
		if _, err := a.fetch(ctx, store, operator.ArtifactRequest{Digest: string(d)}); err != nil {
			return err
		}
	}
	state, err := training.ReadState(store, d)
	if err != nil {
		return err
	}
	if root := train.StateRoot(state); hex.EncodeToString(root[:]) != want {
		return fmt.Errorf("artifact %s is not the state that stands on the ledger", d)
	}
	checkpoints, err := checkpoint.Open(checkpoint.Config{Dir: filepath.Join(cfg.Dir, "checkpoints"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(checkpoints.Save(state), checkpoints.Close())
}
