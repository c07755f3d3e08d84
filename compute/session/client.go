package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"ayni.example/compute/worker"
	"ayni.example/p2p"
	"ayni.example/sandbox"
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

// upload sends all that a reader has and waits for the other side's end. The other side may refuse in the middle, and read no more.
func (v *conversation) upload(ctx context.Context, from io.Reader) error {
	answer := make(chan error, 1)
	go func() {
		answer <- v.end(ctx)
		v.stream.Break() // what is still being sent is for nobody
	}()
	_, err := io.Copy(writer{v.wire, kindData}, from)
	if err == nil {
		err = v.send(kindEnd, nil)
	}
	if err != nil {
		v.stream.Break()
	}
	said := <-answer
	if known := (*Error)(nil); err != nil && !errors.As(said, &known) {
		return err
	}
	return said
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
	return d, v.first.decode(&d)
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
			at := int64(binary.BigEndian.Uint64(f.body)) //nolint:gosec // checked below
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

// Exec runs a program in a replica and returns its exit code.
func (c *Client) Exec(ctx context.Context, replica string, e sandbox.Exec) (int, error) {
	v, err := c.open(ctx, Request{Action: ActExec, Replica: replica, Args: e.Args, Env: e.Env, Terminal: e.Terminal})
	if err != nil {
		return 0, err
	}
	defer v.stop()
	ended := make(chan struct{})
	defer close(ended)
	go v.feed(e.Stdin) // ends with the stream, or at the reader's next byte after
	go v.resize(e.Resize, ended)
	for {
		f, err := v.next(ctx)
		if err != nil {
			return 0, err
		}
		switch f.kind {
		case kindData:
			err = write(e.Stdout, f.body)
		case kindErrors:
			err = write(e.Stderr, f.body)
		case kindExit:
			var x exit
			return x.Code, errors.Join(f.decode(&x))
		default:
			err = fmt.Errorf("%w: a frame of kind %d from a program", ErrProtocol, f.kind)
		}
		if err != nil {
			return 0, err
		}
	}
}

func write(to io.Writer, b []byte) error {
	if to == nil {
		return nil
	}
	_, err := to.Write(b)
	return err
}

// feed sends all that a reader has.
func (v *conversation) feed(from io.Reader) {
	if from != nil {
		if _, err := io.Copy(writer{v.wire, kindData}, from); err != nil {
			return // whoever reads the stream sees why
		}
	}
	_ = v.send(kindEnd, nil)
}

func (v *conversation) resize(sizes <-chan sandbox.Size, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case size := <-sizes:
			if v.sendJSON(kindResize, size) != nil {
				return
			}
		}
	}
}

// Get writes a folder or file of a replica's volumes as an archive.
func (c *Client) Get(ctx context.Context, replica, path string, to io.Writer) error {
	v, err := c.open(ctx, Request{Action: ActGet, Replica: replica, Path: path})
	if err != nil {
		return err
	}
	defer v.stop()
	for {
		f, err := v.next(ctx)
		if err != nil || f.kind == kindEnd {
			return err
		}
		if f.kind != kindData {
			return fmt.Errorf("%w: a frame of kind %d in an archive", ErrProtocol, f.kind)
		}
		if _, err := to.Write(f.body); err != nil {
			return err
		}
	}
}

// Put unpacks an archive into a folder of a replica's volumes.
func (c *Client) Put(ctx context.Context, replica, path string, from io.Reader) error {
	v, err := c.open(ctx, Request{Action: ActPut, Replica: replica, Path: path})
	if err != nil {
		return err
	}
	defer v.stop()
	return v.upload(ctx, from)
}

// Forward connects a connection here with a port of a replica, until either side is done.
func (c *Client) Forward(ctx context.Context, replica string, port int, conn net.Conn) error {
	defer func() { _ = conn.Close() }()
	v, err := c.open(ctx, Request{Action: ActForward, Replica: replica, Port: port})
	if err != nil {
		return err
	}
	defer v.stop()
	go v.feed(conn) // ends with the connection, which is closed here
	for {
		f, err := v.next(ctx)
		if err != nil || f.kind == kindEnd {
			return err
		}
		if f.kind != kindData {
			return fmt.Errorf("%w: a frame of kind %d on a port", ErrProtocol, f.kind)
		}
		if _, err := conn.Write(f.body); err != nil {
			return nil //nolint:nilerr // whoever connected has gone
		}
	}
}
