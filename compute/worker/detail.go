package worker

import (
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox"
)

// Detail is all that a tenant sees of a lease.
type Detail struct {
	Lease      string        `json:"lease"`
	Name       string        `json:"name,omitempty"`
	Phase      lease.Phase   `json:"phase"`
	Ready      bool          `json:"ready"`
	Text       string        `json:"detail,omitempty"`
	Replicas   []Replica     `json:"replicas,omitempty"`
	Tasks      []TaskDetail  `json:"tasks,omitempty"`
	Ports      []Port        `json:"ports,omitempty"`
	ClosedAt   time.Time     `json:"closed_at,omitzero"`
	Reason     string        `json:"reason,omitempty"`
	VolumesFor time.Duration `json:"volumes_for,omitempty"` // after the end
}

// Replica is one container of a service.
type Replica struct {
	Name       string        `json:"name"`
	Service    string        `json:"service"`
	Phase      string        `json:"phase"` // starting, running, restarting, ended
	Restarts   int           `json:"restarts"`
	Exit       *int          `json:"exit,omitempty"` // of the last time that it ended
	Reason     string        `json:"reason,omitempty"`
	Text       string        `json:"detail,omitempty"`
	Started    time.Time     `json:"started,omitzero"`
	CPU        time.Duration `json:"cpu"`
	Memory     int64         `json:"memory"`
	Checkpoint *Checkpoint   `json:"checkpoint,omitempty"`
}

// TaskDetail is one task of a batch.
type TaskDetail struct {
	Index  int             `json:"index"`
	Phase  string          `json:"phase"` // waiting, running, done
	Tries  int             `json:"tries"`
	Exit   int             `json:"exit"`
	Reason string          `json:"reason,omitempty"`
	Digest artifact.Digest `json:"digest,omitempty"`
	Size   int64           `json:"size,omitempty"`
}

// Port is one that can be forwarded.
type Port struct {
	Service string `json:"service"`
	Port    int    `json:"port"` // in the container
	As      int    `json:"as"`
}

// Detail says how a lease stands.
func (w *Worker) Detail(id string) (Detail, error) {
	d, err := w.held(id)
	if err != nil {
		return Detail{}, err
	}
	s := d.status()
	d.mu.Lock()
	r, plan := d.record, d.plan
	d.mu.Unlock()
	detail := Detail{Lease: id, Phase: s.Phase, Ready: s.Ready, Text: s.Detail, ClosedAt: r.Closed, VolumesFor: r.Keep}
	if !r.Closed.IsZero() {
		detail.Reason = sentence(r.Reason)
	}
	if plan == nil {
		return detail, nil
	}
	detail.Name = plan.Name
	if plan.Kind == manifest.KindBatch {
		detail.Tasks = d.taskDetails(plan)
		return detail, nil
	}
	for _, m := range members(plan) {
		detail.Replicas = append(detail.Replicas, d.replicaDetail(m))
	}
	for _, service := range plan.Services {
		for _, e := range service.Expose {
			if e.Global {
				detail.Ports = append(detail.Ports, Port{Service: service.Name, Port: e.Port, As: e.As})
			}
		}
	}
	return detail, nil
}

func (d *deal) replicaDetail(m member) Replica {
	r := d.replica(m.name)
	view := Replica{Name: m.name, Service: m.service.Name, Phase: "starting", Restarts: r.Restarts, Reason: r.Reason, Text: r.Detail}
	if !r.Ended.IsZero() {
		view.Phase, view.Exit = "restarting", &r.Exit
	}
	if s, err := d.w.cfg.Runtime.State(d.container(m.name)); err == nil {
		view.Started, view.CPU, view.Memory = s.Started, s.CPU, s.Memory
		if s.Phase == sandbox.Running {
			view.Phase = "running"
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.record.Done || d.record.Failed != 0 || !d.record.Closed.IsZero() {
		view.Phase = "ended"
	}
	if c, ok := d.record.Kept[m.name]; ok && c.Digest != "" {
		view.Checkpoint = &c
	}
	return view
}

func (d *deal) taskDetails(plan *manifest.Deployment) []TaskDetail {
	tasks := d.tasks(plan)
	list := make([]TaskDetail, 0, len(tasks))
	for _, t := range tasks {
		phase := "waiting"
		switch {
		case t.Done:
			phase = "done"
		case t.Tries > 0:
			phase = "running"
		}
		list = append(list, TaskDetail{t.Index, phase, t.Tries, t.Exit, t.Reason, t.Digest, t.Size})
	}
	return list
}
