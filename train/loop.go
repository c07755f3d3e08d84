package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ayni.example/tensor/grad"
	"ayni.example/train/recipe"
)

// speedSteps is how many steps the speed shown is the mean of.
const speedSteps = 20

// loop makes the steps that are left, and measures and saves between them.
func (r *run) loop(ctx context.Context) error {
	c := r.cfg.Recipe
	if r.step == 0 {
		if err := r.before(ctx); err != nil {
			return err
		}
	}
	if r.step > 0 { // whoever is told may not have heard
		if err := r.commit(); err != nil {
			return err
		}
	}
	var times []time.Time
	saved := r.step
	for r.step < r.cfg.Steps {
		if ctx.Err() != nil {
			return r.stop(saved)
		}
		if err := r.advance(); err != nil {
			return err
		}
		if err := r.commit(); err != nil {
			return err
		}
		if times = append(times, r.cfg.Now()); len(times) > speedSteps {
			times = times[1:]
		}
		r.report(times)
		if c.Evaluate.Every > 0 && (r.step%c.Evaluate.Every == 0 || r.step == r.cfg.Steps) {
			if err := r.measure(); err != nil {
				return err
			}
			times = nil // measuring is not training
		}
		if r.step%c.Checkpoint.Every == 0 && r.step < r.cfg.Steps && r.save() {
			saved = r.step
		}
	}
	return r.end(ctx)
}

// advance makes one step.
func (r *run) advance() error {
	c := r.cfg.Recipe
	sum, err := r.trainer.Accumulate(r.plan.windows(r.step))
	if err != nil {
		return r.diverged(err)
	}
	loss := sum / float64(r.trainer.Targets())
	rate := rateAt(c.Schedule, r.step, c.Steps())
	norm, err := r.trainer.Apply(rate)
	if err != nil {
		return r.diverged(err)
	}
	r.step++
	r.log.add(r.step, loss, rate, norm)
	return nil
}

func (r *run) diverged(err error) error {
	err = fmt.Errorf("step %d: %w", r.step+1, err)
	if errors.Is(err, grad.ErrNotFinite) {
		return hinted{err, "train again with a smaller schedule.rate, a longer warm_up, or a smaller optimiser.clip"}
	}
	return err
}

func (r *run) report(times []time.Time) {
	p := Progress{Step: r.step, Stop: r.cfg.Steps, Loss: r.log.Mean, Tokens: r.tokens()}
	if n := len(times) - 1; n > 0 {
		each := times[n].Sub(times[0]).Seconds() / float64(n)
		b := r.cfg.Recipe.Batch
		p.Speed = float64(b.Windows*b.Length) / max(each, 1e-9)
		p.Left = time.Duration(each * float64(r.cfg.Steps-r.step) * float64(time.Second))
	}
	if n := len(r.log.Held); n > 0 {
		p.Held = r.log.Held[n-1].BitsPerByte
	}
	r.cfg.Progress(p)
}

// save writes a checkpoint. One that cannot be written stops nothing: those before it are still there, and the
// next one may succeed.
func (r *run) save() bool {
	state, err := r.state()
	if err == nil {
		err = r.store.Save(state)
	}
	if err != nil {
		r.cfg.Logger.Warn("checkpoint not saved; training goes on", "step", r.step, "error", err.Error())
	}
	return err == nil
}

// stop saves the state at the end of ctx.
func (r *run) stop(saved int) error {
	if saved < r.step || saved == 0 {
		state, err := r.state()
		if err == nil {
			err = r.store.Save(state)
		}
		if err != nil {
			return r.unsaved(fmt.Errorf("stopped after step %d; the last one that is saved is %d: %w", r.step, saved, err))
		}
	}
	return &StoppedError{Step: r.step, Steps: r.cfg.Recipe.Steps()}
}

// before measures given weights as they are, for the comparison at the end.
func (r *run) before(ctx context.Context) error {
	if len(r.log.Held) == 0 {
		if err := r.measure(); err != nil {
			return err
		}
	}
	if r.cfg.Recipe.Mode == recipe.Pretrain || r.log.Before != nil {
		return nil
	}
	var err error
	if r.log.Before, err = r.whole(ctx); ctx.Err() != nil {
		return r.stop(0)
	}
	return err
}

// end saves the last state, and at the end of the schedule measures all held-out text.
func (r *run) end(ctx context.Context) error {
	c := r.cfg.Recipe
	if r.step == c.Steps() && r.log.After == nil {
		var err error
		if r.log.After, err = r.whole(ctx); err != nil {
			if ctx.Err() != nil {
				return r.stop(0)
			}
			return err
		}
	}
	state, err := r.state()
	if err != nil {
		return err
	}
	return r.unsaved(r.store.Save(state))
}

// unsaved adds advice to an error of saving.
func (r *run) unsaved(err error) error {
	if err == nil {
		return nil
	}
	return hinted{err, "free some space on the disk that holds " + r.cfg.Dir + "; the same command then goes on from the last state that is saved"}
}
