package transcript_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// empty is the transcript of a proof whose draws have nonces.
func empty() *transcript.Transcript {
	return transcript.New(2, transcript.Nonces{transcript.Rounds: 3, transcript.Keys: 5, transcript.Folds: 6, transcript.Queries: 7})
}

// written is a proof with one of each kind of message and of draw.
func written(t *testing.T) (proof []byte, after field.E) {
	t.Helper()
	w := transcript.NewWriter(empty())
	w.Send("pair", field.Int(7), field.Int(-1))
	w.Challenge()
	w.SendRoot("root", [32]byte{1, 2, 3})
	w.Draw(transcript.Keys, 2)
	folding := w.Folding(1)
	folding.Send("none")
	folding.Challenge()
	folding.Send("one", field.One())
	folding.Challenge()
	w.Send("last")
	w.Indices(9, 20)
	w.Raw([]byte{9, 9})
	return w.Proof(), w.Challenge()
}

func read(r *transcript.Reader) (after field.E, err error) {
	if _, err = r.Receive("pair", 2); err != nil {
		return after, err
	}
	if _, err = r.Challenge(); err != nil {
		return after, err
	}
	if _, err = r.ReceiveRoot("root"); err != nil {
		return after, err
	}
	if _, err = r.Draw(transcript.Keys, 2); err != nil {
		return after, err
	}
	folding := r.Folding(1)
	for n, tag := range []string{"none", "one"} {
		if _, err = folding.Receive(tag, n); err != nil {
			return after, err
		}
		if _, err = folding.Challenge(); err != nil {
			return after, err
		}
	}
	if _, err = r.Receive("last", 0); err != nil {
		return after, err
	}
	if _, err = r.Indices(9, 20); err != nil {
		return after, err
	}
	if _, err = r.Raw(2); err != nil {
		return after, err
	}
	if after, err = r.Challenge(); err != nil {
		return after, err
	}
	return after, r.Close()
}

func TestReaderFollowsWriter(t *testing.T) {
	proof, want := written(t)
	got, err := read(transcript.NewReader(empty(), proof))
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
		if _, err := read(transcript.NewReader(empty(), proof[:n])); !errors.Is(err, transcript.ErrShort) {
			t.Errorf("%d of %d bytes: %v", n, len(proof), err)
		}
	}
	if _, err := read(transcript.NewReader(empty(), append(slices.Clip(proof), 0))); !errors.Is(err, transcript.ErrLong) {
		t.Errorf("one byte more: %v", err)
	}
	big := bytes.Clone(proof)
	binary.LittleEndian.PutUint32(big[4:], field.P)
	if _, err := read(transcript.NewReader(empty(), big)); !errors.Is(err, field.ErrEncoding) {
		t.Errorf("a coefficient of p: %v", err)
	}
	// What is absorbed changes the nonce's hash or the challenge; what is raw changes nothing.
	for i := range proof {
		changed := bytes.Clone(proof)
		changed[i] ^= 1
		got, err := read(transcript.NewReader(empty(), changed))
		raw := i >= len(proof)-2
		if same := err == nil && got == after; same != raw {
			t.Errorf("byte %d changed: same challenge %v, error %v", i, same, err)
		}
	}
	if _, err := transcript.NewReader(empty(), proof).Receive("many", 1<<62); !errors.Is(err, transcript.ErrShort) {
		t.Errorf("2^62 elements: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{}, uint16(1))
	f.Add(bytes.Repeat([]byte{1}, 200), uint16(3))
	f.Fuzz(func(t *testing.T, proof []byte, n uint16) {
		r := transcript.NewReader(empty(), proof)
		list, err := r.Receive("list", int(n))
		if err != nil {
			return
		}
		w := transcript.NewWriter(empty())
		w.Send("list", list...)
		sent := len(w.Proof())
		want := w.Challenge()
		got, err := transcript.NewReader(empty(), w.Proof()).Receive("list", int(n))
		if err != nil || !slices.Equal(got, list) || !bytes.Equal(w.Proof()[:sent], proof[:sent]) {
			t.Fatal("what was read is not what is written")
		}
		if again, err := r.Challenge(); err == nil && bytes.HasPrefix(proof, w.Proof()) && again != want {
			t.Fatal("what was read is not what is written")
		}
	})
}

// TestNonces holds where nonces are: before the first draw after a message, of the bits of its kind.
func TestNonces(t *testing.T) {
	proof, _ := written(t)
	const element, root, nonce = field.Bytes, 32, transcript.NonceBytes
	places := []int{2 * element, root, 0, element, 0} // of what was sent before each nonce
	if want := 2*element + root + element + len(places)*nonce + 2; len(proof) != want {
		t.Fatalf("%d bytes, want %d", len(proof), want)
	}
	at := 0
	for i, length := range places {
		at += length
		refused := 0
		for guess := range byte(100) {
			changed := bytes.Clone(proof)
			changed[at+nonce-1] = 1 + guess
			if _, err := read(transcript.NewReader(empty(), changed)); errors.Is(err, transcript.ErrGrind) {
				refused++
			}
		}
		if refused < 100-25 { // of three bits, an eighth is left
			t.Errorf("nonce %d: %d of 100 others are refused", i, refused)
		}
		at += nonce
	}
}

// TestProfiles holds that what is drawn depends on the profile.
func TestProfiles(t *testing.T) {
	a, b := transcript.New(1, transcript.Nonces{}), transcript.New(2, transcript.Nonces{})
	if a.State() == b.State() || a.State() != sha256.Sum256([]byte("ayni/proof-1")) {
		t.Error("two profiles begin alike")
	}
}

// TestSmallestNonce compares the search of all processors with one by the standard library.
func TestSmallestNonce(t *testing.T) {
	for i := range 3 {
		tr := transcript.New(1, transcript.Nonces{})
		tr.Absorb("i", []byte{byte(i)})
		state := tr.State()
		const zeros = 16
		got := tr.GrindNonce(zeros)
		for nonce := uint64(0); ; nonce++ {
			m := binary.LittleEndian.AppendUint64(append(state[:], 3), nonce)
			if s := sha256.Sum256(m); s[0] == 0 && s[1] == 0 {
				if nonce != got || tr.State() != s {
					t.Errorf("nonce %d, want %d", got, nonce)
				}
				break
			}
		}
	}
}
