package share_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"testing"
	"time"

	"ayni.example/internal/canon"
	"ayni.example/p2p"
	"ayni.example/provenance/vault/share"
)

// said is what the owner's machine answers.
type said struct {
	Error      string          `json:"error"`
	Terms      json.RawMessage `json:"terms"`
	Wrap       json.RawMessage `json:"wrap"`
	Key        []byte          `json:"key"`
	Signature  []byte          `json:"signature"`
	Capability string          `json:"capability"`
	Expires    int64           `json:"expires"`
	Size       int64           `json:"size"`
	Receipt    json.RawMessage `json:"receipt"`
	Challenge  []byte          `json:"challenge"`
}

// line is a stream by hand.
type line struct {
	*p2p.Stream
	t         *testing.T
	challenge []byte
}

func (w *world) line(t *testing.T, self, to string) *line {
	t.Helper()
	t.Helper()
	s, err := from{w, self}.Open(t.Context(), to, nil, share.Protocol)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Break)
	l := &line{Stream: s, t: t}
	var hello struct {
		Challenge []byte `json:"challenge"`
	}
	if err := s.Receive(&hello, 1<<16, time.Minute); err != nil {
		t.Fatal(err)
	}
	l.challenge = hello.Challenge
	return l
}

func (l *line) talk(v any) said {
	l.t.Helper()
	var r said
	if err := l.Send(v, 1<<20, time.Minute); err != nil {
		l.t.Fatal(err)
	}
	if err := l.Receive(&r, 8<<20, time.Minute); err != nil {
		l.t.Fatal(err)
	}
	if len(r.Challenge) > 0 {
		l.challenge = r.Challenge
	}
	return r
}

// ask is a request for a stream, signed by a machine's account.
func (w *world) ask(t *testing.T, l *line, as, grant string, change func(*share.Ask)) map[string]any {
	t.Helper()
	t.Helper()
	m := w.machines[as]
	a := share.Ask{
		ChainID: chainID, Grant: grant, Owner: w.machines["owner"].address(), To: "owner", From: as, Purpose: "study", ReaderKey: m.ReaderKey(), Challenge: l.challenge,
	}
	if change != nil {
		change(&a)
	}
	body, err := canon.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	key, signature, err := m.Sign(append([]byte("ayni/vault/ask/1\x00"), body...))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"ask": map[string]any{"ask": a, "key": key, "signature": signature}}
}

// TestRequestTampered changes each field of a request, before and after it is signed.
func TestRequestTampered(t *testing.T) {
	w, o := newTown(t)
	g, second := w.grant(t, "owner", "grantee", o, "a/"), w.grant(t, "owner", "thief", o, "a/")
	l := w.line(t, "grantee", "owner")
	if got := l.talk(w.ask(t, l, "grantee", g, nil)); got.Error != "" || got.Wrap == nil || got.Capability == "" {
		t.Fatalf("%+v", got)
	}
	fields := map[string]struct {
		change func(*share.Ask)
		want   string // when the account signs it so
	}{
		"chain":     {func(a *share.Ask) { a.ChainID = "ayni-other" }, "network"},
		"owner":     {func(a *share.Ask) { a.Owner = w.machines["thief"].address() }, "network"},
		"to":        {func(a *share.Ask) { a.To = "thief" }, "network"},
		"from":      {func(a *share.Ask) { a.From = "thief" }, "holder"},
		"challenge": {func(a *share.Ask) { a.Challenge = make([]byte, 32) }, "replayed"},
		"none":      {func(a *share.Ask) { a.Challenge = nil }, "replayed"},
		"grant":     {func(a *share.Ask) { a.Grant = second }, "reader"},
		"no grant":  {func(a *share.Ask) { a.Grant = "../" + g }, "grant"},
		"purpose":   {func(a *share.Ask) { a.Purpose = "advertising" }, "purpose"},
		"key":       {func(a *share.Ask) { a.ReaderKey = a.ReaderKey[1:] }, "wrap"},
	}
	for name, f := range fields {
		if got := l.talk(w.ask(t, l, "grantee", g, f.change)); got.Error != f.want || got.Wrap != nil || got.Capability != "" {
			t.Errorf("%s: %q, want %q", name, got.Error, f.want)
		}
		if f.want == "network" || f.want == "holder" || f.want == "replayed" {
			continue // looked at before the signature
		}
		signed := w.ask(t, l, "grantee", g, nil)
		a := signed["ask"].(map[string]any)["ask"].(share.Ask)
		f.change(&a)
		signed["ask"].(map[string]any)["ask"] = a
		if got := l.talk(signed); got.Error != "signature" {
			t.Errorf("%s after it was signed: %q", name, got.Error)
		}
	}
	for name, change := range map[string]func(map[string]any){
		"another's key":      func(m map[string]any) { m["key"] = w.machines["thief"].key.PubKey().Bytes() },
		"no key":             func(m map[string]any) { m["key"] = nil },
		"signature":          func(m map[string]any) { s := bytes.Clone(m["signature"].([]byte)); s[5] ^= 1; m["signature"] = s },
		"no signature":       func(m map[string]any) { m["signature"] = nil },
		"a longer signature": func(m map[string]any) { m["signature"] = append(bytes.Clone(m["signature"].([]byte)), 0) },
	} {
		signed := w.ask(t, l, "grantee", g, nil)
		change(signed["ask"].(map[string]any))
		if got := l.talk(signed); got.Error != "signature" {
			t.Errorf("%s: %q", name, got.Error)
		}
	}
	kept := w.ask(t, l, "grantee", g, nil)
	l.talk(kept)
	if got := l.talk(kept); got.Error != "replayed" {
		t.Errorf("sent again: %q", got.Error)
	}
	for _, m := range []map[string]any{{}, {"ask": nil}, {"ask": kept["ask"], "read": map[string]any{}}} {
		if got := l.talk(m); got.Error != "protocol" {
			t.Errorf("%v: %q", m, got.Error)
		}
	}
}

