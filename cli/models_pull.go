package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
	"ayni.example/artifact/registry"
	"ayni.example/cli/machine"
	"ayni.example/provenance/lineage"
	"ayni.example/web/operator"
)

// pulling are the flags of `models pull`.
type pulling struct {
	as, digest      string
	insecure, trust bool
}

func (a *app) modelsPull() *cobra.Command {
	var p pulling
	cmd := &cobra.Command{
		Use: "pull SOURCE", Short: "Bring a model from a registry, an https address with a digest, or a file", Args: cobra.ExactArgs(1),
		Long: `Bring a model to this disk. SOURCE is

  [HOST/][NAMESPACE/]MODEL[:TAG]   in a registry that speaks as Ollama's does, which is the default host
  https://HOST/…/FILE.gguf         a file, such as on a model hub; its digest must be given with --digest
  ./FILE.gguf                      a file of this machine

What a registry or an address does not give is asked of the machines of the network, while "ayni up" runs (they give the models of
owners who set share_models). A download that broke off goes on where it was. Every byte is checked against its digest before the model has a name.
With --trust-first the digest of an address is learned on the first download, printed, and demanded from then on.`,
		Example: `  ayni models pull llama3.2:1b
  ayni models pull https://hub.example/org/repo/resolve/main/tiny-Q8_0.gguf --digest sha256:… --as tiny
  ayni models pull 192.168.1.7:7070/ns/tiny --insecure`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.pull(cmd.Context(), args[0], p) },
	}
	f := cmd.Flags()
	f.StringVar(&p.as, "as", "", "name on this disk (default: the one it has there, or the file's)")
	f.StringVar(&p.digest, "digest", "", "sha256 that the file must have")
	f.BoolVar(&p.insecure, "insecure", false, "plain HTTP instead of HTTPS")
	f.BoolVar(&p.trust, "trust-first", false, "take an address without a digest once, and pin what it has")
	return cmd
}

func (a *app) pull(ctx context.Context, source string, p pulling) error {
	s, err := a.models()
	if err != nil {
		return err
	}
	var e model.Entry
	u, urlErr := url.Parse(source)
	stat, statErr := os.Stat(source)
	switch {
	case statErr == nil && stat.Mode().IsRegular():
		e, err = a.pullFile(ctx, s, source, p)
	case urlErr == nil && u.Scheme != "" && u.Host != "" && strings.HasSuffix(u.Path, ".gguf"):
		e, err = a.pullAddress(ctx, s, u, p)
	case isPath(source):
		err = hint(statErr, "check the path")
	default:
		e, err = a.pullName(ctx, s, source, p)
	}
	if _, _, swept := s.Collect(ctx); err == nil {
		err = swept
	}
	if err != nil {
		return refused(noModel(err))
	}
	asset := a.traced(ctx, s, e, machine.Stored{
		Made: lineage.Made{Foreign: true, Job: pulled(source, u, urlErr)}, Foreign: true,
	})
	return a.made(s, e, asset)
}

// pulled is the job of a download; the path of a file of this machine stays here.
func pulled(source string, u *url.URL, bad error) lineage.Job {
	job := jobOf("pull", map[string]string{})
	if !isPath(source) {
		job.Source = source
	}
	if bad == nil && u.User != nil {
		job.Source = u.Redacted()
	}
	return job
}

// pullFile takes a file of this machine, if it has the digest that was given.
func (a *app) pullFile(ctx context.Context, s *model.Store, file string, p pulling) (model.Entry, error) {
	name, err := p.name(path.Base(file))
	if err != nil {
		return model.Entry{}, err
	}
	from := making{from: file, flags: func(string) bool { return false }}
	if p.digest == "" {
		return a.put(ctx, s, name, from)
	}
	want, err := artifact.ParseDigest(p.digest)
	if err != nil {
		return model.Entry{}, usage(err)
	}
	release, err := s.Blobs().Hold(ctx)
	if err != nil {
		return model.Entry{}, err
	}
	defer release()
	source, err := os.Open(file)
	if err != nil {
		return model.Entry{}, err
	}
	info, err := s.Blobs().Put(ctx, source, want)
	if err := errors.Join(err, source.Close()); err != nil {
		return model.Entry{}, err
	}
	from.from = s.Blobs().Path(info.Digest) // what was checked, whatever becomes of the file
	return a.put(ctx, s, name, from)
}

// name is what a file is called here: --as, or its own name without the ending.
func (p pulling) name(file string) (model.Name, error) {
	if p.as != "" {
		return named(p.as)
	}
	name, err := named(strings.TrimSuffix(file, ".gguf"))
	return name, hint(err, "name it with --as")
}

