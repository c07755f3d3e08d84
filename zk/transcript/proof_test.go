package transcript_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// written is a proof with one of each kind of message.
func written(t *testing.T) (proof []byte, after field.E) {
	t.Helper()
	w := transcript.NewWriter(transcript.New())
	w.Send("pair", field.Int(7), field.Int(-1))
	w.SendRoot("root", [32]byte{1, 2, 3})
	w.Send("none")
	w.Grind(5)
	w.Raw([]byte{9, 9})
	return w.Proof(), w.Challenge()
}

func read(r *transcript.Reader) (after field.E, err error) {
	if _, err = r.Receive("pair", 2); err != nil {
		return after, err
	}
	if _, err = r.ReceiveRoot("root"); err != nil {
		return after, err
	}
	if _, err = r.Receive("none", 0); err != nil {
		return after, err
	}
	if err = r.Grind(5); err != nil {
		return after, err
	}
	if _, err = r.Raw(2); err != nil {
		return after, err
	}
	return r.Challenge(), r.Close()
}

func TestReaderFollowsWriter(t *testing.T) {
	proof, want := written(t)
	got, err := read(transcript.NewReader(transcript.New(), proof))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatal("reader and writer draw different challenges")
	}
}

func TestReaderRefuses(t *testing.T) {
	proof, after := written(t)
	for n := range proof {
		if _, err := read(transcript.NewReader(transcript.New(), proof[:n])); !errors.Is(err, transcript.ErrShort) {
			t.Errorf("%d of %d bytes: %v", n, len(proof), err)
		}
	}
	if _, err := read(transcript.NewReader(transcript.New(), append(slices.Clip(proof), 0))); !errors.Is(err, transcript.ErrLong) {
		t.Errorf("one byte more: %v", err)
	}
	big := bytes.Clone(proof)
	binary.LittleEndian.PutUint32(big[4:], field.P)
	if _, err := read(transcript.NewReader(transcript.New(), big)); !errors.Is(err, field.ErrEncoding) {
		t.Errorf("a coefficient of p: %v", err)
	}
	// What is absorbed changes the nonce's hash or the challenge; what is raw changes nothing.
	for i := range proof {
		changed := bytes.Clone(proof)
		changed[i] ^= 1
		got, err := read(transcript.NewReader(transcript.New(), changed))
		raw := i >= len(proof)-2
		if same := err == nil && got == after; same != raw {
			t.Errorf("byte %d changed: same challenge %v, error %v", i, same, err)
		}
	}
	if _, err := transcript.NewReader(transcript.New(), proof).Receive("many", 1<<62); !errors.Is(err, transcript.ErrShort) {
		t.Errorf("2^62 elements: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{}, uint16(1))
	f.Add(bytes.Repeat([]byte{1}, 200), uint16(3))
	f.Fuzz(func(t *testing.T, proof []byte, n uint16) {
		r := transcript.NewReader(transcript.New(), proof)
		list, err := r.Receive("list", int(n))
		if err != nil {
			return
		}
		w := transcript.NewWriter(transcript.New())
		w.Send("list", list...)
		if !bytes.Equal(w.Proof(), proof[:len(w.Proof())]) || w.Challenge() != r.Challenge() {
			t.Fatal("what was read is not what is written")
		}
	})
}
