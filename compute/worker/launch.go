package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox"
	"ayni.example/sandbox/lan"
	"ayni.example/sandbox/oci"
	"ayni.example/x/compute"
)

const (
	outputKept = 4 << 20
	filesOpen  = 65536
	threads    = 4096
	imageTime  = 30 * time.Minute // for one to come
)

// launch does all that comes before a program, and begins it.
func (d *deal) launch(ctx context.Context, plan *manifest.Deployment, m member, of int) (compute.Reason, error) {
	image, err := d.image(ctx, m.service, m.name)
	if err != nil {
		return compute.ReasonImage, err
	}
	d.enter(lease.Starting)
	spec := d.spec(m.service, m.name, image)
	if spec.Space, err = d.space(ctx, m.name, spec.Log+int64(m.service.Resources.Disk)); err != nil {
		return compute.ReasonFault, err
	}
	volumes, err := d.volumes(ctx, m)
	if err != nil {
		return compute.ReasonFault, err
	}
	spec.Mounts = append(spec.Mounts, volumes...)
	if r := d.replica(m.name); !r.Began {
		if err := d.restore(ctx, m); err != nil {
			return compute.ReasonData, err
		}
		r.Began = true
		d.remember(m.name, r)
	}
	in, err := d.w.cfg.Network.Join(d.short, m.index)
	if err != nil {
		return compute.ReasonFault, err
	}
	spec.Net, spec.Users, spec.Hosts = in.Net, in.Users, hosts(plan, of)
	if err := d.w.cfg.Runtime.Start(ctx, spec); err != nil {
		return compute.ReasonFault, err
	}
	return 0, nil
}

// hosts are the addresses of all replicas; a service's own name is its first one's.
func hosts(plan *manifest.Deployment, of int) map[string]string {
	names := make(map[string]string, 2*of)
	for _, m := range members(plan) {
		address := lan.Address(m.index).String()
		names[m.name] = address
		if m.first {
			names[m.service.Name] = address
		}
	}
	return names
}

// image fetches a service's.
func (d *deal) image(ctx context.Context, s *manifest.Service, replica string) (sandbox.Image, error) {
	d.enter(lease.Fetching)
	var login oci.Login
	if s.Registry != nil {
		login = oci.Login{Username: s.Registry.Username, Password: string(s.Registry.Password)}
	}
	ctx, end := context.WithTimeout(ctx, imageTime) // the registry is whose the tenant likes
	defer end()
	began := d.w.cfg.Now()
	image, err := d.w.cfg.Images.PrepareAs(ctx, s.Image, login)
	if took := d.w.cfg.Now().Sub(began); err == nil && took > time.Second {
		d.note("fetched", replica, fmt.Sprintf("the image came in %s", took.Round(time.Second/10)))
	}
	return image, err
}

// spec is what the manifest says of a program.
func (d *deal) spec(s *manifest.Service, name string, image sandbox.Image) sandbox.Service {
	memory := s.Resources.Memory
	spec := sandbox.Service{
		Name: d.container(name), Image: image, Command: s.Command, Args: s.Args, Log: outputKept,
		Env: append(environment(s), "AYNI_LEASE="+d.id, "AYNI_SERVICE="+s.Name, "AYNI_REPLICA="+name),
	}
	for _, v := range s.Resources.Volumes {
		if v.Class == manifest.ClassRAM {
			memory += v.Size
			spec.Mounts = append(spec.Mounts, sandbox.Mount{Target: v.Mount, Size: int64(v.Size)})
		}
	}
	spec.Limits = sandbox.Limits{
		Memory: int64(memory), Cores: int(s.Resources.MilliCPU), Open: filesOpen, Processes: threads,
	}
	return spec
}

// environment of a service, in the order of names.
func environment(s *manifest.Service) []string {
	list := make([]string, 0, len(s.Env)+len(s.Secrets)+3)
	for name, value := range s.Env {
		list = append(list, name+"="+value)
	}
	for name, value := range s.Secrets {
		list = append(list, name+"="+string(value))
	}
	slices.Sort(list)
	return list
}