func (a *app) pullAddress(ctx context.Context, s *model.Store, u *url.URL, p pulling) (model.Entry, error) {
	if u.Scheme != "https" && (u.Scheme != "http" || !p.insecure) {
		return model.Entry{}, usage(fmt.Errorf("%s: want https (--insecure allows http)", u.Redacted()))
	}
	name, err := p.name(path.Base(u.Path))
	if err != nil {
		return model.Entry{}, err
	}
	release, err := s.Blobs().Hold(ctx)
	if err != nil {
		return model.Entry{}, err
	}
	defer release()
	c, end, err := a.client(p, path.Base(u.Path))
	if err != nil {
		return model.Entry{}, err
	}
	defer end()
	d, err := a.expected(ctx, s, c, u, p)
	if err != nil {
		return model.Entry{}, err
	}
	return c.Fetch(ctx, s, u.String(), d, name)
}

// expected is the digest that an address must have: the one that was given, pinned earlier, or learned now.
func (a *app) expected(ctx context.Context, s *model.Store, c *registry.Client, u *url.URL, p pulling) (artifact.Digest, error) {
	address := u.Scheme + "://" + u.Host + u.EscapedPath()
	if p.digest != "" {
		d, err := artifact.ParseDigest(p.digest)
		if err != nil {
			return "", usage(err)
		}
		return d, nil
	}
	d, pinned, err := s.Pinned(address)
	if err != nil || pinned {
		return d, err
	}
	if !p.trust {
		return "", usage(hint(errors.New("the file has no digest, so nobody could tell whether it is the right one"),
			"give the publisher's with --digest sha256:…, or take it as it is once with --trust-first"))
	}
	if d, err = c.Trust(ctx, s, u.String()); err != nil {
		return "", err
	}
	fmt.Fprintf(a.stderr, "pinned %s to %s\n", address, d)
	return d, s.Pin(address, d)
}

func (a *app) pullName(ctx context.Context, s *model.Store, source string, p pulling) (model.Entry, error) {
	if p.digest != "" || p.trust {
		return model.Entry{}, usage(errors.New("--digest and --trust-first are for addresses of files: a registry's manifest has the digests"))
	}
	if rest, ok := strings.CutPrefix(source, "http://"); ok && p.insecure {
		source = rest
	}
	from, err := model.ParseName(strings.TrimPrefix(source, "https://"))
	if err != nil {
		return model.Entry{}, usage(err)
	}
	if p.as == "" {
		p.as = from.String()
	}
	as, err := named(p.as)
	if err != nil {
		return model.Entry{}, hint(err, "name it with --as")
	}
	c, end, err := a.client(p, from.String())
	if err != nil {
		return model.Entry{}, err
	}
	defer end()
	return c.Pull(ctx, s, from, as)
}

// client downloads with a bar that begins anew with each blob.
func (a *app) client(p pulling, what string) (*registry.Client, func(), error) {
	bar, digest := a.progress("pull "+what), ""
	c, err := registry.New(registry.Config{
		Insecure: p.insecure, UserAgent: "ayni/" + version,
		Progress: func(now registry.Progress) {
			if now.Digest != digest {
				digest = now.Digest
				bar.again(fmt.Sprintf("pull %s %s", what, short(artifact.Digest(digest).Hex())), uint64(now.From))
			}
			bar.of(uint64(now.Done), uint64(now.Total))
		},
		Elsewhere: a.fromPeers,
	})
	return c, bar.end, err
}

// fromPeers asks the machines of the network for a blob of a model, when one runs on this home.
func (a *app) fromPeers(ctx context.Context, d artifact.Digest) error {
	if _, err := a.remote(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "the registry does not give %s: asking the machines of the network\n", d)
	_, err := a.fetch(ctx, nil, operator.ArtifactRequest{Digest: string(d), Models: true})
	return err
}

// refused adds what to do when a download was refused.
func refused(err error) error {
	var status *registry.StatusError
	var told hinted
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, artifact.ErrDigest):
		return hint(err, "do not use what came: compare the digest with its publisher's; a file that was replaced there has a new one")
	case errors.As(err, &status) && status.Status == http.StatusNotFound:
		return hint(err, "check name and tag, or the address; a model without a host is looked up at %s", model.DefaultHost)
	case errors.As(err, &status) && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden):
		return hint(err, "it needs an account there; download the file with the publisher's own program, then `ayni models create NAME --from FILE`")
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return hint(err, "the registry speaks plain HTTP: --insecure allows it, where you trust the network")
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(err.Error(), "no such host"):
		return hint(err, "nobody answers there: check the address, and that the registry runs; what is here already stays for the next pull")
	case strings.Contains(err.Error(), "gave up") || errors.Is(err, context.DeadlineExceeded):
		return hint(err, "pull again later: it goes on where it stopped")
	}
	return err
}
