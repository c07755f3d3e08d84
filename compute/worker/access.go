package worker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/lease"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox"
	"ayni.example/sandbox/archive"
)

// Errors of what a tenant asks for.
var (
	ErrNoLease   = errors.New("this machine holds no such lease")
	ErrManifest  = errors.New("the manifest is not accepted")
	ErrNoReplica = errors.New("there is no such service in the lease")
	ErrPath      = errors.New("the path cannot be copied")
)

// copyMax bounds one copy from or to a volume.
const copyMax = 64 << 30

// Provide takes the manifest of a lease, and checkpoints to begin from. The same one again is no error.
func (w *Worker) Provide(id string, blob []byte, resume map[string]artifact.Digest) error {
	d, err := w.held(id)
	if err != nil {
		return err
	}
	sum := manifest.Sum(blob)
	if hex.EncodeToString(sum[:]) != d.record.Manifest { // which never changes
		return fmt.Errorf("%w: its digest is %x and the order names %s; send what the order was made of", ErrManifest, sum, d.record.Manifest)
	}
	plan, err := manifest.Decode(blob)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrManifest, err)
	}
	all := members(plan)
	for name := range resume {
		i := slices.IndexFunc(all, func(m member) bool { return m.name == name })
		if i < 0 || all[i].service.Checkpoint == nil {
			return fmt.Errorf("%w: %q has no checkpoint folder to resume", ErrManifest, name)
		}
	}
	for _, m := range all {
		if m.service.Resources.GPU != nil {
			return fmt.Errorf("%w: %s wants a GPU, which no container gets here", ErrManifest, m.service.Name)
		}
	}
	d.mu.Lock()
	known := d.plan != nil || !d.record.Closed.IsZero()
	d.mu.Unlock()
	if known {
		return nil
	}
	if err := replace(d.path(manifestFile), blob); err != nil {
		return err
	}
	d.change(func(r *record) {
		r.Resume = make(map[string]Checkpoint, len(resume))
		for name, digest := range resume {
			r.Resume[name] = Checkpoint{Digest: digest}
		}
	})
	d.mu.Lock()
	d.plan, d.phase = plan, lease.Starting
	d.mu.Unlock()
	d.note("manifest", "", "the tenant sent the manifest")
	d.poke()
	return nil
}

func (w *Worker) held(id string) (*deal, error) {
	d, ok := w.deal(id)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoLease, id)
	}
	return d, nil
}

// Tenant of a lease.
func (w *Worker) Tenant(id string) (string, error) {
	d, err := w.held(id)
	if err != nil {
		return "", err
	}
	return d.record.Tenant, nil // which never changes
}

// Events are those of a lease behind a number, the oldest first.
func (w *Worker) Events(id string, since uint64) ([]Event, error) {
	d, err := w.held(id)
	if err != nil {
		return nil, err
	}
	return d.events.since(since), nil
}

// find returns a replica by its name, or a service's first by its own; "" is the only one there is.
func (d *deal) find(name string) (container string, m member, err error) {
	plan := d.deployment()
	if plan == nil {
		return "", m, fmt.Errorf("%w: its manifest has not come", ErrNoReplica)
	}
	if plan.Kind == manifest.KindBatch {
		for i := range plan.Batch.Tasks {
			if taskName(i) == name {
				return d.container(name), member{service: &plan.Services[0], name: name}, nil
			}
		}
		return "", m, fmt.Errorf("%w: %q; tasks are task-0 to task-%d", ErrNoReplica, name, len(plan.Batch.Tasks)-1)
	}
	all := members(plan)
	names := make([]string, len(all))
	for i, m := range all {
		if m.name == name || m.first && m.service.Name == name || name == "" && len(all) == 1 {
			return d.container(m.name), m, nil
		}
		names[i] = m.name
	}
	return "", m, fmt.Errorf("%w: %q; there are %s", ErrNoReplica, name, strings.Join(names[:min(len(names), 20)], ", "))
}

