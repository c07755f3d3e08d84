package host

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/x/agent"
)

// Register keeps this machine on the ledger's list of hosts.
func (h *Host) Register(ctx context.Context) error {
	if h.cfg.Register <= 0 {
		return nil
	}
	hosts, err := h.cfg.Ledger.AgentHosts(ctx)
	if err != nil {
		return err
	}
	key, err := publicKey(h.cfg.Key.Recipient())
	if err != nil {
		return err
	}
	now := h.cfg.Now()
	for _, host := range hosts {
		if host.Address == h.cfg.Address && string(host.Key) == string(key) && time.Unix(host.Until, 0).Sub(now) > h.cfg.Register/2 {
			return nil
		}
	}
	err = h.cfg.Ledger.Submit(ctx, &agent.MsgHost{Host: h.cfg.Address, Key: key, Until: now.Add(h.cfg.Register).Unix()})
	if err != nil {
		return fmt.Errorf("register as a host of agents: %w", err)
	}
	return nil
}

// agentsMax bounds for how many agents memory is kept ahead.
const agentsMax = 256

// ahead fetches the memory of agents that may come here, so that they live on when the machine that wrote it is gone.
func (h *Host) ahead(ctx context.Context) error {
	agents, err := h.cfg.Ledger.Agents(ctx, "")
	if err != nil {
		return err
	}
	var failed error
	for _, a := range agents[:min(len(agents), agentsMax)] {
		id := hex.EncodeToString(a.Id)
		h.mu.Lock()
		had := h.kept[id]
		h.mu.Unlock()
		d := digest(a.Memory)
		if d == "" || d == had || a.State == agent.StateKilled {
			continue
		}
		blob, err := h.cfg.Artifacts.Fetch(ctx, d, sealedMax, "memory of agent "+id)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("memory of agent %s: %w", id, err))
			continue
		}
		if _, err := h.open(blob); err != nil { // sealed to others: it may not come here
			_ = h.cfg.Artifacts.Drop(d) // collected later at the latest
			d = had
		}
		h.keep(id, d)
	}
	return failed
}

// keep remembers the last memory that is here, and gives up the one before.
func (h *Host) keep(id string, d artifact.Digest) {
	h.mu.Lock()
	had := h.kept[id]
	h.kept[id] = d
	h.mu.Unlock()
	if had != "" && had != d {
		if err := h.cfg.Artifacts.Drop(had); err != nil {
			h.cfg.Logger.Debug("an older memory stays", "agent", id, "error", err.Error())
		}
	}
}

// sweep removes the journals of wake-ups that are over.
func (h *Host) sweep(ctx context.Context) error {
	files, err := os.ReadDir(h.cfg.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".jsonl")
		text, number, two := strings.Cut(name, "-")
		id, err := hex.DecodeString(text)
		wake, err2 := strconv.ParseUint(number, 10, 64)
		if !ok || !two || err != nil || err2 != nil {
			continue
		}
		h.mu.Lock()
		busy := h.doing[text]
		h.mu.Unlock()
		if busy {
			continue
		}
		a, err := h.cfg.Ledger.Agent(ctx, id)
		if err != nil && !errors.Is(err, client.ErrNotFound) {
			return err
		}
		if err == nil && a.Agent.Ended < wake && a.Agent.State != agent.StateKilled {
			continue
		}
		if err := os.Remove(filepath.Join(h.cfg.Dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// hostKeys are the recipients of those who may be drawn for an agent, this machine first.
func (h *Host) hostKeys(ctx context.Context, c agent.Charter) ([][]byte, error) {
	hosts, err := h.cfg.Ledger.AgentHosts(ctx)
	if err != nil {
		return nil, err
	}
	own, err := publicKey(h.cfg.Key.Recipient())
	if err != nil {
		return nil, err
	}
	keys, now := [][]byte{own}, h.cfg.Now().Unix()
	for _, host := range hosts {
		may := host.Until > now && (len(c.Hosts) == 0 || slices.Contains(c.Hosts, host.Address))
		if may && string(host.Key) != string(own) && len(keys) < hostKeysMax {
			keys = append(keys, host.Key)
		}
	}
	return keys, nil
}
