package worker

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox"
	"ayni.example/sandbox/archive"
	"ayni.example/x/compute"
)

const resultLog = 1 << 20 // bytes of a task's output that go with its result

// task is what is remembered of one.
type task struct {
	Index  int             `json:"index"`
	Tries  int             `json:"tries"`
	Next   time.Time       `json:"next,omitzero"`
	Done   bool            `json:"done,omitempty"` // its result is stored, good or not
	Exit   int             `json:"exit"`
	Reason string          `json:"reason,omitempty"`
	Digest artifact.Digest `json:"digest,omitempty"`
	Size   int64           `json:"size,omitempty"`
	Anew   int             `json:"anew,omitempty"` // how often the tenant did not take its result
}

func taskName(index int) string { return "task-" + strconv.Itoa(index) }

// batch runs as many tasks at once as the service has replicas, until all have a result.
func (d *deal) batch(ctx context.Context, plan *manifest.Deployment) {
	tasks := d.tasks(plan)
	busy, left := 0, 0
	for _, t := range tasks {
		if t.Done {
			continue
		}
		left++
		if busy >= max(plan.Services[0].Count, 1) || ctx.Err() != nil {
			break
		}
		if d.try(ctx, plan, t) {
			busy++
		}
		if d.status().Phase == lease.Failed {
			return
		}
	}
	switch {
	case left == 0 && len(tasks) > 0:
		d.change(func(r *record) { r.Done, r.Ready = true, true })
		d.enter(lease.Done)
	case busy > 0:
		d.enter(lease.Running)
	}
}

// tasks are copies of what is remembered of all.
func (d *deal) tasks(plan *manifest.Deployment) []task {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.record.Tasks == nil {
		for i := range plan.Batch.Tasks {
			d.record.Tasks = append(d.record.Tasks, &task{Index: i})
		}
	}
	list := make([]task, len(d.record.Tasks))
	for i, t := range d.record.Tasks {
		list[i] = *t
	}
	return list
}

// try looks at a task, and tells whether it takes one of the places.
func (d *deal) try(ctx context.Context, plan *manifest.Deployment, t task) bool {
	name := d.container(taskName(t.Index))
	state, err := d.w.cfg.Runtime.State(name)
	switch {
	case errors.Is(err, sandbox.ErrNoService):
		if d.w.cfg.Now().Before(t.Next) {
			return true // its turn comes before others'
		}
		return d.begin(ctx, plan, t)
	case err != nil:
		d.w.cfg.Logger.Warn("the state of a task is not known; it is left alone", "lease", d.id, "task", t.Index, "error", err)
		return true
	case state.Phase == sandbox.Running || state.Phase == sandbox.Starting:
		late := plan.Batch.Timeout > 0 && d.w.cfg.Now().Sub(state.Started) > time.Duration(plan.Batch.Timeout)*time.Second
		if !late {
			return true
		}
		d.note("trouble", taskName(t.Index), fmt.Sprintf("it did not end in %d s", plan.Batch.Timeout))
		if err := d.w.cfg.Runtime.Stop(ctx, name, 0); err != nil {
			d.w.cfg.Logger.Warn("a task does not end", "lease", d.id, "task", t.Index, "error", err)
			return true
		}
		state.Reason, state.Exit = sandbox.OutOfTime, -1
	}
	if err := d.conclude(ctx, plan, t, state); err != nil && ctx.Err() == nil {
		d.note("trouble", taskName(t.Index), err.Error())
	}
	return true
}

// begin starts a task in a folder of its own.
func (d *deal) begin(ctx context.Context, plan *manifest.Deployment, t task) bool {
	t.Tries++
	reason, err := d.beginTask(ctx, plan, t)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		t.Next = d.w.cfg.Now().Add(min(d.w.cfg.Backoff<<min(t.Tries, 10), backoffMax))
	}
	d.change(func(r *record) {
		r.Tasks[t.Index] = &t
		r.Ready = r.Ready || err == nil
	})
	if err == nil {
		d.note("started", taskName(t.Index), "try "+strconv.Itoa(t.Tries))
		return true
	}
	d.note("trouble", taskName(t.Index), err.Error())
	if t.Tries >= triesMax && !d.status().Ready {
		d.fail(reason, fmt.Sprintf("%s: %v", taskName(t.Index), err))
	}
	return true
}

func (d *deal) beginTask(ctx context.Context, plan *manifest.Deployment, t task) (compute.Reason, error) {
	s, name := &plan.Services[0], taskName(t.Index)
	image, err := d.image(ctx, s, name)
	if err != nil {
		return compute.ReasonImage, err
	}
	spec := d.spec(s, name, image)
	if err := d.dropSpace(name); err != nil { // of an earlier try
		return compute.ReasonFault, err
	}
	if spec.Space, err = d.space(ctx, name, spec.Log+int64(s.Resources.Disk)); err != nil {
		return compute.ReasonFault, err
	}
	// What a task leaves in /out is its result.
	out := filepath.Join(spec.Space, "out")
	first, _ := d.w.cfg.Runtime.Users()
	if err := errors.Join(os.Mkdir(out, 0o777), os.Chmod(out, 0o777), os.Chown(out, first, first)); err != nil { //nolint:gosec // the task's user is the image's
		return compute.ReasonFault, err
	}
	spec.Mounts = append(spec.Mounts, sandbox.Mount{Source: out, Target: "/out"})
	spec.Env = append(spec.Env, "AYNI_TASK="+strconv.Itoa(t.Index), "AYNI_TASKS="+strconv.Itoa(len(plan.Batch.Tasks)))
	for key, value := range plan.Batch.Tasks[t.Index] {
		spec.Env = append(spec.Env, key+"="+value)
	}
	slices.Sort(spec.Env)
	if err := d.w.cfg.Runtime.Start(ctx, spec); err != nil {
		return compute.ReasonFault, err
	}
	return 0, nil
}

