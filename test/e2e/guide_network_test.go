package e2e_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

// step is a block of a guide: what to run, and at which organisation.
type step struct {
	where string // a, b, c ...
	how   string // "", or start and stop for what runs in the background
	text  string
}

var guideBlock = regexp.MustCompile("(?ms)^```sh ([a-z])(?: (start|stop))?\n(.*?)^```$")

func guide(tb testing.TB, name string) []step {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "guide", name))
	if err != nil {
		tb.Fatal(err)
	}
	blocks := guideBlock.FindAllStringSubmatch(string(text), -1)
	steps := make([]step, 0, len(blocks))
	for _, m := range blocks {
		steps = append(steps, step{m[1], m[2], m[3]})
	}
	return steps
}

// reader follows a guide with one home for each organisation, and a folder that stands for the files that they send each other.
type reader struct {
	tb      testing.TB
	dir     string
	homes   map[string]*node
	replace *strings.Replacer
}

func newReader(tb testing.TB, organisations ...string) *reader {
	tb.Helper()
	r := &reader{tb: tb, dir: tb.TempDir(), homes: map[string]*node{}}
	pairs := make([]string, 0, 2*len(organisations))
	for _, o := range organisations {
		m := newMachine(tb)
		r.homes[o] = m
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		pairs = append(pairs, o+".example.org:26656", listener.Addr().String())
		if err := listener.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	r.replace = strings.NewReplacer(pairs...)
	if err := os.Symlink(binary(tb), filepath.Join(r.dir, "ayni")); err != nil {
		tb.Fatal(err)
	}
	return r
}

// settle gives a home the settings that the guide leaves to its reader.
func (r *reader) settle(o string) {
	r.tb.Helper()
	path := filepath.Join(r.homes[o].home, "config.yaml")
	if _, err := os.Stat(path); err == nil {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.tb.Fatal(err)
	}
	text := fmt.Sprintf("name: uni-%s\nlisten: 127.0.0.1:0\nollama: \"off\"\nempty_block_seconds: 1\n", o)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.tb.Fatal(err)
	}
}

// follow runs one block; a variable that it sets is there in the next, since people tell each other.
func (r *reader) follow(s step) {
	r.tb.Helper()
	m := r.homes[s.where]
	if s.how == "stop" {
		m.kill()
		return
	}
	r.settle(s.where)
	if s.how == "start" {
		r.start(s)
		return
	}
	text := strings.ReplaceAll(r.replace.Replace(s.text), "http://127.0.0.1:7070", m.url)
	out, err := r.shell(s.where, text).CombinedOutput()
	r.tb.Logf("%s$ %s%s", s.where, text, out)
	if err != nil {
		r.tb.Fatalf("%s: %v\nits process said:\n%s", s.where, err, m.err)
	}
}

func (r *reader) shell(o, text string) *exec.Cmd {
	script := "set -eu; set -a; [ -f vars ] && . ./vars; " + text + "\nfor v in NETWORK DIGEST; do eval \"[ -z \\\"\\${$v:-}\\\" ] || echo $v=\\$$v\"; done > vars"
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "AYNI_HOME="+r.homes[o].home, "PATH="+r.dir+":"+os.Getenv("PATH"))
	return cmd
}

// start begins a block that runs on; the guide's readers do so at about the same time, so that ready comes later.
func (r *reader) start(s step) {
	r.tb.Helper()
	line := strings.TrimSpace(r.replace.Replace(s.text))
	vars, err := os.ReadFile(filepath.Join(r.dir, "vars"))
	if err != nil {
		r.tb.Fatal(err)
	}
	for v := range strings.Lines(string(vars)) {
		name, value, _ := strings.Cut(strings.TrimSpace(v), "=")
		line = strings.ReplaceAll(line, `"$`+name+`"`, value)
	}
	line = strings.ReplaceAll(line, "genesis.json", filepath.Join(r.dir, "genesis.json"))
	words := strings.Fields(line)
	if words[0] != "ayni" {
		r.tb.Fatalf("cannot run %q in the background", line)
	}
	r.tb.Logf("%s$ %s &", s.where, line)
	if err := r.homes[s.where].begin(words[1:]...); err != nil {
		r.tb.Fatal(err)
	}
}

// TestGuideNetwork follows docs/guide/network.md with an organisation for each letter.
func TestGuideNetwork(t *testing.T) {
	t.Parallel()
	r := newReader(t, "a", "b", "c", "d")
	steps := guide(t, "network.md")
	if len(steps) < 20 {
		t.Fatalf("the guide has %d blocks to follow", len(steps))
	}
	for i, s := range steps {
		if s.how == "" {
			r.ready(s.where)
		}
		if strings.Contains(s.text, "provider") {
			r.waitOffers("a", 2)
		}
		r.follow(s)
		if s.how == "start" && (i+1 == len(steps) || steps[i+1].how != "start") {
			for o, m := range r.homes {
				if m.cmd != nil {
					r.ready(o)
				}
			}
		}
	}
	r.finish()
}

// ready waits for the line of an organisation's process, where one was begun.
func (r *reader) ready(o string) {
	r.tb.Helper()
	m := r.homes[o]
	if m.cmd == nil || m.url != "" {
		return
	}
	if err := m.await(); err != nil {
		r.tb.Fatalf("%s: %v\n%s", o, err, m.err)
	}
}

// waitOffers waits until so many other machines offer something.
func (r *reader) waitOffers(o string, others int) {
	r.tb.Helper()
	r.until("offers of the others", func() bool {
		seen := 0
		for _, p := range read[[]operator.Provider](r.homes[o], "provider", "list") {
			if !p.Self && len(p.Models) > 0 {
				seen++
			}
		}
		return seen >= others
	})
}

func (r *reader) until(what string, done func() bool) {
	r.tb.Helper()
	for end := time.Now().Add(startMax); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			r.tb.Fatalf("%s: not within %s", what, startMax)
		}
	}
}

// finish checks what the guide says is so in the end.
func (r *reader) finish() {
	r.tb.Helper()
	seats := read[[]operator.Seat](r.homes["a"], "network", "seats")
	if len(seats) != 4 {
		r.tb.Fatalf("seats %+v, want four", seats)
	}
	for _, p := range read[[]operator.Proposal](r.homes["a"], "network", "proposals") {
		if p.Status != "executed" {
			r.tb.Errorf("proposal %d (%s) is %s", p.ID, p.Summary, p.Status)
		}
	}
	restored := func() operator.Network { return read[operator.Network](r.homes["c"], "network", "show") }
	if n := restored(); n.Signing == "yes" {
		r.tb.Errorf("the restored machine signs at once, at height %d", n.Height)
	}
	r.until("the restored machine signs", func() bool { return restored().Signing == "yes" })
	for _, o := range []string{"a", "b", "c", "d"} {
		if c := read[operator.Check](r.homes[o], "network", "check"); !c.OK {
			r.tb.Errorf("%s: %s", o, c.Problem)
		}
	}
	for _, s := range read[[]operator.Seat](r.homes["a"], "network", "seats") {
		if s.Status != "active" {
			r.tb.Errorf("%s is %s", s.Name, s.Status)
		}
	}
}
