package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"ayni.example/compute/worker"
	"ayni.example/p2p"
)

// How a client goes on after a stream broke.
const (
	tokenLife   = 5 * time.Minute
	againFirst  = 500 * time.Millisecond
	againMost   = 15 * time.Second
	againsInRow = 20 // without a frame between
)

// ClientConfig of a Client.
type ClientConfig struct {
	// Open opens a stream to the provider: over the network, or Server.Local on the provider's own machine.
	Open     func(ctx context.Context) (*p2p.Stream, error)
	Signer   Signer
	ChainID  string
	Lease    string
	Provider string // peer id of the provider
	Self     string // of this machine
	Now      func() time.Time
}

// Client acts on one lease.
type Client struct{ cfg ClientConfig }

// NewClient checks that nothing is missing.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.Open == nil || cfg.Signer == nil || cfg.ChainID == "" || cfg.Lease == "" || cfg.Provider == "" || cfg.Self == "" || cfg.Now == nil {
		return nil, errors.New("session client needs a stream, a signer, a chain id, a lease, both peer ids and a clock")
	}
	return &Client{cfg: cfg}, nil
}

// conversation is one stream from its open on.
type conversation struct {
	*wire
	first frame // the answer
	stop  func()
}

// open sends a request and waits for the answer.
func (c *Client) open(ctx context.Context, r Request) (*conversation, error) {
	scope := r.Action.scope()
	token, err := Issue(c.cfg.Signer, Grant{
		ChainID: c.cfg.ChainID, Lease: c.cfg.Lease, Provider: c.cfg.Provider, Holder: c.cfg.Self, Scopes: []Scope{scope},
	}, c.cfg.Now(), tokenLife, nil)
	if err != nil {
		return nil, err
	}
	r.Token, r.Lease = token, c.cfg.Lease
	stream, err := c.cfg.Open(ctx)
	if err != nil {
		return nil, err
	}
	w := &wire{stream: stream}
	unlink := context.AfterFunc(ctx, stream.Break)
	pings := make(chan struct{})
	var work sync.WaitGroup
	v := &conversation{wire: w, stop: func() {
		close(pings)
		unlink()
		stream.Break()
		work.Wait()
	}}
	err = w.sendJSON(kindOpen, r)
	if err == nil {
		v.first, err = w.receive(quietMax)
	}
	work.Go(func() { w.ping(pings, stream.Break) })
	switch {
	case err != nil:
	case v.first.kind == kindError:
		err = v.first.err()
	case v.first.kind != kindOK:
		err = fmt.Errorf("%w: it answers with a frame of kind %d", ErrProtocol, v.first.kind)
	}
	if err != nil {
		v.stop()
		return nil, errors.Join(context.Cause(ctx), err)
	}
	return v, nil
}

// next is the next frame; an error that the other side tells of is one.
func (v *conversation) next(ctx context.Context) (frame, error) {
	f, err := v.receive(quietMax)
	if err == nil && f.kind == kindError {
		return f, f.err()
	}
	if err != nil && ctx.Err() != nil {
		return f, ctx.Err()
	}
	return f, err
}

// Provide sends the manifest, and digests of checkpoints to begin from, by replica.
func (c *Client) Provide(ctx context.Context, blob []byte, resume map[string]string) error {
	v, err := c.open(ctx, Request{Action: ActManifest, Resume: resume})
	if err != nil {
		return err
	}
	defer v.stop()
	return v.upload(ctx, bytes.NewReader(blob))
}

// end waits for the other side's.
func (v *conversation) end(ctx context.Context) error {
	f, err := v.next(ctx)
	if err == nil && f.kind != kindEnd {
		err = fmt.Errorf("%w: a frame of kind %d and not the end", ErrProtocol, f.kind)
	}
	return err
}

// Status says how the lease stands at the provider.
func (c *Client) Status(ctx context.Context) (worker.Detail, error) {
	var d worker.Detail
	v, err := c.open(ctx, Request{Action: ActStatus})
	if err != nil {
		return d, err
	}
	defer v.stop()
	err = v.first.decode(&d)
	plainDetail(&d)
	return d, err
}

// Logs gives what a replica wrote from an offset on, and returns the offset to go on from. With follow it goes on until ctx or the lease
// ends, and over streams that break.
func (c *Client) Logs(ctx context.Context, replica string, offset int64, follow bool, each func(offset int64, text []byte) error) (int64, error) {
	err := c.again(ctx, follow, func(heard func()) error {
		v, err := c.open(ctx, Request{Action: ActLogs, Replica: replica, Offset: offset, Follow: follow})
		if err != nil {
			return err
		}
		defer v.stop()
		for {
			f, err := v.next(ctx)
			if err != nil {
				return err
			}
			heard()
			switch {
			case f.kind == kindEnd:
				var end logEnd
				err := f.decode(&end)
				offset = end.Offset
				return err
			case f.kind != kindLog || len(f.body) < 8:
				return fmt.Errorf("%w: a frame of kind %d among logs", ErrProtocol, f.kind)
			}
			at := int64(binary.BigEndian.Uint64(f.body))
			if at < 0 || offset >= 0 && at < offset {
				return fmt.Errorf("%w: logs go back from %d to %d", ErrProtocol, offset, at)
			}
			if err := each(at, f.body[8:]); err != nil {
				return stopped{err}
			}
			offset = at + int64(len(f.body)-8)
		}
	})
	return offset, err
}

// Events gives what happened after an event, and with follow what happens.
func (c *Client) Events(ctx context.Context, since uint64, follow bool, each func(worker.Event) error) error {
	return c.again(ctx, follow, func(heard func()) error {
		v, err := c.open(ctx, Request{Action: ActEvents, Since: since, Follow: follow})
		if err != nil {
			return err
		}
		defer v.stop()
		for {
			f, err := v.next(ctx)
			if err != nil || f.kind == kindEnd {
				return err
			}
			heard()
			var e worker.Event
			if f.kind != kindEvent {
				return fmt.Errorf("%w: a frame of kind %d among events", ErrProtocol, f.kind)
			}
			if err := f.decode(&e); err != nil {
				return err
			}
			e.Kind, e.Replica, e.Text = plain(e.Kind), plain(e.Replica), plain(e.Text)
			if err := each(e); err != nil {
				return stopped{err}
			}
			since = e.Number
		}
	})
}

// stopped is an error of who gets what a stream brings: it is no reason to open another.
type stopped struct{ error }

// again opens a stream anew as long as it breaks for reasons that may pass.
func (c *Client) again(ctx context.Context, follow bool, talk func(heard func()) error) error {
	pause, row := againFirst, 0
	for {
		err := talk(func() { pause, row = againFirst, 0 })
		var said *Error
		var own stopped
		switch {
		case errors.As(err, &own):
			return own.error
		case err == nil || !follow || ctx.Err() != nil || errors.Is(err, ErrProtocol) || errors.As(err, &said) && said.Kind != KindInternal:
			return err
		}
		if row++; row > againsInRow {
			return fmt.Errorf("gave up after %d tries: %w", row, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, againMost)
	}
}
