package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox"
	"ayni.example/x/compute"
)

const (
	triesMax   = 5 // of what never ran: images that do not come, programs that do not begin
	backoffMax = time.Minute
	steady     = 5 * time.Minute // after which a program that ends begins anew as if for the first time
)

// replica is what is remembered of one.
type replica struct {
	Began    bool      `json:"began,omitempty"` // its folders are made, and a checkpoint is in them
	Ran      bool      `json:"ran,omitempty"`
	Tries    int       `json:"tries"` // since it last ran for long
	Restarts int       `json:"restarts"`
	Next     time.Time `json:"next,omitzero"`  // not to be started before
	Ended    time.Time `json:"ended,omitzero"` // when it last did
	Exit     int       `json:"exit"`
	Reason   string    `json:"reason,omitempty"`
	Detail   string    `json:"detail,omitempty"`
}

// member is a replica of the plan.
type member struct {
	service *manifest.Service
	name    string // SERVICE-N
	index   int    // among all
	first   bool   // of its service
}

// members lists all replicas, in the order in which they start.
func members(plan *manifest.Deployment) []member {
	var list []member
	for i := range plan.Services {
		s := &plan.Services[i]
		for n := range max(s.Count, 1) {
			list = append(list, member{service: s, name: s.Name + "-" + strconv.Itoa(n), index: len(list), first: n == 0})
		}
	}
	return list
}

// Folders are the replicas of a deployment that have a checkpoint folder.
func Folders(plan *manifest.Deployment) map[string]bool {
	names := map[string]bool{}
	for _, m := range members(plan) {
		if m.service.Checkpoint != nil {
			names[m.name] = true
		}
	}
	return names
}

// container is a replica's name at the runtime.
func (d *deal) container(name string) string { return d.short + "." + name }

// names of all containers that the lease may have.
func (d *deal) names(plan *manifest.Deployment) []string {
	var list []string
	if plan.Kind == manifest.KindBatch {
		for i := range plan.Batch.Tasks {
			list = append(list, d.container(taskName(i)))
		}
		return list
	}
	for _, m := range members(plan) {
		list = append(list, d.container(m.name))
	}
	return list
}

// serve looks at each replica and does what is due.
func (d *deal) serve(ctx context.Context, plan *manifest.Deployment) {
	all, up := members(plan), make(map[string]int)
	for _, m := range all {
		if slices.ContainsFunc(m.service.DependsOn, func(name string) bool { return up[name] == 0 }) {
			continue
		}
		if d.keep(ctx, plan, m, len(all)) {
			up[m.service.Name]++
		}
		if s := d.status(); s.Phase == lease.Failed || s.Phase == lease.Done || ctx.Err() != nil {
			return
		}
	}
	sum := 0
	for _, n := range up {
		sum += n
	}
	if sum == len(all) {
		d.enter(lease.Running)
	} else {
		d.enter(lease.Starting)
	}
	d.mu.Lock()
	ready := d.record.Ready || len(d.record.Replicas) == len(all) && !hasNotRun(d.record.Replicas)
	first := ready && !d.record.Ready
	d.mu.Unlock()
	if first {
		d.change(func(r *record) { r.Ready = true })
		d.note("ready", "", "all services have run")
		d.w.cfg.Changed()
	}
	d.checkpoints(ctx, plan, false)
}

func hasNotRun(all map[string]*replica) bool {
	for _, r := range all {
		if !r.Ran {
			return true
		}
	}
	return false
}

// replica returns a copy of what is remembered of one.
func (d *deal) replica(name string) replica {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.record.Replicas[name]; r != nil {
		return *r
	}
	return replica{}
}

func (d *deal) remember(name string, r replica) {
	d.change(func(rec *record) {
		if rec.Replicas == nil {
			rec.Replicas = make(map[string]*replica)
		}
		rec.Replicas[name] = &r
	})
}

