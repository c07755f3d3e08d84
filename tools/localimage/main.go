// Command localimage is a container image for examples, and the registry that it comes from: a program that counts aloud, one static
// file, on a loopback address.
//
//	localimage serve    print HOST:PORT/count@sha256:HEX, and serve the image, which holds this program, until it is stopped
//	localimage count    in the container: count, a line a second, and keep the number in /data/count where there is such a folder
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	err := errors.New("usage: localimage serve|count")
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case "serve":
			err = serve()
		case "count":
			err = count("/data/count")
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "localimage:", err)
		os.Exit(1)
	}
}

// serve makes an image of this program, and serves it.
func serve() error {
	image, err := itself()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: registry.New(registry.Logger(log.New(io.Discard, "", 0))), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	repository, err := name.NewRepository(listener.Addr().String() + "/count")
	if err != nil {
		return err
	}
	if err := remote.Write(repository.Tag("latest"), image); err != nil {
		return fmt.Errorf("push the image: %w", err)
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("%s@%s\n", repository, digest)
	return <-ended
}

// itself is an image of one layer with this program.
func itself() (v1.Image, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "count", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(program); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Architecture, config.OS, config.Config.Entrypoint = runtime.GOARCH, "linux", []string{"/count", "count"}
	return mutate.ConfigFile(image, config)
}

// count goes on from the number that the file holds.
func count(file string) error {
	n := 0
	text, err := os.ReadFile(file)
	kept := err == nil
	if kept {
		if n, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return err
		}
	}
	for {
		n++
		fmt.Println("count", n)
		if err := os.WriteFile(file, []byte(strconv.Itoa(n)+"\n"), 0o600); err != nil && kept {
			return err
		}
		time.Sleep(time.Second)
	}
}
