package desk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ayni.example/p2p"
	"ayni.example/provenance/pool"
	"ayni.example/provenance/pool/desk"
	"ayni.example/tensor/starter"
	"ayni.example/train"
	"ayni.example/x/provenance"
)

// ledger holds contributions in memory, in the order in which they came.
type ledger struct {
	mu       sync.Mutex
	list     []provenance.Contribution
	verdicts map[string]provenance.Verdict
	sent     int
	down     bool
}

func (l *ledger) Contributions(context.Context, []byte) ([]provenance.Contribution, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Clone(l.list)
	for i, c := range list {
		if v, judged := l.verdicts[string(c.ID)]; judged && c.State == provenance.ContributionWaits {
			list[i].State = provenance.ContributionRefused
			if v.Accept {
				list[i].State = provenance.ContributionAccepted
			}
		}
	}
	return list, nil
}

func (l *ledger) Contribution(_ context.Context, id []byte) (provenance.Contribution, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.list {
		if bytes.Equal(c.ID, id) {
			return c, nil
		}
	}
	return provenance.Contribution{}, errors.New("not found")
}

func (l *ledger) Judge(_ context.Context, _ []byte, verdicts []provenance.Verdict) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return errors.New("the ledger is away")
	}
	l.sent++
	for _, v := range verdicts {
		l.verdicts[string(v.Contribution)] = v
	}
	return nil
}

// withdraw takes a contribution back.
func (l *ledger) withdraw(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, c := range l.list {
		if hex.EncodeToString(c.ID) == id {
			l.list[i].State = provenance.ContributionWithdrawn
		}
	}
}

func (l *ledger) judged(id string) (v provenance.Verdict, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw, _ := hex.DecodeString(id)
	v, known = l.verdicts[string(raw)]
	return v, known
}

const poolID = "ab00000000000000000000000000000000000000000000000000000000000000"

type fixture struct {
	*desk.Desk
	ledger *ledger
	dir    string
}