// keep makes sure that a replica runs, and tells whether it does.
func (d *deal) keep(ctx context.Context, plan *manifest.Deployment, m member, of int) bool {
	r, name := d.replica(m.name), d.container(m.name)
	state, err := d.w.cfg.Runtime.State(name)
	switch {
	case errors.Is(err, sandbox.ErrNoService):
		if d.w.cfg.Now().Before(r.Next) {
			return false
		}
		return d.start(ctx, plan, m, of)
	case err != nil:
		d.w.cfg.Logger.Warn("the state of a service is not known; it is left alone", "lease", d.id, "service", name, "error", err)
		return false
	case state.Phase == sandbox.Running:
		if !r.Ran {
			r.Ran = true
			d.remember(m.name, r)
		}
		return true
	case state.Phase == sandbox.Starting:
		return false
	}
	if !r.Ended.Equal(ended(state)) {
		if d.ends(ctx, plan, m, r, state) {
			return false
		}
		r = d.replica(m.name)
	}
	if d.w.cfg.Now().Before(r.Next) {
		return false
	}
	r.Restarts++
	d.remember(m.name, r)
	return d.start(ctx, plan, m, of)
}

// ended is when a service did, or began if only that is known.
func ended(s sandbox.State) time.Time {
	if s.Ended.IsZero() {
		return s.Started
	}
	return s.Ended
}

// ends notes that a program did, and when it is to be started again; true when the lease ends with it.
func (d *deal) ends(ctx context.Context, plan *manifest.Deployment, m member, r replica, s sandbox.State) bool {
	ran := s.Detail == "" || r.Ran
	r.Ran, r.Ended, r.Exit, r.Reason, r.Detail = ran, ended(s), s.Exit, string(s.Reason), s.Detail
	if s.Phase == sandbox.Lost && r.Reason == "" {
		r.Reason = "lost"
	}
	if ran && r.Ended.Sub(s.Started) > steady {
		r.Tries = 0
	}
	r.Next = d.w.cfg.Now().Add(min(d.w.cfg.Backoff<<min(r.Tries, 10), backoffMax))
	r.Tries++
	d.remember(m.name, r)
	d.note("ended", m.name, ending(s))
	if plan.UntilExit && s.Phase == sandbox.Ended && s.Reason == sandbox.Exited && s.Exit == 0 {
		d.checkpoints(ctx, plan, true)
		if ctx.Err() != nil {
			d.change(func(rec *record) { rec.Replicas[m.name].Ended = time.Time{} }) // looked at again by the next process
			return true
		}
		d.change(func(rec *record) { rec.Ready, rec.Done = true, true })
		d.enter(lease.Done)
		d.w.cfg.Changed()
		return true
	}
	if !ran && r.Tries >= triesMax {
		d.fail(compute.ReasonManifest, m.name+": "+s.Detail)
		return true
	}
	return false
}

// ending says how a program did.
func ending(s sandbox.State) string {
	switch {
	case s.Phase == sandbox.Lost && s.Reason == "":
		return "it was lost: the machine started anew, or something killed it"
	case s.Reason == sandbox.OutOfMemory:
		return "it was killed for memory"
	case s.Detail != "":
		return "it could not be started: " + s.Detail
	}
	return "it exited with code " + strconv.Itoa(s.Exit)
}

// start begins a replica. What cannot be done now is tried later; what was never done is given up in the end.
func (d *deal) start(ctx context.Context, plan *manifest.Deployment, m member, of int) bool {
	reason, err := d.launch(ctx, plan, m, of)
	if ctx.Err() != nil {
		return false
	}
	r := d.replica(m.name)
	if err == nil {
		state, err := d.w.cfg.Runtime.State(d.container(m.name))
		if err != nil || state.Phase != sandbox.Running {
			return false // it has ended already, or is about to begin
		}
		r.Ran = true
		d.remember(m.name, r)
		d.note("started", m.name, "it runs")
		return true
	}
	r.Tries++
	r.Next = d.w.cfg.Now().Add(min(d.w.cfg.Backoff<<min(r.Tries, 10), backoffMax))
	d.remember(m.name, r)
	d.note("trouble", m.name, err.Error())
	if !r.Ran && r.Tries >= triesMax {
		d.fail(reason, fmt.Sprintf("%s: %v", m.name, err))
	}
	return false
}
