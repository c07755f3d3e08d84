package e2e_test

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// python is Debian's, without what a site adds to it.
const python, pythonPath = "/usr/bin/python3", "/usr/lib/python3/dist-packages"

// imageFile is a file of a layer: bytes, or a file of this machine whose first bytes may be others.
type imageFile struct {
	name, source, link string
	head               []byte
	size               int64
}

// fileLayer is a layer of files that lie on this machine, made anew whenever somebody reads it: it takes no room.
type fileLayer struct {
	files  []imageFile
	digest v1.Hash
	size   int64
}

func newFileLayer(t *testing.T, files []imageFile) *fileLayer {
	t.Helper()
	l := &fileLayer{files: slices.SortedFunc(slices.Values(files), func(a, b imageFile) int { return cmp.Compare(a.name, b.name) })}
	hash := sha256.New()
	r, err := l.Uncompressed()
	if err == nil {
		l.size, err = io.Copy(hash, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.digest = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(hash.Sum(nil))}
	return l
}

func (l *fileLayer) Digest() (v1.Hash, error)            { return l.digest, nil }
func (l *fileLayer) DiffID() (v1.Hash, error)            { return l.digest, nil }
func (l *fileLayer) Compressed() (io.ReadCloser, error)  { return l.Uncompressed() }
func (l *fileLayer) Size() (int64, error)                { return l.size, nil }
func (l *fileLayer) MediaType() (types.MediaType, error) { return types.OCIUncompressedLayer, nil }
func (l *fileLayer) Uncompressed() (io.ReadCloser, error) {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(l.write(w)) }()
	return r, nil
}

func (l *fileLayer) write(to io.Writer) error {
	w := tar.NewWriter(to)
	for _, f := range l.files {
		if err := f.write(w); err != nil {
			return errorf("%s: %w", f.name, err)
		}
	}
	return w.Close()
}

func (f imageFile) write(w *tar.Writer) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: strings.TrimPrefix(f.name, "/"), Mode: 0o755, Size: f.size}
	if f.link != "" {
		header.Typeflag, header.Linkname = tar.TypeSymlink, f.link
	}
	if err := w.WriteHeader(header); err != nil || f.link != "" {
		return err
	}
	if _, err := w.Write(f.head); err != nil || f.source == "" {
		return err
	}
	source, err := os.Open(f.source)
	if err != nil {
		return err
	}
	_, err = source.Seek(int64(len(f.head)), io.SeekStart)
	if err == nil {
		_, err = io.Copy(w, source)
	}
	return errors.Join(err, source.Close())
}

func fromDisk(t *testing.T, name, source string, head []byte) imageFile {
	t.Helper()
	st, err := os.Stat(source)
	if err != nil {
		t.Fatal(err)
	}
	return imageFile{name: name, source: source, head: head, size: st.Size()}
}

// pythonFiles are all files of this machine that a program in Python takes, found by running it: modules, the interpreter, and the
// shared libraries of both.
func pythonFiles(t *testing.T, program string, args ...string) []imageFile {
	t.Helper()
	cmd := exec.Command(python, append([]string{"-S", "-B", "testdata/pytorch/closure.py", program}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+pythonPath)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, &stderr)
	}
	var took struct {
		Modules     map[string]string
		Mapped      []string
		Opened      []string // libraries, by path
		Interpreter string
	}
	if err := json.Unmarshal(out, &took); err != nil {
		t.Fatal(err)
	}
	files := []imageFile{fromDisk(t, python, took.Interpreter, nil)}
	for _, file := range slices.Sorted(maps.Keys(took.Modules)) {
		files = append(files, fromDisk(t, file, file, nil))
		if compiled := took.Modules[file]; strings.HasSuffix(file, ".py") && compiled != "" {
			files = append(files, compiledFile(t, compiled)...)
		}
	}
	for _, path := range took.Opened {
		files = append(files, fromDisk(t, path, path, nil))
	}
	return append(files, libraries(t, took.Mapped, took.Modules)...)
}

