package exchange

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"slices"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/p2p"
)

// script is a connection on which one side has said all it will say.
type script struct {
	in  *bytes.Reader
	out int64
}

func (s *script) Read(b []byte) (int, error)       { return s.in.Read(b) }
func (s *script) Write(b []byte) (int, error)      { s.out += int64(len(b)); return len(b), nil }
func (s *script) Close() error                     { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// nowhere is a host that reaches nobody.
type nowhere struct{}

func (nowhere) ID() string { return "self" }
func (nowhere) Open(context.Context, string, []string, string) (*p2p.Stream, error) {
	return nil, p2p.ErrUnreachable
}

func frame(text string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
}

func newExchange(tb testing.TB, stores ...*artifact.Store) *Exchange {
	tb.Helper()
	x, err := New(Config{Host: nowhere{}, Shared: stores, Now: time.Now, Random: bytes.NewReader(nil), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// FuzzHandle says anything to a server. It ends, and answers no more than was asked for.
func FuzzHandle(f *testing.F) {
	store, err := artifact.New(artifact.Config{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), artifact.ChunkSize+10)
	info, err := store.PutBytes(context.Background(), body)
	if err != nil {
		f.Fatal(err)
	}
	x, d := newExchange(f, store), string(info.Digest)
	for _, text := range []string{
		`{"have":"` + d + `"}`, `{"get":"` + d + `","chunk":1}`, `{"get":"` + d + `","chunk":2}`, `{"get":"` + d + `","chunk":-1}`,
		`{"have":"` + d + `","get":"` + d + `"}`, `{}`, `{"have":"../../etc"}`, `{"get":"` + d + `","chunk":9223372036854775807}`, `[]`,
	} {
		f.Add(frame(text))
		f.Add(slices.Concat(frame(text), frame(text)))
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, said []byte) {
		c := &script{in: bytes.NewReader(said)}
		x.Handle(t.Context(), p2p.NewStream(c, "peer", time.Now))
		if most := int64(len(said)/10+1) * (artifact.ChunkSize + frameMax); c.out > most {
			t.Errorf("%d bytes were answered to %d", c.out, len(said))
		}
	})
}

// FuzzAnswer has a peer answer anything to both questions: nothing false is taken for a chunk.
func FuzzAnswer(f *testing.F) {
	body := []byte("the blob")
	digest := artifact.DigestOf(body)
	f.Add(frame(`{"size":8}`))
	f.Add(frame(`{"size":8,"from":1}`))
	f.Add(frame(`{"error":"absent"}`))
	f.Add(frame(`{"size":9223372036854775807}`))
	f.Add(slices.Concat(frame(`{"state":"agnmZ7tnroU8bvNypU/1OlEOUn+bBWiMH4PZq1vgzRk="}`), body))
	f.Add(slices.Concat(frame(`{"state":"AAAA"}`), body))
	f.Fuzz(func(t *testing.T, said []byte) {
		stream := func() *p2p.Stream { return p2p.NewStream(&script{in: bytes.NewReader(said)}, "peer", time.Now) }
		if size, from, err := ask(stream(), digest); err == nil && (size <= 0 || from < 0 || from >= artifact.Chunks(size)) {
			t.Errorf("a peer has %d bytes from chunk %d", size, from)
		}
		store, err := artifact.New(artifact.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		tail, err := store.Tail(t.Context(), digest)
		if err != nil {
			t.Fatal(err)
		}
		defer tail.Close() //nolint:errcheck // nothing hangs on it
		x := newExchange(t)
		d, err := x.newDownload(Request{Digest: digest, Into: store}, tail)
		if err != nil {
			t.Fatal(err)
		}
		s := &source{peer: Peer{ID: "peer"}, size: 8, cancel: func() {}}
		d.sources["peer"] = s
		d.meet("peer")
		err = d.get(stream(), s, 0, 8)
		if proven := d.size == 8 && d.front == 0; proven && !bytes.Contains(said, body) {
			t.Errorf("proven by %q: %v", said, err)
		}
	})
}

// FuzzParsePeer never panics, and what it takes has an id and an address.
func FuzzParsePeer(f *testing.F) {
	f.Add("/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGyEPeFwKLLLF8WuDKUTaLvgS1mTFgmKAVoYxmXKPJ5vK")
	f.Add("/p2p/x")
	f.Add("/p2p/")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParsePeer(text); err == nil && (p.ID == "" || len(p.Addrs) != 1 || p.Addrs[0]+"/p2p/"+p.ID != text) {
			t.Errorf("%q is %+v", text, p)
		}
	})
}
