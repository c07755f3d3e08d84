package share_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"testing"
	"time"

	"ayni.example/p2p"
	"ayni.example/provenance/vault/share"
)

// hostile answers each stream with the same frames, whatever it is asked.
type hostile struct{ frames []byte }

func (h hostile) Open(context.Context, string, []string, string) (*p2p.Stream, error) {
	near, far := net.Pipe()
	go func() {
		defer func() { _ = far.Close() }()
		go func() {
			b := make([]byte, 1<<16)
			for {
				if _, err := far.Read(b); err != nil {
					return
				}
			}
		}()
		_ = far.SetDeadline(time.Now().Add(time.Second))
		_, _ = far.Write(h.frames)
	}()
	return p2p.NewStream(near, "them", time.Now), nil
}

// FuzzOwner has a client talk to a machine that sends anything: nothing opens, nothing is kept, and no receipt is taken.
func FuzzOwner(f *testing.F) {
	w := newWorld(f, "owner", "me")
	grant := w.grant(f, "owner", "me", w.machines["owner"].add(f, "x", map[string]string{"x": "text"}), "*")
	me := w.machines["me"]
	frame := func(list ...any) []byte {
		var b bytes.Buffer
		for _, v := range list {
			near, far := net.Pipe()
			go func() {
				_ = p2p.NewStream(near, "x", time.Now).Send(v, 1<<20, time.Second)
				_ = near.Close()
			}()
			_, _ = b.ReadFrom(far)
		}
		return b.Bytes()
	}
	challenge := map[string]any{"challenge": make([]byte, 32)}
	f.Add(frame(challenge, map[string]any{"error": "revoked"}))
	f.Add(frame(challenge, map[string]any{"capability": "x", "wrap": map[string]any{"version": 1}}))
	f.Add(frame(challenge, map[string]any{"receipt": share.Receipt{Digest: "ab"}}))
	f.Fuzz(func(t *testing.T, frames []byte) {
		c, err := share.NewClient(share.ClientConfig{
			Vault: me.Vault, Ledger: w.book, Host: hostile{frames}, Account: me.account, Address: me.address(), ChainID: chainID, Self: "me", Now: w.now,
		})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := c.Open(t.Context(), w.remote("owner"), grant, "study"); err == nil {
			s.Close()
			t.Error("a grant was opened by nobody's signature")
		}
		if held, err := me.HeldAll(); err != nil || len(held) != 0 {
			t.Errorf("it kept %+v, %v", held, err)
		}
		if r, err := c.Erase(t.Context(), w.remote("owner"), grant); err == nil {
			t.Errorf("a receipt by nobody's signature: %+v", r)
		}
	})
}

// FuzzReceipt takes a receipt only as its holder signed it.
func FuzzReceipt(f *testing.F) {
	w := newWorld(f, "owner", "holder")
	digest := "ab" + string(bytes.Repeat([]byte("0"), 62))
	w.machines["holder"].blobs[digest] = true
	if err := w.machines["holder"].KeepFor(digest, w.machines["owner"].address()); err != nil {
		f.Fatal(err)
	}
	signed, err := w.machines["owner"].client.Erase(f.Context(), w.remote("holder"), digest)
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var r share.Receipt
		if json.Unmarshal(text, &r) != nil {
			return
		}
		if holder, err := r.Check(); err == nil && holder == signed.Holder && (r.Digest != signed.Digest || r.At != signed.At || r.Owner != signed.Owner) {
			t.Errorf("%s did not sign %s", holder, text)
		}
	})
}
