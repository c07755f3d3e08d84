package manifest

import (
	"cmp"
	"maps"
	"slices"
)

// Public is what an order says on the ledger. It holds no command, no variable and no secret.
type Public struct {
	Digest    Digest    `json:"digest"` // of the encoded deployment
	Kind      Kind      `json:"kind"`
	Resources Total     `json:"resources"`
	Place     Placement `json:"place"`
	Price     uint64    `json:"price,string"` // acredit per second, or per task of a batch, at most
	Standing  bool      `json:"standing,omitempty"`
	UntilExit bool      `json:"until_exit,omitempty"`
	Reclaim   uint64    `json:"reclaim,omitempty"` // seconds
	Tasks     int       `json:"tasks,omitempty"`
	Retries   int       `json:"retries,omitempty"`
	Review    uint64    `json:"review,omitempty"` // seconds
}

// Total is what all replicas of all services need together.
type Total struct {
	MilliCPU uint64           `json:"milli_cpu"`
	Memory   uint64           `json:"memory"` // bytes, volumes of ClassRAM included
	Disk     uint64           `json:"disk"`   // bytes of scratch
	Storage  map[Class]uint64 `json:"storage,omitempty"`
	GPUs     []GPU            `json:"gpus,omitempty"`
}

// archAttribute is how an order asks for an architecture.
const archAttribute = "arch"

// Public returns what may be published of the deployment. It fails when the deployment cannot be encoded.
func (d *Deployment) Public() (Public, error) {
	data, err := d.Encode()
	if err != nil {
		return Public{}, err
	}
	p := Public{
		Digest: Sum(data), Kind: d.Kind, Resources: d.Total(), Place: d.Place, Price: d.Price, Standing: d.Standing,
		UntilExit: d.UntilExit, Reclaim: d.Reclaim,
	}
	if b := d.Batch; b != nil {
		p.Tasks, p.Retries, p.Review = len(b.Tasks), b.Retries, b.Review
	}
	for _, s := range d.Services {
		if s.Resources.Arch == "" || p.Place.Attributes[archAttribute] != "" { // the check has seen that they agree
			continue
		}
		p.Place.Attributes = maps.Clone(p.Place.Attributes)
		if p.Place.Attributes == nil {
			p.Place.Attributes = make(map[string]string)
		}
		p.Place.Attributes[archAttribute] = s.Resources.Arch
	}
	return p, nil
}

// Total adds up what the services need. Validate bounds each part, so that nothing overflows.
func (d *Deployment) Total() Total {
	t := Total{Storage: make(map[Class]uint64)}
	for _, s := range d.Services {
		n, r := uint64(s.Count), s.Resources
		t.MilliCPU += n * r.MilliCPU
		t.Memory += n * r.Memory
		t.Disk += n * r.Disk
		for _, v := range r.Volumes {
			if v.Class == ClassRAM {
				t.Memory += n * v.Size
			} else {
				t.Storage[v.Class] += n * v.Size
			}
		}
		if r.GPU != nil {
			t.addGPU(*r.GPU, n)
		}
	}
	return t
}

// addGPU adds cards to the entry that accepts the same ones.
func (t *Total) addGPU(g GPU, replicas uint64) {
	g.Count *= replicas
	g.Models = slices.SortedFunc(slices.Values(g.Models), func(a, b GPUModel) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Memory, b.Memory), cmp.Compare(a.Interface, b.Interface))
	})
	for i, have := range t.GPUs {
		if have.Vendor == g.Vendor && slices.Equal(have.Models, g.Models) {
			t.GPUs[i].Count += g.Count
			return
		}
	}
	t.GPUs = append(t.GPUs, g)
}

// Redacted is the deployment for people to read: its secrets are hidden.
func (d *Deployment) Redacted() *Deployment {
	shown := *d
	shown.Services = slices.Clone(d.Services)
	for i := range shown.Services {
		s := &shown.Services[i]
		s.Secrets = maps.Clone(s.Secrets)
		for name := range s.Secrets {
			s.Secrets[name] = hidden
		}
		if s.Registry != nil {
			r := *s.Registry
			r.Password = hidden
			s.Registry = &r
		}
	}
	return &shown
}
