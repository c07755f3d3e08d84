package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
)

// wakeup is one wake-up of one agent on this machine.
type wakeup struct {
	*Host
	lease    agent.Lease
	agent    agent.Agent
	charter  agent.Charter
	document charter.Document
	keys     [][]byte
	session  *ethkey.PrivKey
	journal  *journal
	dry      bool

	script  Transcript
	record  Decision
	actions []agent.Action
	notes   []string // for the next wake-up
	next    uint32   // number of the next paid call
}

// thinkMost bounds a wake-up of somebody else's agent: the price is the same however long the charter's lease is.
const thinkMost = 10 * time.Minute

// own tells whether the agent is this machine's own.
func (w *wakeup) own() bool { return w.agent.Owner == w.cfg.Address }

// wake does a wake-up from beginning to end, or from where it was left.
func (h *Host) wake(ctx context.Context, l agent.Lease) (failed error) {
	w := &wakeup{Host: h, lease: l}
	if over, err := w.prepare(ctx); over || err != nil {
		return err
	}
	path := h.journalPath(l.Agent, l.Wake.Number)
	var err error
	if w.journal, err = openJournal(path); err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, w.journal.close()) }()
	if err := w.take(ctx); err != nil {
		return err
	}
	left := max(time.Unix(w.lease.Due.Time, 0).Sub(h.cfg.Now())*7/10, time.Second)
	if !w.own() {
		left = min(left, thinkMost)
	}
	thinking, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	if err := w.think(thinking); err != nil {
		return err
	}
	if err := w.act(ctx); err != nil {
		return err
	}
	return os.Remove(path)
}

// prepare reads what must be known before the lease is taken. A wake-up that is over, or for others, is nothing to do.
func (w *wakeup) prepare(ctx context.Context) (over bool, err error) {
	state, err := w.cfg.Ledger.Agent(ctx, w.lease.Agent)
	if err != nil {
		return false, err
	}
	w.agent, w.charter = state.Agent, state.Charter
	if w.agent.Ended >= w.lease.Wake.Number || len(w.charter.Hosts) > 0 && !slices.Contains(w.charter.Hosts, w.cfg.Address) {
		return true, nil
	}
	text, err := w.cfg.Artifacts.Fetch(ctx, digest(w.charter.Document), charter.DocumentMax, "charter of an agent")
	if err != nil {
		return false, fmt.Errorf("charter: %w", err)
	}
	if sum := charter.Digest(text); !bytes.Equal(sum[:], w.charter.Document) {
		return false, fmt.Errorf("charter: %w", artifact.ErrDigest)
	}
	if w.document, err = charter.Decode(text); err != nil {
		return false, err
	}
	w.keys, err = w.hostKeys(ctx, w.charter)
	return false, err
}

// take makes a session key, which lives as long as this process and no longer than the lease, and names it on the ledger.
func (w *wakeup) take(ctx context.Context) error {
	var err error
	if w.session, err = ethkey.Generate(w.cfg.Random); err != nil {
		return fmt.Errorf("session key: %w", err)
	}
	err = w.cfg.Ledger.Submit(ctx, &agent.MsgTake{
		Host: w.cfg.Address, Agent: w.lease.Agent, Wake: w.lease.Wake.Number, Epoch: w.lease.Epoch, Session: w.session.PubKey().Bytes(),
	})
	if err != nil {
		return fmt.Errorf("take the lease: %w", err)
	}
	l, err := w.cfg.Ledger.AgentLease(ctx, w.lease.Agent)
	if err != nil {
		return err
	}
	if l.Wake.Number != w.lease.Wake.Number || l.Host != w.cfg.Address || !bytes.Equal(l.Session, w.session.PubKey().Bytes()) {
		return errors.New("take the lease: another host has it")
	}
	w.lease = l
	return nil
}

// left is what a wake-up leaves, as blobs that are written down before they are stored: a resumed one stores the same.
type left struct {
	Blobs    [][]byte        `json:"blobs"`
	Decision artifact.Digest `json:"decision"`
	Memory   artifact.Digest `json:"memory"`
}

// act leaves decision and memory behind and ends the wake-up.
func (w *wakeup) act(ctx context.Context) error {
	l, err := once(w.journal, "left", w.leave)
	if err != nil {
		return err
	}
	for _, b := range l.Blobs {
		if _, err := w.cfg.Artifacts.Put(ctx, b, "agent "+hex.EncodeToString(w.agent.Id)); err != nil {
			return fmt.Errorf("keep what the wake-up leaves: %w", err)
		}
	}
	params, err := w.cfg.Ledger.AgentParams(ctx)
	if err != nil {
		return err
	}
	decision, memory := l.Decision.Sum(), l.Memory.Sum()
	m := &agent.MsgAct{
		Carrier: w.cfg.Address, Agent: w.agent.Id, Wake: w.lease.Wake.Number, Epoch: w.lease.Epoch, Decision: decision[:], Memory: memory[:],
		Cost: math.MinInt(w.cfg.Price, math.MaxInt(w.charter.PerWakeCost.Sub(params.WakeFee), math.ZeroInt())), Actions: w.actions,
	}
	if err := agent.SignAct(w.session, w.cfg.ChainID, w.agent.Head, m); err != nil {
		return err
	}
	if err := w.cfg.Ledger.Submit(ctx, m); err != nil {
		return w.settled(ctx, l, fmt.Errorf("act: %w", err))
	}
	w.keep(hex.EncodeToString(w.agent.Id), l.Memory)
	return nil
}

// settled asks whether the act stands on the ledger though the answer to it was lost.
func (w *wakeup) settled(ctx context.Context, l left, cause error) error {
	entry, err := w.cfg.Ledger.AgentEntry(ctx, w.agent.Id, w.lease.Wake.Number)
	switch {
	case errors.Is(err, client.ErrNotFound):
		return cause
	case err != nil:
		return errors.Join(cause, err)
	}
	if sum := l.Decision.Sum(); bytes.Equal(entry.Decision, sum[:]) {
		w.keep(hex.EncodeToString(w.agent.Id), l.Memory)
	}
	return nil // over, by whomever
}