func newDesk(t *testing.T, dir string, l *ledger) fixture {
	t.Helper()
	d, err := desk.New(desk.Config{
		Dir: dir, Ledger: l, Every: 50 * time.Millisecond, Threads: 1, Logger: slog.New(slog.DiscardHandler),
		Model: func(string) (*train.Source, error) {
			return &train.Source{ReaderAt: bytes.NewReader(starter.GGUF()), Size: int64(len(starter.GGUF())), Close: func() error { return nil }}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return fixture{d, l, dir}
}

func (f fixture) create(t *testing.T) {
	t.Helper()
	held := code(t, "../../../x/credit", "voucher.go")
	sum := sha256.Sum256(held)
	rules := desk.Rules{Pool: poolID, Name: "code", Schema: []byte(`{"format":"text"}`), Reference: starter.Name, Validation: hex.EncodeToString(sum[:])}
	if err := f.Create(rules, held); err != nil {
		t.Fatal(err)
	}
	if err := f.Create(rules, held); err != nil {
		t.Error("the same pool again: ", err)
	}
	if err := f.Create(rules, append(held, '\n')); !errors.Is(err, pool.ErrReference) {
		t.Error(err)
	}
	rules.Reference = "another"
	if err := f.Create(rules, held); err == nil {
		t.Error("another pool takes its name")
	}
}

func code(t *testing.T, folder, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// stream is one end of a stream whose other end the desk handles.
func (f fixture) stream(t *testing.T) *p2p.Stream {
	t.Helper()
	here, there := net.Pipe()
	go func() {
		f.Handle(t.Context(), p2p.NewStream(there, "peer", time.Now))
		_ = there.Close()
	}()
	t.Cleanup(func() { _ = here.Close() })
	return p2p.NewStream(here, "desk", time.Now)
}

// ticket commits to a file on the ledger.
func (f fixture) ticket(data []byte) desk.Ticket {
	f.ledger.mu.Lock()
	defer f.ledger.mu.Unlock()
	salt, digest := sha256.Sum256(fmt.Append(nil, len(f.ledger.list))), sha256.Sum256(data)
	owner, raw := "contributor", make([]byte, 32)
	_, _ = hex.Decode(raw, []byte(poolID))
	c := provenance.Contribution{
		ID: provenance.ContributionID("chain", raw, 1, owner, desk.Commitment(salt, digest)), Pool: raw, Epoch: 1,
		Commitment: desk.Commitment(salt, digest), Bytes: uint64(len(data)), State: provenance.ContributionWaits,
	}
	f.ledger.list = append(f.ledger.list, c)
	return desk.Ticket{
		Pool: poolID, Contribution: hex.EncodeToString(c.ID), Salt: hex.EncodeToString(salt[:]), Digest: hex.EncodeToString(digest[:]), Size: int64(len(data)),
	}
}

func (f fixture) give(t *testing.T, ticket desk.Ticket, data []byte) error {
	t.Helper()
	return desk.Give(t.Context(), f.stream(t), ticket, data)
}

// TestGiveIsRefused: only the file that was committed to comes in, from who can open the commitment.
func TestGiveIsRefused(t *testing.T) {
	f := newDesk(t, t.TempDir(), &ledger{verdicts: map[string]provenance.Verdict{}})
	f.create(t)
	data := []byte("package x // a file\n")
	good := f.ticket(data)
	for name, change := range map[string]func(*desk.Ticket) []byte{
		"no such pool is kept here":     func(k *desk.Ticket) []byte { k.Pool = strings.Repeat("0", 64); return data },
		"is not on the ledger":          func(k *desk.Ticket) []byte { k.Contribution = strings.Repeat("0", 64); return data },
		"salt and file are not those":   func(k *desk.Ticket) []byte { k.Salt = strings.Repeat("0", 64); return data },
		"salt and file are not those ":  func(k *desk.Ticket) []byte { k.Digest = strings.Repeat("0", 64); return data },
		"want a contribution":           func(k *desk.Ticket) []byte { k.Salt = "zz"; return data },
		"the contribution has 20":       func(k *desk.Ticket) []byte { k.Size = 21; return append(data, 1) },
		"not the file that was commit":  func(*desk.Ticket) []byte { return []byte("package y // a file\n") },
		"the contribution has 20, and ": func(k *desk.Ticket) []byte { k.Size = pool.ContributionMax + 1; return data },
	} {
		ticket := good
		sent := change(&ticket)
		if err := f.give(t, ticket, sent); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(f.dir, "code", "inbox")); err != nil || len(left) > 0 {
		t.Error("something came in", left, err)
	}
	if err := f.give(t, good, data); err != nil {
		t.Error(err)
	}
	if _, err := desk.Ask(t.Context(), f.stream(t), make([]byte, 32)); !errors.Is(err, desk.ErrRefused) {
		t.Error(err)
	}
}

// TestJudge: code is accepted, its copy is not, a verdict that could not be sent is sent by the next process, and what was accepted
// lies where trainings find it until it is taken back.
func TestJudge(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains for some seconds")
	}
	dir, l := t.TempDir(), &ledger{verdicts: map[string]provenance.Verdict{}, down: true}
	f := newDesk(t, dir, l)
	f.create(t)
	data := code(t, "../../../x/council", "params.go")
	data = append(data, code(t, "../../../x/council", "msg.go")...)
	first, second := f.ticket(data), f.ticket(append([]byte("// mine\n"), data...))
	for ticket, text := range map[desk.Ticket][]byte{second: append([]byte("// mine\n"), data...), first: data} { // the ledger's order counts
		if err := f.give(t, ticket, text); err != nil {
			t.Fatal(err)
		}
	}
	run := func(f fixture, until func() bool) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		for deadline := time.Now().Add(time.Minute); !until() && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	run(f, func() bool { _, known, _ := desk.Found(t.Context(), f.stream(t), second); return known })
	if l.sent > 0 {
		t.Fatal("verdicts went to a ledger that is away")
	}
	l.mu.Lock()
	l.down = false
	l.mu.Unlock()
	f = newDesk(t, dir, l) // another process
	run(f, func() bool { _, known := l.judged(second.Contribution); return known })
	a, _ := l.judged(first.Contribution)
	b, _ := l.judged(second.Contribution)
	if !a.Accept || a.Points == 0 || b.Accept || b.Reason != pool.ReasonDuplicate || b.Points != 0 {
		t.Errorf("verdicts %+v and %+v", a, b)
	}
	folder, rules, err := desk.Texts(dir, "code")
	if err != nil || rules.Pool != poolID {
		t.Fatal(rules, err)
	}
	texts, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(texts) != 1 {
		t.Fatal(texts, err)
	}
	if got, err := os.ReadFile(texts[0]); err != nil || string(got) != string(data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if v, known, err := desk.Found(t.Context(), f.stream(t), first); err != nil || !known || !v.Accepted {
		t.Error(v, known, err)
	}
	l.withdraw(first.Contribution)
	run(f, func() bool { _, err := os.Stat(texts[0]); return err != nil })
	if left, err := filepath.Glob(filepath.Join(dir, "code", "*", first.Contribution+"*")); err != nil || len(left) > 0 {
		t.Errorf("what was taken back left %s, %v", left, err)
	}
}

func FuzzHandle(f *testing.F) {
	f.Add([]byte(`{"pool":"` + poolID + `"}`))
	f.Add([]byte(`{"pool":"` + poolID + `","contribution":"00","salt":"00","digest":"00","size":9}`))
	d, err := desk.New(desk.Config{
		Dir: f.TempDir(), Ledger: &ledger{}, Every: time.Second, Logger: slog.New(slog.DiscardHandler),
		Model: func(string) (*train.Source, error) { return nil, errors.New("none") },
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		here, there := net.Pipe()
		go func() {
			_ = p2p.WriteFrame(here, body, 1<<20)
			_, _ = p2p.ReadFrame(here, 1<<20)
			_ = here.Close()
		}()
		d.Handle(t.Context(), p2p.NewStream(there, "peer", time.Now))
		_ = there.Close()
	})
}
