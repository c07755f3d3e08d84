package transcript_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/field/koalabear"

	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

// TestGolden replays steps whose results another program computed from the specification.
func TestGolden(t *testing.T) {
	file, err := os.Open("testdata/transcript.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()

	tr := transcript.New(1, transcript.Nonces{})
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		want := lines.Text()
		if strings.HasPrefix(want, "#") {
			continue
		}
		if got := replay(t, tr, strings.Fields(want)); got != want {
			t.Fatalf("line %d: %q, want %q", n, got, want)
		}
	}
}

// replay does a step and writes it as the file does.
func replay(t *testing.T, tr *transcript.Transcript, words []string) string {
	t.Helper()
	switch words[0] {
	case "state":
		return fmt.Sprintf("state %x", tr.State())
	case "absorb":
		b, err := hex.DecodeString(strings.TrimPrefix(words[2], "-"))
		if err != nil {
			t.Fatal(err)
		}
		tr.Absorb(words[1], b)
		return strings.Join(words, " ")
	case "challenge":
		c := tr.Challenge()
		return fmt.Sprintf("challenge %d %d %d %d", c[0].Uint64(), c[1].Uint64(), c[2].Uint64(), c[3].Uint64())
	case "indices":
		log := number(t, words[1])
		list := tr.Indices(len(words)-2, uint(log))
		return strings.NewReplacer("[", "", "]", "").Replace(fmt.Sprintf("indices %d %v", log, list))
	case "grind":
		zeros := number(t, words[1])
		if zeros == 0 {
			return "grind 0 0"
		}
		return fmt.Sprintf("grind %d %d", zeros, tr.GrindNonce(uint(zeros)))
	}
	t.Fatalf("no step is named %q", words[0])
	return ""
}

func number(t *testing.T, word string) int {
	t.Helper()
	n, err := strconv.Atoi(word)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPrefixes holds that where a tag or a message ends is part of what is absorbed.
func TestPrefixes(t *testing.T) {
	states := map[[32]byte]string{}
	for _, c := range []struct{ tag, bytes string }{{"", ""}, {"a", ""}, {"", "a"}, {"ab", "c"}, {"a", "bc"}, {"a", "b"}, {"ab", ""}} {
		tr := transcript.New(1, transcript.Nonces{})
		tr.Absorb(c.tag, []byte(c.bytes))
		if other, seen := states[tr.State()]; seen {
			t.Errorf("%q %q has the state of %s", c.tag, c.bytes, other)
		}
		states[tr.State()] = fmt.Sprintf("%q %q", c.tag, c.bytes)
	}
}

// TestChallengeReduces holds that words of p and more are taken modulo p: coefficients are canonical.
func TestChallengeReduces(t *testing.T) {
	tr := transcript.New(1, transcript.Nonces{})
	for range 100 {
		c := tr.Challenge()
		if _, err := field.Decode(field.Append(nil, c)); err != nil {
			t.Fatal(err)
		}
	}
	if x := koalabear.NewElement(1<<64 - 1); x.Uint64() != (1<<64-1)%field.P {
		t.Fatalf("2^64-1 is %d modulo p", x.Uint64())
	}
}
