package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/manifest"
	"ayni.example/sandbox/archive"
)

// pinOwner names the worker among those who keep artifacts.
const pinOwner = "compute"

// Checkpoint is a folder of a replica, as an artifact.
type Checkpoint struct {
	Digest artifact.Digest `json:"digest"`
	Size   int64           `json:"size"`
	Time   time.Time       `json:"time"`
	Looked time.Time       `json:"looked"` // when the folder was last packed
}

// checkpoints packs the folders that are due. The program need not know: it is to write a file beside its place and move it there.
func (d *deal) checkpoints(ctx context.Context, plan *manifest.Deployment, last bool) {
	for _, m := range members(plan) {
		c := m.service.Checkpoint
		if c == nil || plan.Kind == manifest.KindBatch || !d.replica(m.name).Began {
			continue
		}
		d.mu.Lock()
		kept := d.record.Kept[m.name]
		if kept.Looked.IsZero() {
			kept.Looked = d.record.Came
		}
		d.mu.Unlock()
		if !last && d.w.cfg.Now().Sub(kept.Looked) < time.Duration(c.Every)*time.Second {
			continue
		}
		if err := d.checkpoint(ctx, m, kept); err != nil && ctx.Err() == nil {
			d.note("trouble", m.name, "no checkpoint: "+err.Error())
			kept.Looked = d.w.cfg.Now()
			d.keepCheckpoint(m.name, kept)
		}
	}
}

func (d *deal) checkpoint(ctx context.Context, m member, before Checkpoint) error {
	dir, name, _, err := d.place(m, m.service.Checkpoint.Folder)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if _, err := root.Stat(name); missing(err) == nil && err != nil {
		before.Looked = d.w.cfg.Now() // the program has not made it yet
		d.keepCheckpoint(m.name, before)
		return nil
	}
	info, err := d.w.put(ctx, func(to io.Writer) error {
		return archive.Pack(ctx, root, name, to, archive.Bounds{Bytes: int64(m.service.Checkpoint.MaxBytes)})
	}, "checkpoint of lease "+d.id)
	if err != nil {
		return err
	}
	now := d.w.cfg.Now().UTC()
	after := Checkpoint{Digest: info.Digest, Size: info.Size, Time: now, Looked: now}
	if info.Digest == before.Digest {
		after.Time = before.Time
	} else {
		d.note("checkpoint", m.name, string(info.Digest))
	}
	d.keepCheckpoint(m.name, after)
	if before.Digest != "" && before.Digest != info.Digest {
		return d.unpin(before.Digest)
	}
	return nil
}

func (d *deal) keepCheckpoint(replica string, c Checkpoint) {
	d.change(func(r *record) {
		if r.Kept == nil {
			r.Kept = make(map[string]Checkpoint)
		}
		r.Kept[replica] = c
	})
}

// put stores what pack writes, and keeps it.
func (w *Worker) put(ctx context.Context, pack func(io.Writer) error, why string) (artifact.Info, error) {
	out, in := io.Pipe()
	go func() { _ = in.CloseWithError(pack(in)) }() // ends when the store closes its end
	info, err := w.cfg.Artifacts.PutPinned(ctx, out, pinOwner, why)
	return info, errors.Join(err, out.Close())
}

// unpin lets the store drop an artifact, unless another lease needs it.
func (d *deal) unpin(digest artifact.Digest) error {
	d.w.mu.Lock()
	others := make([]*deal, 0, len(d.w.deals))
	for _, o := range d.w.deals {
		if o != d {
			others = append(others, o)
		}
	}
	d.w.mu.Unlock()
	for _, o := range append(others, d) {
		if o.holds(digest) {
			return nil
		}
	}
	return d.w.cfg.Artifacts.Unpin(digest, pinOwner)
}

func (d *deal) holds(digest artifact.Digest) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.record.Kept {
		if c.Digest == digest {
			return true
		}
	}
	for _, t := range d.record.Tasks {
		if t.Digest == digest {
			return true
		}
	}
	return false
}

// dropPins lets go of all artifacts of a lease that is removed.
func (d *deal) dropPins() {
	d.mu.Lock()
	digests := make([]artifact.Digest, 0, len(d.record.Kept)+len(d.record.Tasks))
	for _, c := range d.record.Kept {
		digests = append(digests, c.Digest)
	}
	for _, t := range d.record.Tasks {
		digests = append(digests, t.Digest)
	}
	d.record.Kept, d.record.Tasks = nil, nil
	d.mu.Unlock()
	for _, digest := range digests {
		if digest == "" {
			continue
		}
		if err := d.unpin(digest); err != nil {
			d.w.cfg.Logger.Debug("an artifact stays pinned", "digest", digest, "error", err)
		}
	}
}

// restore puts the checkpoint that the tenant named into a replica's folder, before the program first runs.
func (d *deal) restore(ctx context.Context, m member) error {
	d.mu.Lock()
	from, ok := d.record.Resume[m.name]
	d.mu.Unlock()
	if !ok || m.service.Checkpoint == nil {
		return nil
	}
	blob, err := d.w.cfg.Fetch(ctx, from.Digest)
	if err != nil {
		return fmt.Errorf("fetch checkpoint %s: %w", from.Digest, err)
	}
	defer func() { _ = blob.Close() }()
	dir, name, _, err := d.place(m, m.service.Checkpoint.Folder)
	if err != nil {
		return err
	}
	first, _ := d.w.cfg.Runtime.Users()
	owner := archive.Owner{UID: first, GID: first}
	root, err := openFolder(dir, name, owner)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	bounds := archive.Bounds{Bytes: int64(m.service.Checkpoint.MaxBytes)}
	if err := archive.Unpack(ctx, root, blob, &owner, bounds); err != nil {
		return fmt.Errorf("unpack checkpoint %s: %w", from.Digest, err)
	}
	d.note("restored", m.name, string(from.Digest))
	return nil
}

// openFolder opens a folder within one, and makes it and those between.
func openFolder(dir, name string, owner archive.Owner) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil || name == "." {
		return root, err
	}
	defer func() { _ = root.Close() }()
	if err := makeFolder(root, name, owner); err != nil {
		return nil, err
	}
	return root.OpenRoot(name)
}

func makeFolder(root *os.Root, name string, owner archive.Owner) error {
	if name == "." {
		return nil
	}
	if st, err := root.Stat(name); err == nil && st.IsDir() {
		return nil
	}
	if err := makeFolder(root, path.Dir(name), owner); err != nil {
		return err
	}
	// Open to every user of the container, as the volume is.
	return errors.Join(root.Mkdir(name, 0o777), root.Chmod(name, 0o777), root.Lchown(name, owner.UID, owner.GID))
}
