package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"ayni.example/sandbox"
	"ayni.example/sandbox/wasm/meter"
)

// Name of the driver.
const Name = "wasm"

const scheme = "sha256:"

// Config of a Driver.
type Config struct {
	// Fetch opens the module with a digest, sha256:HEX. What it yields is checked.
	Fetch     func(ctx context.Context, digest string) (io.ReadCloser, error)
	ImagesMax int // compiled modules kept at most, 16 when 0
	Now       func() time.Time
}

// Driver runs modules in this process.
type Driver struct {
	cfg    Config
	builds sync.Mutex // one module is compiled at a time: it takes memory
	mu     sync.Mutex
	images map[string]*image
	order  []string // of images, the longest prepared first
	closed bool
	ctx    context.Context //nolint:containedctx // the life of all runs; cancelled by Close
	stop   context.CancelFunc
	work   sync.WaitGroup
}

// image is a compiled module.
type image struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
	metered meter.Metered
	running int
}

var _ sandbox.Driver = (*Driver)(nil)

// New returns a driver with no image.
func New(cfg Config) (*Driver, error) {
	if cfg.Fetch == nil || cfg.Now == nil {
		return nil, errors.New("wasm driver needs a source of modules and a clock")
	}
	if cfg.ImagesMax <= 0 {
		cfg.ImagesMax = 16
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Driver{cfg: cfg, images: make(map[string]*image), ctx: ctx, stop: stop}, nil
}

// Name implements sandbox.Driver.
func (d *Driver) Name() string { return Name }

// Available implements sandbox.Driver. The interpreter's bound on calls differs from the compilers', so only those are used.
func (d *Driver) Available() error {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		return fmt.Errorf("%w: modules are compiled for amd64 and arm64 only, this is %s; use the oci driver",
			sandbox.ErrUnavailable, runtime.GOARCH)
	}
	return nil
}

// Prepare implements sandbox.Driver.
func (d *Driver) Prepare(ctx context.Context, reference string) (sandbox.Image, error) {
	if err := d.Available(); err != nil {
		return sandbox.Image{}, err
	}
	digest, ok := strings.CutPrefix(reference, scheme)
	if sum, err := hex.DecodeString(digest); !ok || err != nil || len(sum) != sha256.Size || strings.ToLower(digest) != digest {
		return sandbox.Image{}, fmt.Errorf("%w: %q is not sha256: and 64 hexadecimal digits", sandbox.ErrImage, reference)
	}
	ready := sandbox.Image{Driver: Name, Reference: reference, Digest: reference}
	d.mu.Lock()
	_, found := d.images[reference]
	d.mu.Unlock()
	if found {
		return ready, nil
	}
	d.builds.Lock()
	defer d.builds.Unlock()
	img, err := d.compile(ctx, reference)
	if err != nil {
		return sandbox.Image{}, err
	}
	return ready, d.keep(ctx, reference, img)
}

// compile fetches a module, meters it and compiles it.
func (d *Driver) compile(ctx context.Context, digest string) (*image, error) {
	code, err := d.fetch(ctx, digest)
	if err != nil {
		return nil, err
	}
	metered, err := meter.Instrument(code)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sandbox.ErrImage, err)
	}
	img := &image{metered: metered, runtime: newRuntime(ctx)}
	err = img.load(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", sandbox.ErrImage, err), img.runtime.Close(ctx))
	}
	return img, nil
}

// newRuntime leaves out what differs between processors.
func newRuntime(ctx context.Context) wazero.Runtime {
	features := api.CoreFeaturesV2.SetEnabled(api.CoreFeatureSIMD, false)
	return wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().
		WithCoreFeatures(features).WithCloseOnContextDone(true).WithDebugInfoEnabled(false))
}

func (img *image) load(ctx context.Context) error {
	host := img.runtime.NewHostModuleBuilder(wasi_snapshot_preview1.ModuleName)
	wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(host)
	restrict(host)
	functions, err := host.Compile(ctx)
	if err != nil {
		return err
	}
	exported := functions.ExportedFunctions()
	for _, i := range img.metered.Imports {
		if _, ok := exported[i.Name]; !ok || i.Module != wasi_snapshot_preview1.ModuleName {
			return fmt.Errorf("it wants %q of %q; build for WASI preview 1", i.Name, i.Module)
		}
	}
	if !img.metered.Memory {
		return errors.New("it has no memory, which WASI needs")
	}
	if _, err := host.Instantiate(ctx); err != nil {
		return err
	}
	img.module, err = img.runtime.CompileModule(ctx, img.metered.Code)
	if err != nil {
		return err
	}
	if _, ok := img.module.ExportedFunctions()[entry]; !ok {
		return fmt.Errorf("it exports no function %s; build a command, not a library", entry)
	}
	return nil
}

func (d *Driver) fetch(ctx context.Context, digest string) ([]byte, error) {
	body, err := d.cfg.Fetch(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("%w: fetch %s: %w", sandbox.ErrImage, digest, err)
	}
	code, err := io.ReadAll(io.LimitReader(body, meter.ModuleMax+1))
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("%w: read %s: %w", sandbox.ErrImage, digest, err)
	}
	if len(code) > meter.ModuleMax {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", sandbox.ErrImage, digest, meter.ModuleMax)
	}
	if sum := sha256.Sum256(code); scheme+hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%w: what was fetched as %s is something else; its source is wrong or broken", sandbox.ErrImage, digest)
	}
	return code, nil
}

// keep adds an image and drops the oldest that is idle when there are too many.
func (d *Driver) keep(ctx context.Context, digest string, img *image) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, twice := d.images[digest]; twice || d.closed {
		return img.runtime.Close(ctx)
	}
	if len(d.order) >= d.cfg.ImagesMax {
		if err := d.evict(ctx); err != nil {
			return errors.Join(err, img.runtime.Close(ctx))
		}
	}
	d.images[digest], d.order = img, append(d.order, digest)
	return nil
}

func (d *Driver) evict(ctx context.Context) error {
	for i, digest := range d.order {
		if img := d.images[digest]; img.running == 0 {
			delete(d.images, digest)
			d.order = append(d.order[:i:i], d.order[i+1:]...)
			return img.runtime.Close(ctx)
		}
	}
	return fmt.Errorf("%w: all %d images are running; wait for one to end", sandbox.ErrImage, len(d.order))
}

// acquire marks an image as running.
func (d *Driver) acquire(digest string) (*image, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	img := d.images[digest]
	if img == nil || d.closed {
		return nil, fmt.Errorf("%w: %s is not prepared; prepare it again", sandbox.ErrImage, digest)
	}
	img.running++
	d.work.Add(1)
	return img, nil
}

func (d *Driver) release(img *image) {
	d.mu.Lock()
	img.running--
	d.mu.Unlock()
	d.work.Done()
}

// Close implements sandbox.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.stop()
	d.work.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	var all error
	for _, img := range d.images {
		all = errors.Join(all, img.runtime.Close(context.Background()))
	}
	d.images, d.order = nil, nil
	return all
}
