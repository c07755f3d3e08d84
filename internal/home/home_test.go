package home_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
)

func newHome(t *testing.T) *home.Home {
	t.Helper()
	h, err := home.At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestLockIsExclusive(t *testing.T) {
	first := newHome(t)
	if err := first.Lock(); err != nil {
		t.Fatal(err)
	}
	second, err := home.At(first.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Lock(); !errors.Is(err, home.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := second.Lock(); err != nil {
		t.Errorf("lock after unlock: %v", err)
	}
}

func TestRunning(t *testing.T) {
	h := newHome(t)
	if _, err := h.Running(); !errors.Is(err, home.ErrStopped) {
		t.Errorf("before: %v", err)
	}
	want := home.Running{URL: "http://127.0.0.1:1", Control: "secret", PID: 7}
	if err := h.Announce(want); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Running(); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := errors.Join(h.Withdraw(), h.Withdraw()); err != nil {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	h := newHome(t)
	for _, c := range []struct{ name, text, want string }{
		{"default", "", ""},
		{"set", "listen: 127.0.0.1:0\naliases:\n  gpt-4o-mini: ayni/starter\n", ""},
		{"unknown field", "lisen: 127.0.0.1:0\n", "unknown field"},
		{"not an address", "listen: nowhere\n", "HOST:PORT"},
		{"unspecified peer", "peer: 0.0.0.0\n", "other machines"},
		{"server without url", "servers:\n- name: a\n", "servers[0]"},
		{"deposit", "deposit: lots\n", "deposit"},
		{"limit of gas", "gas_price_max: \"5000000000\"\n", ""},
		{"no limit of gas", "gas_price_max: \"0\"\n", "gas_price_max"},
		{"not yaml", ":\n\t- {", "config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(h.Config(), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			config, err := h.LoadConfig()
			if err == nil {
				err = config.Validate()
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestCredits(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "1": "1000000000000000000", "1.5": "1500000000000000000", "0.000000000000000001": "1",
		"0.7": "700000000000000000", "0.09": "90000000000000000",
	} {
		got, err := home.Credits(text)
		if err != nil || got.String() != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
		if back := home.FormatCredits(got); back != text {
			t.Errorf("%s came back as %s", text, back)
		}
	}
	for _, text := range []string{"", ".5", "-1", "1.0000000000000000001", "1e3", "1,5", "１"} {
		if got, err := home.Credits(text); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
	if got := home.FormatCredits(math.NewInt(-1)); got != "-0.000000000000000001" {
		t.Errorf("got %s", got)
	}
}

func ExampleFormatCredits() {
	fmt.Println(home.FormatCredits(math.NewInt(1_500_000_000_000_000_000)))
	fmt.Println(home.FormatCredits(math.NewInt(12)))
	// Output:
	// 1.5
	// 0.000000000000000012
}
