package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/p2p"
)

// copyProtocol is that of the plain copy.
const copyProtocol = "/bench/copy/1"

const timeout = time.Minute

func child(ctx context.Context, args []string) error {
	switch args[0] {
	case "put":
		return put(ctx, args[1], args[2])
	case "write":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return flushed(args[1], func(w io.Writer) error { return zeros(w, n) })
	case "give":
		return give(ctx, args[1], args[2])
	case "take":
		n, err := strconv.Atoi(args[4])
		if err != nil {
			return err
		}
		return take(ctx, args[1], args[2], args[3], n, args[5:])
	}
	return fmt.Errorf("no child %q", args[0])
}

func put(ctx context.Context, dir, name string) error {
	s, err := artifact.New(artifact.Config{Dir: dir})
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	_, err = s.PutPinned(ctx, f, "operator", "")
	return err
}

// flushed writes a file and flushes it to the disk.
func flushed(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}

func zeros(w io.Writer, n int) error {
	b := make([]byte, artifact.ChunkSize)
	for ; n > 0; n -= len(b) {
		if _, err := w.Write(b[:min(n, len(b))]); err != nil {
			return err
		}
	}
	return nil
}

func host() (*p2p.Host, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return p2p.New(p2p.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
}

func exchangeOn(h *p2p.Host, dir string) (*exchange.Exchange, *artifact.Store, error) {
	s, err := artifact.New(artifact.Config{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	x, err := exchange.New(exchange.Config{
		Host: h, Shared: []*artifact.Store{s}, Now: time.Now, Random: rand.Reader, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	return x, s, err
}

// give serves until standard input ends.
func give(ctx context.Context, kind, from string) error {
	if kind == "tcp" {
		return giveTCP(ctx, from)
	}
	h, err := host()
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	if kind == "exchange" {
		x, _, err := exchangeOn(h, from)
		if err != nil {
			return err
		}
		h.Handle(exchange.Protocol, exchange.Limits(), x.Handle)
	} else {
		h.Handle(copyProtocol, p2p.HandlerLimits{}, func(_ context.Context, s *p2p.Stream) {
			f, err := os.Open(from)
			if err != nil {
				return
			}
			defer f.Close() //nolint:errcheck // only read
			b := make([]byte, artifact.ChunkSize)
			for {
				n, err := f.Read(b)
				if err != nil || s.SendRaw(b[:n], timeout) != nil {
					return
				}
			}
		})
	}
	fmt.Println(h.Addrs()[0] + "/p2p/" + h.ID())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func giveTCP(ctx context.Context, from string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	c, err := l.Accept()
	if err != nil {
		return err
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	_, err = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{f}) // through the process, as libp2p must
	if err := errors.Join(err, c.Close(), f.Close()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// take brings the blob and flushes it.
func take(ctx context.Context, kind, to, digest string, n int, from []string) error {
	if kind == "tcp" {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", from[0])
		if err != nil {
			return err
		}
		return flushed(to, func(w io.Writer) error {
			got, err := io.Copy(struct{ io.Writer }{w}, struct{ io.Reader }{c})
			if err == nil && got != int64(n) {
				err = io.ErrUnexpectedEOF
			}
			return err
		})
	}
	h, err := host()
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // the process ends
	peers := make([]exchange.Peer, 0, len(from))
	for _, text := range from {
		p, err := exchange.ParsePeer(text)
		if err != nil {
			return err
		}
		peers = append(peers, p)
	}
	if kind == "exchange" {
		x, s, err := exchangeOn(h, to)
		if err != nil {
			return err
		}
		_, err = x.Fetch(ctx, exchange.Request{Digest: artifact.Digest(digest), Into: s, From: peers})
		return err
	}
	s, err := h.Open(ctx, peers[0].ID, peers[0].Addrs, copyProtocol)
	if err != nil {
		return err
	}
	return flushed(to, func(w io.Writer) error {
		b := make([]byte, artifact.ChunkSize)
		for ; n > 0; n -= len(b) {
			b = b[:min(n, len(b))]
			if err := s.ReceiveRaw(b, timeout); err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	})
}
