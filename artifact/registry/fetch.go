package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"ayni.example/artifact"
)

// download is one blob on its way.
type download struct {
	client  *Client
	address string
	token   *string
	part    *artifact.Partial
	digest  artifact.Digest
	total   int64
	from    int64
}

// blob brings a blob into the store, checked: from the registry, or from elsewhere when the registry has failed.
func (c *Client) blob(ctx context.Context, blobs *artifact.Store, address string, token *string, d artifact.Digest, size int64) error {
	err := c.download(ctx, blobs, address, token, d, size)
	if err == nil || ctx.Err() != nil || c.cfg.Elsewhere == nil || errors.Is(err, syscall.ENOSPC) || c.cfg.Elsewhere(ctx, d) != nil {
		return err
	}
	return blobs.DropPartial(d)
}

// download takes what is missing of a blob from the registry.
func (c *Client) download(ctx context.Context, blobs *artifact.Store, address string, token *string, d artifact.Digest, size int64) error {
	part, err := blobs.Partial(ctx, d, size)
	if err != nil {
		return err
	}
	defer part.Close() //nolint:errcheck // what was written stays, and is checked by the next
	down := &download{client: c, address: address, token: token, part: part, digest: d, total: size, from: part.Have()}
	if part.Complete() {
		down.tell()
		return nil
	}
	if free, err := blobs.Free(); err == nil && uint64(size-part.Have()) > free {
		return fmt.Errorf("blob %s needs %d more bytes, the disk has %d: %w", d, size-part.Have(), free, syscall.ENOSPC)
	}
	for attempt := 0; ; attempt++ {
		fresh := part.Have() == 0
		err = down.whole(ctx)
		// Bytes that an earlier process left may have been lost with the power: then once more from the start.
		if errors.Is(err, artifact.ErrDigest) && !fresh && attempt == 0 {
			continue
		}
		return err
	}
}

// whole downloads until all bytes are there and commits them.
func (d *download) whole(ctx context.Context) error {
	pause := d.client.cfg.Pause
	for failures := 0; d.part.Have() < d.total; {
		before := d.part.Have()
		err := d.attempt(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil || final(err) {
			return err
		}
		if d.part.Have() > before {
			failures, pause = 0, d.client.cfg.Pause
		}
		if failures++; failures >= tries {
			return fmt.Errorf("gave up after %d tries: %w", failures, err)
		}
		if err := wait(ctx, pause); err != nil {
			return err
		}
		pause *= 2
	}
	d.tell()
	return d.part.Commit()
}

// final tells errors that another try does not mend.
func final(err error) bool {
	if status, ok := errors.AsType[*StatusError](err); ok {
		return !status.temporary()
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, errLonger) || errors.Is(err, errWrongPart)
}

var (
	errLonger    = errors.New("the server sends more than it announced")
	errWrongPart = errors.New("the server sends another part than it was asked for")
)

// attempt reads one answer as far as it goes.
func (d *download) attempt(ctx context.Context) error {
	from := d.part.Have()
	res, err := d.client.authorised(ctx, d.address, "", d.token, from)
	if err != nil {
		return err
	}
	switch res.StatusCode {
	case http.StatusPartialContent:
		if err := checkRange(res.Header.Get("Content-Range"), from, d.total); err != nil {
			_ = res.Body.Close()
			return err
		}
	case http.StatusOK:
		if from > 0 { // it does not know ranges
			if err := d.part.Restart(); err != nil {
				_ = res.Body.Close()
				return err
			}
		}
	case http.StatusUnauthorized:
		*d.token = "" // it ran out; the next try asks for another
		err := failed(res)
		return fmt.Errorf("the token is not taken any more: %s", err) //nolint:errorlint // 401 is final elsewhere, not here
	default:
		return failed(res)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	return d.read(res.Body)
}

func (d *download) read(body io.Reader) error {
	buf := make([]byte, 1<<17)
	for {
		n, err := body.Read(buf)
		if int64(n) > d.total-d.part.Have() {
			return errLonger
		}
		if n > 0 {
			if _, err := d.part.Write(buf[:n]); err != nil {
				return err
			}
			d.tell()
		}
		switch {
		case errors.Is(err, io.EOF) && d.part.Have() < d.total:
			return fmt.Errorf("the connection ended at byte %d of %d: %w", d.part.Have(), d.total, io.ErrUnexpectedEOF)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("at byte %d of %d: %w", d.part.Have(), d.total, withoutQuery(err))
		}
	}
}

func (d *download) tell() {
	if d.client.cfg.Progress != nil {
		d.client.cfg.Progress(Progress{Digest: string(d.digest), Done: d.part.Have(), Total: d.total, From: d.from})
	}
}

// checkRange reads "bytes 5-9/10"; the end may be earlier than the last byte, the size may be "*".
func checkRange(text string, from, total int64) error {
	rest, ok := strings.CutPrefix(text, "bytes ")
	span, size, ok2 := strings.Cut(rest, "/")
	first, _, ok3 := strings.Cut(span, "-")
	at, err := strconv.ParseInt(first, 10, 64)
	if !ok || !ok2 || !ok3 || err != nil || at != from || size != "*" && size != strconv.FormatInt(total, 10) {
		return fmt.Errorf("%w: Content-Range %.60q for bytes from %d of %d", errWrongPart, text, from, total)
	}
	return nil
}
