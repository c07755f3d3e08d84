package p2p_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"ayni.example/p2p"
)

type greeting struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

func TestFrameRoundTrip(t *testing.T) {
	var wire bytes.Buffer
	sent := greeting{Text: "<é>", Count: 3}
	body, err := p2p.EncodeFrame(sent)
	if err != nil {
		t.Fatal(err)
	}
	if err := p2p.WriteFrame(&wire, body, 100); err != nil {
		t.Fatal(err)
	}
	if want := `{"text":"<é>","count":3}`; string(body) != want || wire.Len() != 4+len(want) {
		t.Fatalf("wire %q, want %q", wire.Bytes(), want)
	}
	got, err := p2p.ReadFrame(&wire, 100)
	if err != nil {
		t.Fatal(err)
	}
	var received greeting
	if err := p2p.DecodeFrame(got, &received); err != nil || received != sent {
		t.Fatalf("received %+v, %v", received, err)
	}
	if _, err := p2p.ReadFrame(&wire, 100); !errors.Is(err, io.EOF) {
		t.Fatalf("after the last frame: %v", err)
	}
}

func TestFrameRefusals(t *testing.T) {
	frame := func(size uint32, body string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, size), body...)
	}
	tests := []struct {
		name string
		wire []byte
		want error
	}{
		{"length of four gigabytes", frame(1<<32-1, "{}"), p2p.ErrFrameTooLarge},
		{"one byte over the bound", frame(65, strings.Repeat(" ", 65)), p2p.ErrFrameTooLarge},
		{"cut in the length", []byte{0, 0, 1}, p2p.ErrFrameCut},
		{"cut in the body", frame(10, "{}"), p2p.ErrFrameCut},
		{"empty", frame(0, ""), p2p.ErrFrameFormat},
		{"no JSON", frame(4, "\xff\xfe\x00\x01"), p2p.ErrFrameFormat},
		{"unknown field", frame(11, `{"other":1}`), p2p.ErrFrameFormat},
		{"two values", frame(4, `{}{}`), p2p.ErrFrameFormat},
		{"wrong type", frame(11, `{"count":""}`[:11]), p2p.ErrFrameFormat},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body, err := p2p.ReadFrame(bytes.NewReader(test.wire), 64)
			if err == nil {
				err = p2p.DecodeFrame(body, new(greeting))
			}
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
	if err := p2p.WriteFrame(io.Discard, make([]byte, 65), 64); !errors.Is(err, p2p.ErrFrameTooLarge) {
		t.Fatalf("sending over the bound: %v", err)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\x00\x00\x00\x16{\"text\":\"a\",\"count\":2}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		const limit = 1 << 16
		body, err := p2p.ReadFrame(bytes.NewReader(wire), limit)
		if err != nil {
			return
		}
		var g greeting
		if err := p2p.DecodeFrame(body, &g); err != nil {
			if !errors.Is(err, p2p.ErrFrameFormat) {
				t.Fatalf("unnamed error: %v", err)
			}
			return
		}
		again, err := p2p.EncodeFrame(g)
		if err != nil {
			t.Fatal(err)
		}
		var h greeting
		if err := p2p.DecodeFrame(again, &h); err != nil || h != g {
			t.Fatalf("%+v became %+v, %v", g, h, err)
		}
	})
}
