package cli

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/artifact/seal"
	"ayni.example/cli/machine"
	"ayni.example/internal/clock"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/web/operator"
)

// getting are the flags of `artifact get`.
type getting struct {
	out, identity string
	from          []string
	pin           bool
	reason        string
}

func (a *app) artifactGet() *cobra.Command {
	var g getting
	cmd := &cobra.Command{
		Use: "get DIGEST", Short: "Bring an artifact from machines that have it, and write it to a file", Args: cobra.ExactArgs(1),
		Long: `Bring an artifact to this disk, unless it is there, from any machines of the network that have it, several at once. Each chunk is
proven by the digest before it counts; a machine that sends anything else is named and not asked again. What came stays when
it breaks off, and the next get goes on from there.

The machines are those on the ledger while "ayni up" runs, and those that --from names.`,
		Example: `  ayni artifact get sha256:… --out weights.safetensors
  ayni artifact get sha256:… --identity key.txt --out report.pdf
  ayni artifact get sha256:… --from /ip4/192.0.2.7/tcp/4001/p2p/12D3…`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.getArtifact(cmd.Context(), args[0], g) },
	}
	f := cmd.Flags()
	f.StringVar(&g.out, "out", "", "file to write, - for standard output (default: it stays in the store)")
	f.StringVar(&g.identity, "identity", "", "file with the secret key that opens it, with --out")
	f.StringArrayVar(&g.from, "from", nil, "address of a machine, with its peer id; may be given again")
	f.BoolVar(&g.pin, "pin", false, "keep it from collection")
	f.StringVar(&g.reason, "reason", "", "what it is pinned for")
	return cmd
}

func (a *app) getArtifact(ctx context.Context, text string, g getting) error {
	if g.identity != "" && g.out == "" {
		return usage(errors.New("--identity opens it for --out: name a file"))
	}
	for _, address := range g.from {
		if _, err := exchange.ParsePeer(address); err != nil {
			return usage(err)
		}
	}
	s, d, err := a.one(text)
	if err != nil {
		return err
	}
	got := operator.ArtifactFetch{Digest: string(d), Here: true, Ended: true, Peers: []operator.ArtifactPeer{}}
	if info, err := s.Stat(d); err == nil {
		got.Size, got.Done = info.Size, info.Size
	} else if got, err = a.fetch(ctx, s, operator.ArtifactRequest{Digest: string(d), From: g.from}); err != nil {
		return err
	}
	if g.pin { // not before: nobody wants a pin of what is not here
		if err := s.Pin(artifact.Pin{Digest: d, Owner: pinOwner, Reason: g.reason}); err != nil {
			return err
		}
	}
	if g.out != "" {
		if err := a.writeOut(ctx, s, d, g); err != nil {
			return full(err)
		}
	}
	if g.out == "-" {
		return nil
	}
	out := struct {
		operator.ArtifactFetch
		Path string `json:"path"`
	}{got, s.Path(d)}
	if g.out != "" {
		out.Path = g.out
	}
	return a.print(out, table{rows: [][]string{{out.Digest, size(out.Size), out.Path}}})
}

// fetch has the running process bring a blob, or does it here when none runs and somebody to ask is named.
func (a *app) fetch(ctx context.Context, s *artifact.Store, req operator.ArtifactRequest) (operator.ArtifactFetch, error) {
	bar := a.progress("get " + short(artifact.Digest(req.Digest).Hex()))
	defer bar.end()
	remote, err := a.remote()
	var got operator.ArtifactFetch
	switch {
	case err == nil:
		for !got.Ended {
			if got, err = remote.FetchArtifact(ctx, req); err != nil {
				return got, advise(err)
			}
			bar.of(uint64(got.Done), uint64(got.Size))
		}
	case errors.Is(err, home.ErrStopped) && len(req.From) > 0:
		if got, err = a.fetchAlone(ctx, s, req, bar); err != nil {
			return got, err
		}
	case errors.Is(err, home.ErrStopped):
		return got, hint(err, "start it with `ayni up`, which knows the machines of the network, or name one that has it with --from")
	default:
		return got, err
	}
	bar.end()
	for _, p := range got.Peers {
		if p.Dropped != "" {
			fmt.Fprintf(a.stderr, "dropped peer %s: %s: %s\n", p.Peer, p.Dropped, p.Why)
		}
	}
	if got.Error != "" {
		err := errors.New(got.Error)
		if got.Advice != "" {
			return got, hint(err, "%s", got.Advice)
		}
		return got, err
	}
	return got, nil
}

// fetchAlone asks the peers that are named, as nobody in particular.
func (a *app) fetchAlone(ctx context.Context, s *artifact.Store, req operator.ArtifactRequest, bar *progress) (operator.ArtifactFetch, error) {
	request := exchange.Request{Digest: artifact.Digest(req.Digest), Into: s, Progress: func(done, total int64) { bar.of(uint64(done), uint64(total)) }}
	for _, text := range req.From {
		p, err := exchange.ParsePeer(text)
		if err != nil {
			return operator.ArtifactFetch{}, usage(err)
		}
		request.From = append(request.From, p)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return operator.ArtifactFetch{}, err
	}
	quiet := slog.New(slog.DiscardHandler) // what matters is in the report
	host, err := p2p.New(p2p.Config{Key: key, Now: clock.System, Logger: quiet})
	if err != nil {
		return operator.ArtifactFetch{}, err
	}
	defer host.Close() //nolint:errcheck // nothing is served on it
	x, err := exchange.New(exchange.Config{Host: host, Now: clock.System, Random: rand.Reader, Logger: quiet})
	if err != nil {
		return operator.ArtifactFetch{}, err
	}
	report, err := x.Fetch(ctx, request)
	return machine.ArtifactFetch(report, err), nil
}

// writeOut writes a blob, checked once more or decrypted, to a file that is there whole or not at all.
func (a *app) writeOut(ctx context.Context, s *artifact.Store, d artifact.Digest, g getting) error {
	blob, err := s.Open(d)
	if err != nil {
		return notThere(err)
	}
	defer blob.Close() //nolint:errcheck // only read
	if g.out == "-" {
		w := bufio.NewWriterSize(a.stdout, 1<<18)
		return errors.Join(pour(ctx, w, blob, d, g.identity), w.Flush())
	}
	temp, err := os.CreateTemp(filepath.Dir(g.out), "."+filepath.Base(g.out)+"-*")
	if err != nil {
		return hint(err, "name a file in a folder that you can write")
	}
	err = pour(ctx, temp, blob, d, g.identity)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), g.out)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

func pour(ctx context.Context, to io.Writer, blob *os.File, d artifact.Digest, identity string) error {
	if identity == "" {
		return hint(artifact.Verify(ctx, io.TeeReader(blob, to), d), "the disk has damaged it: `ayni artifact rm` it and get it again")
	}
	file, err := os.Open(identity)
	if err != nil {
		return hint(err, "--identity names the file that `ayni artifact key` made")
	}
	defer file.Close() //nolint:errcheck // only read
	identities, err := seal.Identities(file)
	if err != nil {
		return hint(fmt.Errorf("read %s: %w", identity, err), "it must hold secret keys, one a line, such as `ayni artifact key` writes")
	}
	return hint(seal.Open(to, blob, identities), "is it the key of a --to with which it was put? `ayni artifact verify` tells whether the disk has damaged it")
}