// Output copies what a replica wrote, as sandbox/oci.Services.Output does. With follow it outlasts restarts, until ctx or the lease ends.
func (w *Worker) Output(ctx context.Context, id, replica string, offset int64, follow bool, each func(offset int64, text []byte) error) (int64, error) {
	d, err := w.held(id)
	if err != nil {
		return offset, err
	}
	name, _, err := d.find(replica)
	if err != nil {
		return offset, err
	}
	for {
		offset, err = w.cfg.Runtime.Output(ctx, name, offset, follow, each)
		if errors.Is(err, sandbox.ErrNoService) {
			err = nil // it has not begun
		}
		if s := d.status(); err != nil || !follow || s.Phase == lease.Done || s.Phase == lease.Failed || d.closed() {
			return offset, err
		}
		select {
		case <-ctx.Done():
			return offset, ctx.Err()
		case <-time.After(w.cfg.Every):
		}
	}
}

// Exec runs a program in a replica.
func (w *Worker) Exec(ctx context.Context, id, replica string, e sandbox.Exec) (int, error) {
	d, err := w.held(id)
	if err != nil {
		return 0, err
	}
	name, _, err := d.find(replica)
	if err != nil {
		return 0, err
	}
	return w.cfg.Runtime.Exec(ctx, name, e)
}

// Dial connects to a port that a service exposes to the tenant.
func (w *Worker) Dial(ctx context.Context, id, replica string, port int) (net.Conn, error) {
	d, err := w.held(id)
	if err != nil {
		return nil, err
	}
	_, m, err := d.find(replica)
	if err != nil {
		return nil, err
	}
	for _, e := range m.service.Expose {
		if e.Global && (e.As == port || e.Port == port) {
			return w.cfg.Network.Dial(ctx, d.short, m.index, e.Port)
		}
	}
	return nil, fmt.Errorf("%w: %s exposes no port %d to you", ErrNoReplica, m.service.Name, port)
}

// Pack writes a folder or file of a replica's volumes as an archive.
func (w *Worker) Pack(ctx context.Context, id, replica, path string, to io.Writer) error {
	root, name, _, err := w.volume(id, replica, path, false)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := archive.Pack(ctx, root, name, to, archive.Bounds{Bytes: copyMax}); err != nil {
		return fmt.Errorf("%w: %w", ErrPath, err)
	}
	return nil
}

// Unpack puts an archive into a folder of a replica's volumes, which is made when it is not there.
func (w *Worker) Unpack(ctx context.Context, id, replica, path string, from io.Reader) error {
	root, name, dir, err := w.volume(id, replica, path, true)
	if err != nil {
		return err
	}
	if err := root.Close(); err != nil {
		return err
	}
	first, _ := w.cfg.Runtime.Users()
	owner := archive.Owner{UID: first, GID: first}
	folder, err := openFolder(dir, name, owner)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPath, err)
	}
	defer func() { _ = folder.Close() }()
	if err := archive.Unpack(ctx, folder, from, &owner, archive.Bounds{Bytes: copyMax}); err != nil {
		return fmt.Errorf("%w: %w", ErrPath, err)
	}
	return nil
}

func (w *Worker) volume(id, replica, path string, write bool) (root *os.Root, name, dir string, err error) {
	d, err := w.held(id)
	if err != nil {
		return nil, "", "", err
	}
	_, m, err := d.find(replica)
	if err != nil {
		return nil, "", "", err
	}
	dir, name, writable, err := d.place(m, path)
	switch {
	case err != nil:
		return nil, "", "", fmt.Errorf("%w: %w", ErrPath, err)
	case write && !writable:
		return nil, "", "", fmt.Errorf("%w: %s is for reading only", ErrPath, path)
	case !d.replica(m.name).Began:
		return nil, "", "", fmt.Errorf("%w: the volumes of %s are not made yet", ErrPath, m.name)
	}
	root, err = os.OpenRoot(dir)
	return root, name, dir, err
}
