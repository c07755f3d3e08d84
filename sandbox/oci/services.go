package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ayni.example/sandbox"
)

// Bounds of services.
const (
	logDefault = 1 << 20
	startWait  = 30 * time.Second // for the runtime to put a program into its group
	stopWait   = 10 * time.Second // after a kill
	lookEvery  = 10 * time.Millisecond
	shmSize    = 64 << 20
)

// Services runs programs that outlive this process. Each has a folder, whose files are all that is known of it; nothing is remembered
// here, so that whoever opens the folder next goes on with what runs.
type Services struct {
	d      *Driver
	groups *hierarchy
}

// Services returns the driver's, or says why there are none on this machine.
func (d *Driver) Services() (*Services, error) {
	if d.why != nil {
		return nil, d.why
	}
	if !d.users {
		return nil, fmt.Errorf("%w: services need user namespaces; set user.max_user_namespaces above 0", sandbox.ErrUnavailable)
	}
	groups, err := findHierarchy(mountInfo, groupPrefix(d.path("services")))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sandbox.ErrUnavailable, err)
	}
	if err := makeOpen(d.path("services")); err != nil {
		return nil, err
	}
	return &Services{d: d, groups: groups}, nil
}

// Users are those of this machine that services' users are: the first, which is user 0 there, and how many.
func (s *Services) Users() (first, count int) { return firstUID, idRange }

// service is one, known by its folder.
type service struct {
	*Services
	name string
	dir  string
}

func (s *Services) of(name string) service {
	return service{Services: s, name: name, dir: s.d.path("services", name)}
}

// known returns a service that is there.
func (s *Services) known(name string) (service, error) {
	v := s.of(name)
	if (sandbox.Service{Name: name}).Validate() != nil {
		return v, fmt.Errorf("%w: %q", sandbox.ErrNoService, name)
	}
	if _, err := os.Stat(v.file(specFile)); err != nil {
		return v, fmt.Errorf("%w: %s", sandbox.ErrNoService, name)
	}
	return v, nil
}

func (v service) file(name string) string { return filepath.Join(v.dir, name) }

// group is the service's control group, made by start.
func (v service) group() *group {
	return &group{of: v.groups, name: filepath.Join(groupRoot, v.groups.prefix+v.name)}
}

// List names all services, whatever their phase.
func (s *Services) List() ([]string, error) {
	entries, err := os.ReadDir(s.d.path("services"))
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := s.known(e.Name()); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Start begins a service. One of the same name that does not run any more is replaced; its output is kept and gone on with.
func (s *Services) Start(ctx context.Context, spec sandbox.Service) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	settings, err := s.d.settings(spec.Image.Digest)
	if err != nil {
		return err
	}
	if len(settings.command(spec)) == 0 {
		return fmt.Errorf("%w: neither the service nor its image says what to start", sandbox.ErrSpec)
	}
	if spec.Space == "" {
		return fmt.Errorf("%w: a service needs a folder to write to", sandbox.ErrSpec)
	}
	spec.Limits, spec.Log = spec.Limits.Fill(), max(spec.Log, 0)
	if spec.Log == 0 {
		spec.Log = logDefault
	}
	v := s.of(spec.Name)
	switch state, err := s.State(spec.Name); {
	case err == nil && (state.Phase == sandbox.Running || state.Phase == sandbox.Starting):
		return fmt.Errorf("%w: %s", sandbox.ErrExists, spec.Name)
	case err == nil:
		if err := s.Remove(ctx, spec.Name); err != nil {
			return err
		}
	case !errors.Is(err, sandbox.ErrNoService):
		return err
	default: // a start that was broken off leaves a folder without a spec
		if err := v.clean(); err != nil {
			return err
		}
	}
	if err := v.prepare(spec, settings); err != nil {
		return errors.Join(err, v.clean())
	}
	if err := v.launch(ctx); err != nil {
		return errors.Join(err, v.stop(ctx, 0), v.clean())
	}
	return nil
}

// prepare makes all that the container needs; the spec is written last.
func (v service) prepare(spec sandbox.Service, image imageSettings) error {
	if err := errors.Join(makeOpen(v.dir), makeOpen(v.file(rootDir))); err != nil {
		return err
	}
	if err := v.mountRoot(spec); err != nil {
		return err
	}
	if err := v.stage(spec); err != nil {
		return err
	}
	if err := os.WriteFile(v.file("hosts"), hosts(spec), 0o644); err != nil { //nolint:gosec // the program reads it
		return err
	}
	limits := spec.Limits
	limits.Disk = shmSize
	group, err := v.groups.create(v.name, limits, v.d.overhead())
	if err != nil {
		return err
	}
	b, err := v.describe(spec, image, group)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		what any
	}{{"config.json", b}, {specFile, spec}} {
		text, err := json.Marshal(f.what)
		if err == nil {
			err = os.WriteFile(v.file(f.name), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mountRoot puts the image and what the program changes of it together.
func (v service) mountRoot(spec sandbox.Service) error {
	upper, work := filepath.Join(spec.Space, "upper"), filepath.Join(spec.Space, "work")
	for _, dir := range []struct {
		path string
		mode fs.FileMode
	}{{upper, 0o755}, {work, 0o700}, {filepath.Join(upper, "tmp"), 0o777 | fs.ModeSticky}} {
		if err := os.Mkdir(dir.path, dir.mode.Perm()); errors.Is(err, fs.ErrExist) {
			continue // the program's by now
		} else if err != nil {
			return err
		}
		if err := errors.Join(os.Chmod(dir.path, dir.mode), os.Chown(dir.path, firstUID, firstUID)); err != nil {
			return err
		}
	}
	if err := mountOverlay(filepath.Join(v.d.imageDir(spec.Image.Digest), rootDir), upper, work, v.file(rootDir)); err != nil {
		return fmt.Errorf("mount the image: %w", err)
	}
	return nil
}

// stage shows the sources of mounts in the service's own folder: runtimes reach them as users who may not pass through others.
func (v service) stage(spec sandbox.Service) error {
	for i, m := range spec.Mounts {
		if m.Source == "" {
			continue
		}
		if err := makeOpen(v.file("mounts")); err != nil {
			return err
		}
		if err := makeOpen(v.staged(i)); err != nil {
			return err
		}
		if err := mountFolder(m.Source, v.staged(i)); err != nil {
			return fmt.Errorf("mount %s: %w", m.Source, err)
		}
	}
	return nil
}

func (v service) staged(i int) string { return filepath.Join(v.dir, "mounts", strconv.Itoa(i)) }

// spec reads what a service was started with.
func (v service) spec() (sandbox.Service, error) {
	var spec sandbox.Service
	text, err := os.ReadFile(v.file(specFile))
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	if err != nil {
		return spec, fmt.Errorf("read service %s: %w", v.name, err)
	}
	return spec, nil
}

// Remove ends a service at once and takes away all but its Space.
func (s *Services) Remove(ctx context.Context, name string) error {
	v := s.of(name)
	if (sandbox.Service{Name: name}).Validate() != nil {
		return fmt.Errorf("%w: %q", sandbox.ErrNoService, name)
	}
	return errors.Join(v.stop(ctx, 0), v.clean())
}

// clean leaves nothing of a service that does not run; the spec goes first, so that a half removed one is none.
func (v service) clean() error {
	err := os.Remove(v.file(specFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, v.group().remove(), v.d.removeRun(v.dir))
}
