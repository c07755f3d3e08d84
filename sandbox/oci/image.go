package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"ayni.example/sandbox"
)

// Bounds of an image.
const (
	manifestMax = 4 << 20
	layersMax   = 128
	rootDir     = "root"
	settings    = "settings.json" // written last: an image without it is not there
)

// imageSettings is what a run takes from an image.
type imageSettings struct {
	Args  []string `json:"args"`
	Entry int      `json:"entry"` // so many of Args are the entry point
	Env   []string `json:"env"`
	Dir   string   `json:"dir"`
	User  string   `json:"user"`
	Owned bool     `json:"owned"` // files have the owners that the image says, in the users' namespace
}

// command is what a service runs of an image.
func (s imageSettings) command(spec sandbox.Service) []string {
	switch {
	case len(spec.Command) > 0:
		return slices.Concat(spec.Command, spec.Args)
	case len(spec.Args) > 0:
		return slices.Concat(s.Args[:min(s.Entry, len(s.Args))], spec.Args)
	}
	return s.Args
}

// Login is an account at a registry.
type Login struct {
	Username string
	Password string
}

// Prepare implements sandbox.Driver.
func (d *Driver) Prepare(ctx context.Context, reference string) (sandbox.Image, error) {
	return d.PrepareAs(ctx, reference, Login{})
}

// PrepareAs is Prepare of what only an account may fetch. Who knows the digest of an image that is here already needs none.
func (d *Driver) PrepareAs(ctx context.Context, reference string, login Login) (sandbox.Image, error) {
	if d.why != nil {
		return sandbox.Image{}, d.why
	}
	digest, err := name.NewDigest(reference)
	if err != nil {
		return sandbox.Image{}, fmt.Errorf("%w: %q is not NAME@sha256:HEX: %w", sandbox.ErrImage, reference, err)
	}
	ready := sandbox.Image{Driver: Name, Reference: reference, Digest: digest.DigestStr()}
	leave, err := d.alone(ctx, ready.Digest)
	if err != nil {
		return sandbox.Image{}, err
	}
	defer leave()
	if _, err := d.settings(ready.Digest); err == nil {
		now := d.cfg.Now()
		return ready, os.Chtimes(filepath.Join(d.imageDir(ready.Digest), settings), now, now) // it is wanted: see DropImages
	}
	if err := d.pull(ctx, digest, login); err != nil {
		return sandbox.Image{}, fmt.Errorf("%w: %s: %w", sandbox.ErrImage, reference, err)
	}
	return ready, nil
}

// pull is an image on its way, and how many want it.
type pull struct {
	turn chan struct{}
	want int
}

// alone waits until nobody else fetches an image. A registry that answers slowly keeps nobody from other images.
func (d *Driver) alone(ctx context.Context, digest string) (leave func(), err error) {
	d.mu.Lock()
	p := d.pulls[digest]
	if p == nil {
		p = &pull{turn: make(chan struct{}, 1)}
		d.pulls[digest] = p
	}
	p.want++
	d.mu.Unlock()
	forget := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if p.want--; p.want == 0 {
			delete(d.pulls, digest)
		}
	}
	select {
	case p.turn <- struct{}{}:
		return func() {
			<-p.turn
			forget()
		}, nil
	case <-ctx.Done():
		forget()
		return nil, ctx.Err()
	}
}

// imageDir is where an image lies.
func (d *Driver) imageDir(digest string) string {
	return d.path("images", strings.TrimPrefix(digest, "sha256:"))
}

// settings reads a prepared image's.
func (d *Driver) settings(digest string) (imageSettings, error) {
	var s imageSettings
	if _, err := v1.NewHash(digest); err != nil {
		return s, fmt.Errorf("%w: %q is no digest", sandbox.ErrImage, digest)
	}
	text, err := os.ReadFile(filepath.Join(d.imageDir(digest), settings))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err == nil && s.Owned != d.users {
		err = errors.New("it was unpacked for other users")
	}
	if err != nil {
		return s, fmt.Errorf("%w: %s is not prepared; prepare it again: %w", sandbox.ErrImage, digest, err)
	}
	return s, nil
}

// pull unpacks an image beside its place and moves it there whole.
func (d *Driver) pull(ctx context.Context, digest name.Digest, login Login) error {
	account := authn.Anonymous
	if login != (Login{}) {
		account = &authn.Basic{Username: login.Username, Password: login.Password}
	}
	image, err := remote.Image(digest, remote.WithContext(ctx), remote.WithAuth(account), remote.WithTransport(bounded{d.cfg.Transport, d.cfg.ImageMax}),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	if err != nil {
		return err
	}
	manifest, err := image.Manifest()
	if err != nil {
		return err
	}
	if err := checkManifest(manifest, d.cfg.ImageMax); err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	if config.OS != "" && config.OS != "linux" || config.Architecture != "" && config.Architecture != runtime.GOARCH {
		return fmt.Errorf("it is for %s/%s and this machine is linux/%s", config.OS, config.Architecture, runtime.GOARCH)
	}
	part, err := os.MkdirTemp(d.path("partial"), "image-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(part) }()
	if err := d.unpack(ctx, image, filepath.Join(part, rootDir)); err != nil {
		return err
	}
	return d.finish(part, digest.DigestStr(), config.Config)
}

// finish writes what a run needs to know and gives the image its name.
func (d *Driver) finish(part, digest string, c v1.Config) error {
	s := imageSettings{Args: append(append([]string(nil), c.Entrypoint...), c.Cmd...), Entry: len(c.Entrypoint), Env: c.Env, Dir: c.WorkingDir, User: c.User, Owned: d.users}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(part, settings), text, 0o600); err != nil {
		return err
	}
	target := d.imageDir(digest)
	return errors.Join(makeOpen(part), os.RemoveAll(target), os.Rename(part, target))
}

// unpack applies all layers.
func (d *Driver) unpack(ctx context.Context, image v1.Image, dir string) error {
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	first := -1
	if d.users {
		first = firstUID
	}
	u, err := newUnpacker(dir, d.cfg.ImageMax, d.cfg.FilesMax, first)
	if err != nil {
		return err
	}
	for i, layer := range layers {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, u.close())
		}
		if err := u.layer(layer.Uncompressed); err != nil {
			return errors.Join(fmt.Errorf("layer %d: %w", i, err), u.close())
		}
	}
	return errors.Join(u.mountPoints(), u.close())
}

// checkManifest refuses what would make us fetch too much, or from elsewhere.
func checkManifest(m *v1.Manifest, most int64) error {
	if len(m.Layers) > layersMax {
		return fmt.Errorf("it has %d layers, at most %d", len(m.Layers), layersMax)
	}
	sum := int64(0)
	for _, l := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if len(l.URLs) > 0 {
			return errors.New("it names an address outside its registry")
		}
		if l.Size < 0 || l.Size > most-sum {
			return fmt.Errorf("it has more than %d bytes; raise the bound on images", most)
		}
		sum += l.Size
	}
	if m.Config.Size > manifestMax {
		return fmt.Errorf("its configuration has %d bytes, at most %d", m.Config.Size, manifestMax)
	}
	return nil
}

// bounded is a transport whose answers end.
type bounded struct {
	http.RoundTripper
	blob int64
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	most := int64(manifestMax)
	if strings.Contains(r.URL.Path, "/blobs/") || r.Response != nil {
		most = b.blob
	}
	response.Body = &boundedBody{response.Body, most}
	return response, nil
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		if n, err := b.ReadCloser.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, errors.New("the registry answers with too many bytes")
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