// TestCapabilityTampered changes each byte of one, and shows it elsewhere, later and to another process.
func TestCapabilityTampered(t *testing.T) {
	w, o := newTown(t)
	g := w.grant(t, "owner", "grantee", o, "a/1")
	l := w.line(t, "grantee", "owner")
	opened := l.talk(w.ask(t, l, "grantee", g, nil))
	now, err := w.machines["owner"].Object(o.ID)
	if err != nil {
		t.Fatal(err)
	}
	read := func(l *line, capability, file string) string {
		t.Helper()
		return l.talk(map[string]any{"read": map[string]any{"capability": capability, "file": file}}).Error
	}
	raw, err := base64.RawURLEncoding.DecodeString(opened.Capability)
	if err != nil {
		t.Fatal(err)
	}
	for n := range raw {
		changed := bytes.Clone(raw)
		changed[n] ^= 1
		if got := read(l, base64.RawURLEncoding.EncodeToString(changed), now.Items[0].File); got != "capability" {
			t.Fatalf("byte %d changed: %q", n, got)
		}
	}
	for name, c := range map[string]string{"none": "", "short": opened.Capability[:20], "text": "!!", "long": string(make([]byte, 2000))} {
		if got := read(l, c, now.Items[0].File); got != "capability" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := read(w.line(t, "thief", "owner"), opened.Capability, now.Items[0].File); got != "capability" {
		t.Errorf("stolen: %q", got)
	}
	if got := read(l, opened.Capability, now.Items[1].File); got != "scope" {
		t.Errorf("outside of the scope: %q", got)
	}
	for _, file := range []string{"", "../record", "record", o.ID} {
		if got := read(l, opened.Capability, file); got != "changed" {
			t.Errorf("file %q: %q", file, got)
		}
	}
	w.at = w.at.Add(5 * time.Minute)
	if got := read(l, opened.Capability, now.Items[0].File); got != "capability" {
		t.Errorf("after five minutes: %q", got)
	}
	w.at = w.at.Add(-5 * time.Minute)
	w.start(t, "owner")
	if got := read(w.line(t, "grantee", "owner"), opened.Capability, now.Items[0].File); got != "capability" {
		t.Errorf("after a restart: %q", got)
	}
}

// FuzzStream sends any frame to a server, which answers it or ends the stream.
func FuzzStream(f *testing.F) {
	w := newWorld(f, "owner")
	f.Add([]byte(`{"ask":{"ask":{},"key":"","signature":""}}`))
	f.Add([]byte(`{"read":{"capability":"","file":""}}`))
	f.Add([]byte(`{"erase":{"erase":{"digest":"00"}}}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) > 1<<14 {
			return
		}
		near, far := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.machines["owner"].server.Handle(t.Context(), p2p.NewStream(far, "fuzzer", time.Now))
			_ = far.Close()
		}()
		s := p2p.NewStream(near, "owner", time.Now)
		var hello, answer json.RawMessage
		if err := s.Receive(&hello, 1<<16, time.Minute); err != nil {
			t.Fatal(err)
		}
		if p2p.WriteFrame(near, frame, 1<<16) == nil {
			_ = s.Receive(&answer, 8<<20, time.Minute)
		}
		_ = near.Close()
		<-done
		if len(answer) > 0 && !bytes.Contains(answer, []byte(`"error"`)) {
			t.Errorf("%s is answered by %s", frame, answer)
		}
	})
}
