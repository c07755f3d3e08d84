package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"

	"ayni.example/artifact"
	"ayni.example/artifact/model"
)

// Pull brings a model from its registry and keeps it under a name, which may be another than it has there. What is here
// already is not downloaded again.
func (c *Client) Pull(ctx context.Context, s *model.Store, from, as model.Name) (model.Entry, error) {
	release, err := s.Blobs().Hold(ctx)
	if err != nil {
		return model.Entry{}, err
	}
	defer release()
	host, repository := from.Registry()
	base := c.scheme() + "://" + host + "/v2/" + repository
	var token string
	raw, m, err := c.manifest(ctx, base+"/manifests/"+from.Tag, &token)
	if err != nil {
		return model.Entry{}, fmt.Errorf("pull %s: %w", from, err)
	}
	for _, l := range m.Blobs() {
		if err := c.blob(ctx, s.Blobs(), base+"/blobs/"+string(l.Digest), &token, l.Digest, l.Size); err != nil {
			return model.Entry{}, fmt.Errorf("pull %s: %w", from, err)
		}
	}
	for _, mediaType := range []string{model.TypeWeights, model.TypeAdapter} {
		for _, l := range m.All(mediaType) {
			if err := check(s.Blobs(), l.Digest, l.Size); err != nil {
				return model.Entry{}, fmt.Errorf("pull %s: %w", from, err)
			}
		}
	}
	return s.Save(as, raw)
}

func (c *Client) manifest(ctx context.Context, address string, token *string) ([]byte, model.Manifest, error) {
	raw, err := c.small(ctx, address, token)
	if err != nil {
		return nil, model.Manifest{}, err
	}
	m, err := model.ParseManifest(raw)
	return raw, m, err
}

// small reads a manifest, trying again what may pass.
func (c *Client) small(ctx context.Context, address string, token *string) ([]byte, error) {
	pause := c.cfg.Pause
	for attempt := 1; ; attempt++ {
		raw, err := c.once(ctx, address, token)
		var status *StatusError
		passing := errors.As(err, &status) && status.temporary()
		if err == nil || !passing || attempt == tries || ctx.Err() != nil {
			return raw, err
		}
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

func (c *Client) once(ctx context.Context, address string, token *string) ([]byte, error) {
	res, err := c.authorised(ctx, address, model.TypeManifest, token, 0)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, failed(res)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(io.LimitReader(res.Body, model.MaxManifest+1))
	if err == nil && len(raw) > model.MaxManifest {
		err = fmt.Errorf("a manifest of more than %d bytes", model.MaxManifest)
	}
	return raw, err
}

// check refuses weights that are no GGUF file; their digest was right, so that they were no model from the start.
func check(blobs *artifact.Store, d artifact.Digest, size int64) error {
	file, err := blobs.Open(d)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	return model.CheckGGUF(file, size)
}

// Fetch brings the GGUF file at an https address, whose digest is known, and keeps it under a name.
func (c *Client) Fetch(ctx context.Context, s *model.Store, address string, d artifact.Digest, as model.Name) (model.Entry, error) {
	release, err := s.Blobs().Hold(ctx)
	if err != nil {
		return model.Entry{}, err
	}
	defer release()
	var token string
	info, err := s.Blobs().Stat(d)
	if err != nil {
		if info.Size, err = c.length(ctx, address, &token); err != nil {
			return model.Entry{}, fmt.Errorf("fetch %s: %w", plain(address), err)
		}
	}
	if err := c.blob(ctx, s.Blobs(), address, &token, d, info.Size); err != nil {
		return model.Entry{}, fmt.Errorf("fetch %s: %w", plain(address), err)
	}
	if err := check(s.Blobs(), d, info.Size); err != nil {
		return model.Entry{}, fmt.Errorf("fetch %s: %w", plain(address), err)
	}
	draft := s.Draft()
	draft.Add(model.TypeWeights, artifact.Info{Digest: d, Size: info.Size})
	return draft.Save(ctx, as)
}

// length asks how large a file is, by its first byte: not every server answers HEAD for signed addresses.
func (c *Client) length(ctx context.Context, address string, token *string) (int64, error) {
	res, err := c.authorised(ctx, address, "", token, 0)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return 0, failed(res)
	}
	_ = res.Body.Close() // the body is asked for again, from where it is needed
	if res.ContentLength < 0 {
		return 0, errors.New("the server does not say how large the file is")
	}
	return res.ContentLength, nil
}

// Trust downloads a file whose digest nobody has told, to learn it. The bytes stay, so that Fetch with that digest is quick; the
// caller holds the store from before until then.
func (c *Client) Trust(ctx context.Context, s *model.Store, address string) (artifact.Digest, error) {
	var token string
	res, err := c.authorised(ctx, address, "", &token, 0)
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", plain(address), err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("fetch %s: %w", plain(address), failed(res))
	}
	defer res.Body.Close() //nolint:errcheck // only read
	if free, err := s.Blobs().Free(); err == nil && res.ContentLength > 0 && uint64(res.ContentLength) > free {
		return "", fmt.Errorf("fetch %s: %d bytes, the disk has %d: %w", plain(address), res.ContentLength, free, syscall.ENOSPC)
	}
	body := &watched{client: c, body: res.Body, total: max(0, res.ContentLength)}
	info, err := s.Blobs().Put(ctx, body, "")
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", plain(address), err)
	}
	return info.Digest, nil
}

// watched tells the progress of a body.
type watched struct {
	client *Client
	body   io.Reader
	done   int64
	total  int64
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.body.Read(b)
	w.done += int64(n)
	if w.client.cfg.Progress != nil {
		w.client.cfg.Progress(Progress{Done: w.done, Total: w.total})
	}
	return n, err
}
