package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"ayni.example/artifact/seal"
)

func key(tb testing.TB) (identity, recipient string) {
	tb.Helper()
	identity, recipient, err := seal.NewKey()
	if err != nil {
		tb.Fatal(err)
	}
	return identity, recipient
}

// sealed is a body for some keys.
func sealed(tb testing.TB, body []byte, to ...string) []byte {
	tb.Helper()
	recipients, err := seal.Recipients(to)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if err := seal.Seal(&b, bytes.NewReader(body), recipients); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func open(tb testing.TB, raw []byte, identity string) ([]byte, error) {
	tb.Helper()
	ids, err := seal.Identities(strings.NewReader(identity))
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	err = seal.Open(&b, bytes.NewReader(raw), ids)
	return b.Bytes(), err
}

// TestSeal opens with each of two keys and with no other.
func TestSeal(t *testing.T) {
	a, toA := key(t)
	b, toB := key(t)
	c, _ := key(t)
	for _, n := range []int{0, 1, 1 << 16, 1<<16 + 1, 200_000} {
		body := bytes.Repeat([]byte("s"), n)
		raw := sealed(t, body, toA, toB)
		if !seal.IsSealed(bytes.NewReader(raw)) || seal.IsSealed(bytes.NewReader(body)) {
			t.Errorf("%d bytes are not told apart from sealed ones", n)
		}
		for _, identity := range []string{a, b} {
			if got, err := open(t, raw, identity); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes: %d came back, %v", n, len(got), err)
			}
		}
		if _, err := open(t, raw, c); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("another key: %v", err)
		}
	}
}

// TestSealTampered refuses every cut and every changed byte.
func TestSealTampered(t *testing.T) {
	identity, to := key(t)
	raw := sealed(t, bytes.Repeat([]byte("s"), 70_000), to)
	for n := 0; n < len(raw); n += 331 {
		if _, err := open(t, raw[:n], identity); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("cut to %d of %d bytes: %v", n, len(raw), err)
		}
		changed := bytes.Clone(raw)
		changed[n] ^= 4
		if _, err := open(t, changed, identity); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("byte %d changed: %v", n, err)
		}
	}
	if _, err := open(t, append(bytes.Clone(raw), 0), identity); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("a byte more: %v", err)
	}
}

// TestRecipients refuses what is no key, none, and too many.
func TestRecipients(t *testing.T) {
	identity, to := key(t)
	for _, keys := range [][]string{nil, {""}, {"me"}, {identity}, {to, "me"}, make([]string, 65)} {
		if _, err := seal.Recipients(keys); err == nil {
			t.Errorf("%q was taken", keys)
		}
	}
}
