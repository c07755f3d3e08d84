package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"ayni.example/sandbox"
)

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