// compiledFile is a compiled module, marked as one that need not be compared with the time of its source: images have no times.
func compiledFile(t *testing.T, path string) []imageFile {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		return nil // it is compiled where it runs
	}
	defer file.Close() //nolint:errcheck // nothing was written
	head := make([]byte, 16)
	if _, err := io.ReadFull(file, head); err != nil {
		t.Fatal(err)
	}
	copy(head[4:], append([]byte{1}, make([]byte, 11)...))
	return []imageFile{fromDisk(t, path, path, head)}
}

// libraries lie where the loader looks first, under the names by which others want them.
func libraries(t *testing.T, mapped []string, modules map[string]string) []imageFile {
	t.Helper()
	at := slices.IndexFunc(mapped, func(path string) bool { return strings.HasPrefix(filepath.Base(path), "libc.so") })
	if at < 0 {
		t.Fatalf("no libc in %q", mapped)
	}
	dir := strings.TrimPrefix(filepath.Dir(mapped[at]), "/usr")
	var files []imageFile
	for _, path := range mapped {
		if _, module := modules[path]; module {
			continue
		}
		library, err := elf.Open(path)
		if err != nil {
			continue // a list of locales, or the like
		}
		names, err := library.DynString(elf.DT_SONAME)
		if err = errors.Join(err, library.Close()); err != nil || len(names) == 0 {
			continue
		}
		where := filepath.Join(dir, names[0])
		if strings.HasPrefix(names[0], "ld-linux") {
			where = filepath.Join("/"+map[string]string{"amd64": "lib64"}[runtime.GOARCH], names[0])
			if runtime.GOARCH != "amd64" {
				where = "/lib/" + names[0]
			}
		}
		files = append(files, fromDisk(t, where, path, nil))
	}
	return files
}

// imageOf is an image of one layer.
func imageOf(t *testing.T, layer v1.Layer, config v1.Config) v1.Image {
	t.Helper()
	image, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1), layer)
	if err != nil {
		t.Fatal(err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
	if image, err = mutate.ConfigFile(image, file); err != nil {
		t.Fatal(err)
	}
	return image
}

// shelf has the blobs of images as they are, without copies.
type shelf map[v1.Hash]storedBlob

type storedBlob struct {
	size int64
	open func() (io.ReadCloser, error)
}

// Get implements registry.BlobHandler.
func (s shelf) Get(_ context.Context, _ string, h v1.Hash) (io.ReadCloser, error) {
	if b, there := s[h]; there {
		return b.open()
	}
	return nil, registry.ErrNotFound
}

// Stat implements registry.BlobStatHandler.
func (s shelf) Stat(_ context.Context, _ string, h v1.Hash) (int64, error) {
	if b, there := s[h]; there {
		return b.size, nil
	}
	return 0, registry.ErrNotFound
}

// serveImages has a registry of images on a listener, behind what a test puts before it, and returns their references by name.
func serveImages(t *testing.T, l net.Listener, images map[string]v1.Image, before func(http.Handler) http.Handler) map[string]string {
	t.Helper()
	blobs := shelf{}
	handler := registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, 0)), registry.WithBlobHandler(blobs))
	inner := httptest.NewServer(handler)
	defer inner.Close()
	server := httptest.NewUnstartedServer(before(handler))
	_ = server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	references := map[string]string{}
	for at, image := range images {
		config, err := image.RawConfigFile()
		layers, err2 := image.Layers()
		digest, err3 := image.Digest()
		id, err4 := image.ConfigName()
		if err := errors.Join(err, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		blobs[id] = storedBlob{int64(len(config)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(config)), nil }}
		for _, layer := range layers {
			hash, err := layer.Digest()
			size, err2 := layer.Size()
			if err = errors.Join(err, err2); err != nil {
				t.Fatal(err)
			}
			blobs[hash] = storedBlob{size, layer.Compressed}
		}
		ref, err := name.NewDigest(strings.TrimPrefix(inner.URL, "http://") + "/" + at + "@" + digest.String())
		if err == nil {
			err = remote.Write(ref, image)
		}
		if err != nil {
			t.Fatal(err)
		}
		references[at] = l.Addr().String() + "/" + at + "@" + digest.String()
	}
	return references
}