// conclude tries a failed task again, or stores what it left. A task whose tries are used up has a result too, which says so: whether it
// is worth its price is the tenant's to say.
func (d *deal) conclude(ctx context.Context, plan *manifest.Deployment, t task, s sandbox.State) error {
	name := taskName(t.Index)
	good := s.Phase == sandbox.Ended && s.Reason == sandbox.Exited && s.Exit == 0
	t.Exit, t.Reason = s.Exit, string(s.Reason)
	if s.Phase == sandbox.Lost && t.Reason == "" {
		t.Reason = "lost"
		t.Tries = max(t.Tries-1, 0) // by this machine, not by the program
	}
	if !good && t.Tries <= plan.Batch.Retries {
		d.note("ended", name, ending(s)+"; it is tried again")
		t.Next = d.w.cfg.Now().Add(min(d.w.cfg.Backoff<<min(t.Tries, 10), backoffMax))
		if err := d.w.cfg.Runtime.Remove(ctx, d.container(name)); err != nil {
			return err
		}
		d.change(func(r *record) { r.Tasks[t.Index] = &t })
		return nil
	}
	info, err := d.result(ctx, t, int64(plan.Services[0].Resources.Disk))
	if err != nil {
		return fmt.Errorf("store the result: %w", err)
	}
	t.Done, t.Digest, t.Size = true, info.Digest, info.Size
	d.change(func(r *record) { r.Tasks[t.Index] = &t })
	d.note("ended", name, ending(s)+"; its result is "+string(info.Digest))
	return errors.Join(d.w.cfg.Runtime.Remove(ctx, d.container(name)), d.dropSpace(name))
}

// result packs how a task ended, the end of its output, and what it left in /out.
func (d *deal) result(ctx context.Context, t task, most int64) (artifact.Info, error) {
	var log bytes.Buffer
	_, err := d.w.cfg.Runtime.Output(ctx, d.container(taskName(t.Index)), -resultLog, false, func(_ int64, text []byte) error {
		log.Write(text)
		return nil
	})
	if err != nil {
		return artifact.Info{}, err
	}
	how, err := json.Marshal(struct {
		Task   int    `json:"task"`
		Exit   int    `json:"exit"`
		Reason string `json:"reason"`
	}{t.Index, t.Exit, t.Reason})
	if err != nil {
		return artifact.Info{}, err
	}
	root, err := os.OpenRoot(filepath.Join(d.path("spaces", taskName(t.Index)), "out"))
	if err != nil {
		return artifact.Info{}, err
	}
	defer func() { _ = root.Close() }()
	return d.w.put(ctx, func(to io.Writer) error {
		w := tar.NewWriter(to)
		for _, f := range []struct {
			name string
			text []byte
		}{{"exit.json", how}, {"log", log.Bytes()}} {
			h := tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.text)), Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
			if err := w.WriteHeader(&h); err != nil {
				return err
			}
			if _, err := w.Write(f.text); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil { // without the end: what is in /out follows
			return err
		}
		return archive.Pack(ctx, root, ".", to, archive.Bounds{Bytes: max(most, 1)})
	}, "result of lease "+d.id)
}

// Results are those of a batch that are stored, to be told to the ledger.
func (w *Worker) Results(id string) []compute.Result {
	d, ok := w.deal(id)
	if !ok {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []compute.Result
	for _, t := range d.record.Tasks {
		if t.Done {
			sum := t.Digest.Sum()
			list = append(list, compute.Result{Index: uint32(t.Index), Digest: sum[:]})
		}
	}
	return list
}

// Rejected makes tasks anew whose results the tenant did not take. Those that have none are on their way.
func (w *Worker) Rejected(_ context.Context, id string, tasks []uint32) error {
	d, err := w.held(id)
	if err != nil {
		return err
	}
	d.mu.Lock()
	var again []*task
	for _, i := range tasks {
		if int(i) < len(d.record.Tasks) && d.record.Tasks[i].Done && d.record.Tasks[i].Anew < d.record.Retries {
			again = append(again, d.record.Tasks[i])
		}
	}
	dropped := make([]artifact.Digest, len(again))
	for i, t := range again {
		dropped[i] = t.Digest
		d.record.Tasks[t.Index] = &task{Index: t.Index, Anew: t.Anew + 1}
	}
	if len(again) > 0 {
		d.record.Done, d.phase = false, lease.Running
	}
	err = d.save()
	d.mu.Unlock()
	for i, t := range again {
		d.note("rejected", taskName(t.Index), "the tenant did not take its result; it is made anew")
		err = errors.Join(err, d.unpin(dropped[i]))
	}
	d.poke()
	return err
}
