package verdict_test

import (
	"errors"
	"strings"
	"testing"

	"ayni.example/client/proof"
	"ayni.example/client/verdict"
)

// FuzzFact asks for anything and reads anything: what is not known is refused, and nothing panics.
func FuzzFact(f *testing.F) {
	f.Add("provider ayni1wrgsmznexjv2fyaxvzax78djsl0dk32cn86d03", []byte(`{"version":1}`))
	f.Add("lane 00 4294967296", []byte("{}"))
	f.Add("store credit 00", []byte(nil))
	f.Fuzz(func(t *testing.T, words string, raw []byte) {
		key, err := verdict.FindFact(strings.Fields(words))
		if err == nil && (key.Store == "" || len(key.Key) == 0) || err != nil && !errors.Is(err, verdict.ErrFact) {
			t.Errorf("%q: %+v, %v", words, key, err)
		}
		if v, err := verdict.VerifyBundle(raw, nil); err == nil {
			t.Errorf("believed without anything to trust: %+v", v)
		}
		trust := proof.Trust{Checkpoint: &proof.Checkpoint{Height: 1, Hash: make([]byte, 32)}}
		if v, err := verdict.VerifyBundle(raw, &trust); err == nil {
			t.Errorf("believed: %+v", v)
		}
	})
}
