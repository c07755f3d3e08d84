package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"ayni.example/sandbox"
	"ayni.example/sandbox/volume"
)

// space mounts the folder that a container writes to beside its volumes, and makes it first.
func (d *deal) space(ctx context.Context, name string, size int64) (string, error) {
	at := d.path("spaces", name)
	return at, d.mount(ctx, at, max(size, volume.SizeMin))
}

// dropSpace removes a container's folder.
func (d *deal) dropSpace(name string) error {
	at := d.path("spaces", name)
	return errors.Join(volume.Unmount(at), os.RemoveAll(at), missing(os.Remove(at+".img")))
}

// mount makes a volume and shows it.
func (d *deal) mount(ctx context.Context, at string, size int64) error {
	if err := os.MkdirAll(at, 0o700); err != nil {
		return err
	}
	if err := volume.Make(ctx, at+".img", size); err != nil {
		return err
	}
	return volume.Mount(at+".img", at)
}

// volumes mounts all that outlive a replica. Their folders are open to every user of the container: which one it is says the image.
func (d *deal) volumes(ctx context.Context, m member) ([]sandbox.Mount, error) {
	var list []sandbox.Mount
	for _, v := range persistent(m) {
		at := d.volumePath(m.name, v.name)
		if err := d.mount(ctx, at, max(v.size, volume.SizeMin)); err != nil {
			return nil, fmt.Errorf("volume %s: %w", v.name, err)
		}
		if err := os.Chmod(at, 0o777); err != nil { //nolint:gosec // as said
			return nil, err
		}
		// ext4 puts it there; a data base would find its folder not empty.
		if err := missing(os.Remove(filepath.Join(at, "lost+found"))); err != nil && !errors.Is(err, fs.ErrExist) {
			d.w.cfg.Logger.Debug("lost+found stays", "volume", at, "error", err)
		}
		list = append(list, sandbox.Mount{Source: at, Target: v.mount, ReadOnly: v.readOnly})
	}
	return list, nil
}

func (d *deal) volumePath(replica, name string) string {
	return d.path("volumes", replica+"."+name)
}

type persistentVolume struct {
	name, mount string
	size        int64
	readOnly    bool
}

// persistent volumes of a replica.
func persistent(m member) []persistentVolume {
	var list []persistentVolume
	for _, v := range m.service.Resources.Volumes {
		if v.Class != "ram" {
			list = append(list, persistentVolume{v.Name, v.Mount, int64(v.Size), v.ReadOnly})
		}
	}
	return list
}

// place finds where a path of a container lies on this machine: in which folder, and where in it. The mount that reaches deepest has it.
func (d *deal) place(m member, target string) (dir, name string, writable bool, err error) {
	target = path.Clean("/" + target)
	best := ""
	for _, v := range persistent(m) {
		if (target == v.mount || strings.HasPrefix(target, v.mount+"/")) && len(v.mount) > len(best) {
			best, dir, writable = v.mount, d.volumePath(m.name, v.name), !v.readOnly
		}
	}
	if best == "" {
		return "", "", false, fmt.Errorf("%s is in no volume; only volumes can be copied from and to", target)
	}
	name = strings.TrimPrefix(strings.TrimPrefix(target, best), "/")
	if name == "" {
		name = "."
	}
	return dir, name, writable, nil
}

// remove takes away all that a lease has here, once nothing of it runs.
func (d *deal) remove() error {
	var all error
	for _, kind := range []string{"spaces", "volumes"} {
		entries, err := os.ReadDir(d.path(kind))
		all = errors.Join(all, missing(err))
		for _, e := range entries {
			if e.IsDir() {
				all = errors.Join(all, volume.Unmount(d.path(kind, e.Name())))
			}
		}
	}
	if all != nil {
		return all
	}
	d.dropPins()
	return os.RemoveAll(d.path())
}

// missing forgives that something is not there.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
