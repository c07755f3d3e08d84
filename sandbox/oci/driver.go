package oci

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"ayni.example/sandbox"
)

// Name of the driver.
const Name = "oci"

// Config of a Driver.
type Config struct {
	Dir       string            // what the driver owns: images and runs; other users must be able to pass through its parents
	Runtime   string            // runsc or runc, or a path to one; the first that is there when ""
	Transport http.RoundTripper // to registries, http.DefaultTransport when nil; the one to refuse hosts with
	ImageMax  int64             // bytes of an image when unpacked, 4 GiB when 0
	FilesMax  int               // files and folders of an image, 200,000 when 0
	Now       func() time.Time
	Logger    *slog.Logger
}

// Driver runs images with an OCI runtime.
type Driver struct {
	cfg     Config
	runtime string // path of the runtime
	gvisor  bool
	users   bool  // whether there are user namespaces
	why     error // why it cannot run here
	groups  *hierarchy
	lock    *os.File
	mu      sync.Mutex
	pulls   map[string]*pull // by digest
	closed  bool
	ctx     context.Context //nolint:containedctx // the life of all runs; cancelled by Close
	stop    context.CancelFunc
	work    sync.WaitGroup
}

var _ sandbox.Driver = (*Driver)(nil)

// New takes the folder and removes what an earlier driver left behind. A driver that cannot run here is returned too, and says why.
func New(cfg Config) (*Driver, error) {
	if cfg.Dir == "" || cfg.Now == nil || cfg.Logger == nil {
		return nil, errors.New("oci driver needs a folder, a clock and a logger")
	}
	if cfg.ImageMax <= 0 {
		cfg.ImageMax = 4 << 30
	}
	if cfg.FilesMax <= 0 {
		cfg.FilesMax = 200_000
	}
	if cfg.Transport == nil {
		cfg.Transport = http.DefaultTransport
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	d := &Driver{cfg: cfg, users: userNamespaces(), pulls: make(map[string]*pull)}
	d.ctx, d.stop = context.WithCancel(context.Background())
	if d.why = d.examine(); d.why != nil {
		return d, nil
	}
	if err := d.open(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Name implements sandbox.Driver.
func (d *Driver) Name() string { return Name }

// Available implements sandbox.Driver.
func (d *Driver) Available() error { return d.why }

// Runtime is the path of the runtime in use.
func (d *Driver) Runtime() string { return d.runtime }

// examine finds the runtime and the control groups.
func (d *Driver) examine() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: control groups and mounts need root; run the daemon as root, or use the wasm driver", sandbox.ErrUnavailable)
	}
	names := []string{"runsc", "runc"}
	if d.cfg.Runtime != "" {
		names = []string{d.cfg.Runtime}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			d.runtime, d.gvisor = path, filepath.Base(path) == "runsc"
			break
		}
	}
	if d.runtime == "" {
		return fmt.Errorf("%w: none of %v is installed; on Debian: apt install runsc, or runc", sandbox.ErrUnavailable, names)
	}
	groups, err := findHierarchy(mountInfo, groupPrefix(d.cfg.Dir))
	if err != nil {
		return fmt.Errorf("%w: %w", sandbox.ErrUnavailable, err)
	}
	d.groups = groups
	return nil
}

// open makes the folders, takes the lock and sweeps.
func (d *Driver) open() error {
	for _, dir := range []string{d.cfg.Dir, d.path("images"), d.path("runs"), d.path("partial")} {
		if err := makeOpen(dir); err != nil {
			return fmt.Errorf("make the sandbox's folder: %w", err)
		}
	}
	lock, err := takeLock(d.path("lock"))
	if err != nil {
		return fmt.Errorf("take %s: %w; another process runs sandboxes there, choose another folder", d.cfg.Dir, err)
	}
	d.lock = lock
	if err := d.sweep(); err != nil {
		return fmt.Errorf("remove what an earlier process left in %s: %w", d.cfg.Dir, err)
	}
	if d.why = d.passable(); d.why != nil {
		return nil
	}
	d.why = d.try()
	return nil
}

// passable tells whether a user of another namespace can reach the images.
func (d *Driver) passable() error {
	if passes(d.cfg.Dir) {
		return nil
	}
	return fmt.Errorf("%w: other users cannot pass through %s and its parents; choose a folder such as /var/lib/ayni/sandbox",
		sandbox.ErrUnavailable, d.cfg.Dir)
}

// try makes and removes what each run needs of this machine.
func (d *Driver) try() error {
	scratch := d.path("partial", "try")
	err := os.Mkdir(scratch, 0o700)
	if err == nil {
		err = mountScratch(scratch, 1<<20, 16, d.owner())
	}
	if err == nil {
		err = unmount(scratch)
	}
	if err = errors.Join(err, os.RemoveAll(scratch)); err != nil {
		return fmt.Errorf("%w: no tmpfs can be mounted: %w", sandbox.ErrUnavailable, err)
	}
	g, err := d.groups.create("try", sandbox.Limits{}.Fill(), overhead{})
	if err == nil {
		err = g.remove()
	}
	if err != nil {
		return fmt.Errorf("%w: no control group can be made: %w; are they mounted writable?", sandbox.ErrUnavailable, err)
	}
	return nil
}

// Close implements sandbox.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.stop()
	d.work.Wait()
	if d.lock == nil {
		return nil
	}
	if left, readErr := os.ReadDir(d.path("services")); readErr == nil && len(left) == 0 {
		d.groups.leaveKeepers(groupPrefix(d.path("services")))
	}
	d.groups.leave()
	err := d.lock.Close()
	d.lock = nil
	return err
}

func (d *Driver) path(parts ...string) string {
	return filepath.Join(append([]string{d.cfg.Dir}, parts...)...)
}

// sweep kills and removes the runs of a process that is gone; the lock says that it is.
func (d *Driver) sweep() error {
	err := errors.Join(endRuntimes(d.path("runs")), d.groups.sweep())
	runs, readErr := os.ReadDir(d.path("runs"))
	err = errors.Join(err, readErr)
	for _, run := range runs {
		d.cfg.Logger.Warn("removing a run that was left behind", "run", run.Name())
		err = errors.Join(err, d.removeRun(d.path("runs", run.Name())))
	}
	err = errors.Join(err, unmount(d.path("partial", "try")), os.RemoveAll(d.path("partial")))
	return errors.Join(err, makeOpen(d.path("partial")))
}

// makeOpen makes a folder that the programs' user can pass through.
func makeOpen(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o711) //nolint:gosec // as said
}

// removeRun takes away a run's mounts, and its folder only when nothing is mounted there any more.
func (d *Driver) removeRun(dir string) error {
	if err := unmount(dir); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
