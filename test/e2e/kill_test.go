package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/credit"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// killsDefault is how often TestKill kills when AYNI_KILLS does not say.
const killsDefault = 8

// atOnce streams run when a machine is killed, at an instant within killWithin after the first of them began.
const (
	atOnce     = 4
	killWithin = 250 * time.Millisecond
	killLatest = 20 * time.Second
)

// TestKill kills either machine in mid-stream, at random instants, and starts it again. After every kill the lanes of both
// sides add up and stand at most one slice apart; at the end all money is where the receipts say, to the unit.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := killsDefault
	if s := os.Getenv("AYNI_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("AYNI_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d, %d kills", seed, kills)
	random := rand.New(rand.NewPCG(seed, 1))
	a, b := pair(t, nil)
	offered(t, a, "ayni/starter")
	began := wealth(t, a)
	body := []byte(`{"model":"ayni/starter","prompt":"func main() {\n\t","max_tokens":400,"stream":true,"provider":{"local":"never"}}`)
	short := []byte(`{"model":"ayni/starter","prompt":"func main() {","max_tokens":1,"provider":{"local":"never"}}`)
	var restarts []time.Duration
	hit := map[*node]int{}
	for i := 0; hit[a]+hit[b] < kills && i < 6*kills; i++ {
		resume(t, a, short)
		began, streams := make(chan struct{}, atOnce), make(chan bool, atOnce)
		for range atOnce {
			go func() { streams <- broken(a, body, began) }()
		}
		if random.IntN(5) > 0 { // else before the first word too: while lanes open and prompts are paid
			select {
			case <-began:
			case <-time.After(killLatest):
			}
		}
		time.Sleep(time.Duration(random.Int64N(int64(killWithin))))
		victim := []*node{a, b}[random.IntN(2)]
		victim.kill()
		mid := false
		for range atOnce {
			mid = <-streams || mid
		}
		if mid {
			hit[victim]++
		}
		victim.start()
		restarts = append(restarts, victim.took)
		apart(t, i, a, b)
	}
	if hit[a] == 0 || hit[b] == 0 || hit[a]+hit[b] < kills {
		t.Errorf("killed in mid-stream: asker %d, server %d", hit[a], hit[b])
	}
	resume(t, a, body)
	settle(t, a, b)
	if ended := wealth(t, a); !ended.Equal(began) {
		t.Errorf("the ledger held %s acredit and holds %s", began, ended)
	}
	slices.Sort(restarts)
	t.Logf("killed in mid-stream: asker %d, server %d; restarts took %s to %s, median %s", hit[a], hit[b], restarts[0], restarts[len(restarts)-1], restarts[len(restarts)/2])
}

// broken asks, says when the answer begins, and tells whether it began and did not end.
func broken(a *node, body []byte, began chan<- struct{}) bool {
	cmd := exec.Command("ip", "netns", "exec", a.netns, "curl", "-sSN", "--data-binary", "@-", "-H", "Content-Type: application/json", a.url+"/v1/completions")
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return false
	}
	started, ended := false, false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if !started && bytes.Contains(lines.Bytes(), []byte(`"text":"`)) {
			started = true
			began <- struct{}{}
		}
		ended = ended || bytes.Contains(lines.Bytes(), []byte("[DONE]"))
	}
	_ = cmd.Wait() // an error is what a kill looks like from here
	return started && !ended
}

// every uses as many lanes as the kills did.
func every(a *node) {
	var group sync.WaitGroup
	for range atOnce {
		group.Go(func() {
			_, _ = a.post("/v1/completions", []byte(`{"model":"ayni/starter","prompt":"func main() {","max_tokens":200,"provider":{"local":"never"}}`))
		})
	}
	group.Wait()
}

// resume expects an answer again.
func resume(t *testing.T, a *node, body []byte) {
	t.Helper()
	wait(t, 2*time.Minute, "service", func() error {
		got, err := a.post("/v1/completions", body)
		if err == nil && got.status != 200 {
			err = errorf("%d %s", got.status, got.body)
		}
		return err
	})
}

