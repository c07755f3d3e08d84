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

	"ayni.example/artifact"
	"ayni.example/compute/worker"
	"ayni.example/sandbox"
)

// call is one request that was let in.
type call struct {
	server *Server
	*wire
	request Request
	cancel  context.CancelFunc
	work    *sync.WaitGroup
}

func (c *call) leases() Leases { return c.server.cfg.Leases }

// manifest takes data until its end.
func (c *call) manifest() error {
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	var blob bytes.Buffer
	for {
		f, err := c.receive(quietMax)
		if err != nil {
			return err
		}
		if f.kind == kindEnd {
			break
		}
		if f.kind != kindData || blob.Len()+len(f.body) > blobMax {
			return fmt.Errorf("%w: a manifest has at most %d bytes", ErrProtocol, blobMax)
		}
		blob.Write(f.body)
	}
	resume := make(map[string]artifact.Digest, len(c.request.Resume))
	for replica, text := range c.request.Resume {
		digest, err := artifact.ParseDigest(text)
		if err != nil {
			return fmt.Errorf("%w: %w", worker.ErrManifest, err)
		}
		resume[replica] = digest
	}
	if err := c.leases().Provide(c.request.Lease, blob.Bytes(), resume); err != nil {
		return err
	}
	return c.send(kindEnd, nil)
}

// watch ends the call when the tenant goes away; it has nothing more to say.
func (c *call) watch() {
	c.work.Go(func() {
		for {
			if _, err := c.receive(quietMax); err != nil {
				c.cancel()
				return
			}
		}
	})
}

func (c *call) logs(ctx context.Context) error {
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	c.watch()
	defer c.finish()
	end, err := c.leases().Output(ctx, c.request.Lease, c.request.Replica, c.request.Offset, c.request.Follow, func(at int64, text []byte) error {
		b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(text)), uint64(at))
		return c.send(kindLog, append(b, text...))
	})
	if err != nil {
		return err
	}
	return c.sendJSON(kindEnd, logEnd{Offset: end})
}

func (c *call) events(ctx context.Context) error {
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	c.watch()
	defer c.finish()
	since := c.request.Since
	for {
		list, err := c.leases().Events(c.request.Lease, since)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := c.sendJSON(kindEvent, e); err != nil {
				return err
			}
			since = e.Number
		}
		if !c.request.Follow {
			return c.send(kindEnd, nil)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(eventsEvery):
		}
	}
}

const eventsEvery = 300 * time.Millisecond

// sink takes a tenant's data.
type sink interface {
	io.Writer
	End() error // of the data
}

type pipeSink struct{ *io.PipeWriter }

// End implements sink.
func (p pipeSink) End() error { return p.Close() }

type connSink struct{ net.Conn }

// End implements sink: the other direction stays open.
func (c connSink) End() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// input reads the tenant's data into a sink and its sizes into a channel, until the call is finished or the tenant goes away.
func (c *call) input(to sink, sizes chan<- sandbox.Size) {
	c.work.Go(func() {
		if err := c.inputs(to, sizes); !errors.Is(err, errFinished) {
			c.cancel()
		}
		_ = to.End()
	})
}

func (c *call) inputs(to sink, sizes chan<- sandbox.Size) error {
	ended := false
	for {
		f, err := c.receive(quietMax)
		if err != nil {
			return err
		}
		switch f.kind {
		case kindData:
			if ended {
				continue // nobody reads; it is dropped
			}
			if _, err := to.Write(f.body); err != nil {
				ended = true
			}
		case kindEnd:
			ended = true
			if err := to.End(); err != nil {
				return err
			}
		case kindResize:
			var size sandbox.Size
			if err := f.decode(&size); err != nil {
				return err
			}
			select {
			case sizes <- size: // blocks for ever where there is no terminal
			default: // a newer one comes
			}
		default:
			return fmt.Errorf("%w: a frame of kind %d", ErrProtocol, f.kind)
		}
	}
}

func (c *call) exec(ctx context.Context) error {
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	in, to := io.Pipe()
	defer func() { _ = in.Close() }()
	sizes := make(chan sandbox.Size, 1)
	c.input(pipeSink{to}, sizes)
	defer c.finish()
	code, err := c.leases().Exec(ctx, c.request.Lease, c.request.Replica, sandbox.Exec{
		Args: c.request.Args, Env: c.request.Env, Stdin: in, Stdout: writer{c.wire, kindData}, Stderr: writer{c.wire, kindErrors},
		Terminal: c.request.Terminal, Resize: sizes,
	})
	if err != nil {
		return err
	}
	return c.sendJSON(kindExit, exit{Code: code})
}

func (c *call) get(ctx context.Context) error {
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	c.watch()
	defer c.finish()
	if err := c.leases().Pack(ctx, c.request.Lease, c.request.Replica, c.request.Path, writer{c.wire, kindData}); err != nil {
		return err
	}
	return c.send(kindEnd, nil)
}

func (c *call) put(ctx context.Context) error {
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	in, to := io.Pipe()
	c.input(pipeSink{to}, nil)
	defer c.finish()
	err := c.leases().Unpack(ctx, c.request.Lease, c.request.Replica, c.request.Path, in)
	if err == nil {
		_, err = io.Copy(io.Discard, in) // the end of an archive may be padded
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	return c.send(kindEnd, nil)
}

func (c *call) forward(ctx context.Context) error {
	dial, end := context.WithTimeout(ctx, openTime)
	conn, err := c.leases().Dial(dial, c.request.Lease, c.request.Replica, c.request.Port)
	end()
	if errors.Is(err, worker.ErrNoReplica) || errors.Is(err, worker.ErrNoLease) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: port %d", errUnreached, c.request.Port)
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := c.send(kindOK, nil); err != nil {
		return err
	}
	c.input(connSink{conn}, nil)
	defer c.finish()
	if _, err := io.Copy(writer{c.wire, kindData}, conn); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: the connection broke", errUnreached)
	}
	return c.send(kindEnd, nil)
}