// lanesOf recomputes the lanes in a home from their receipts; Audit fails where anything does not add up.
func lanesOf(t *testing.T, m *node, role credit.Role) map[string]credit.LaneAudit {
	t.Helper()
	store, err := credit.OpenStore(context.Background(), filepath.Join(m.home, "data", "ayni.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // only read
	lanes, err := store.Audit(t.Context(), role)
	if err != nil {
		t.Fatalf("audit of %s as %s: %v", m.home, role, err)
	}
	byName := map[string]credit.LaneAudit{}
	for _, l := range lanes {
		byName[l.Channel.String()+"/"+strconv.Itoa(int(l.Lane))] = l
	}
	return byName
}

// slice is the most that one side may be ahead: 256 output tokens of the starter, and a prompt.
func slice() math.Int { return math.NewInt(400_000_000_000 * 300) }

// apart checks that payer and payee differ by at most a slice on every lane.
func apart(t *testing.T, kill int, a, b *node) {
	t.Helper()
	var payer, payee map[string]credit.LaneAudit
	wait(t, time.Minute, "a look at both at one moment", func() error { // a lane that opens between two looks is in the later one alone
		payer, payee = lanesOf(t, a, credit.AsPayer), lanesOf(t, b, credit.AsPayee)
		if !reflect.DeepEqual(payer, lanesOf(t, a, credit.AsPayer)) {
			return errorf("the payer's lanes change")
		}
		return nil
	})
	for name, l := range payee {
		mine, known := payer[name]
		if !known {
			t.Errorf("kill %d: the payee has lane %s, the payer does not", kill, name)
			continue
		}
		ahead := mine.Cumulative.Sub(l.Cumulative)
		if ahead.IsNegative() || ahead.GT(slice()) {
			t.Errorf("kill %d: lane %s: payer promised %s, payee holds %s", kill, name, mine.Cumulative, l.Cumulative)
		}
		if l.Open.GT(slice()) || mine.Open.GT(slice().MulRaw(2)) {
			t.Errorf("kill %d: lane %s: open job of %s and %s", kill, name, mine.Open, l.Open)
		}
	}
}

// settle waits until no job is open, claims, and compares the channel's claims with the receipts, to the unit.
func settle(t *testing.T, a, b *node) {
	t.Helper()
	wait(t, 3*time.Minute, "lanes that agree", func() error {
		every(a) // a last voucher that did not arrive does so when its lane is next used
		payee := lanesOf(t, b, credit.AsPayee)
		for name, l := range lanesOf(t, a, credit.AsPayer) {
			if l.Job != "" || payee[name].Job != "" || payee[name].Head != l.Head {
				return errorf("lane %s: payer %+v, payee %+v", name, l, payee[name])
			}
		}
		return nil
	})
	b.run("channel", "claim")
	sum := math.ZeroInt()
	payer := lanesOf(t, a, credit.AsPayer)
	for name, l := range lanesOf(t, b, credit.AsPayee) {
		if mine := payer[name]; !mine.Total.Equal(l.Total) || !l.Total.Equal(l.Cumulative) || mine.Receipts != l.Receipts {
			t.Errorf("lane %s: payer has %d receipts over %s, payee %d over %s, vouchers say %s", name, mine.Receipts, mine.Total, l.Receipts, l.Total, l.Cumulative)
		}
		sum = sum.Add(l.Total)
	}
	claimed := math.ZeroInt()
	for _, c := range read[[]operator.Channel](b, "channel", "list") {
		claimed = claimed.Add(credits(t, c.Claimed))
	}
	if !claimed.Equal(sum) || !sum.IsPositive() {
		t.Errorf("receipts say %s acredit, claims paid %s", sum, claimed)
	}
	t.Logf("%d lanes, %s credits by receipts and by claims", len(payer), home.FormatCredits(sum))
}

// wealth is all acredit that the ledger knows of, as its invariants count it.
func wealth(t *testing.T, m *node) math.Int {
	t.Helper()
	return credits(t, read[operator.Audit](m, "channel", "audit").Supply)
}
