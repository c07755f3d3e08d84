package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/x/agent"
	"ayni.example/x/beacon"
	"ayni.example/x/provider"
	"ayni.example/x/schedule"
)

const (
	nobodyMost = 3600 // seconds between two looks for a host, at most
	lapsesMax  = 16   // hosts that an agent remembers to have let a lease lapse
	lapseTwice = 8    // a back-off doubles so often
)

// step is what is due of a wake-up: to open one, to read the beacon, or to give the lease to the next host.
func (k *Keeper) step(ctx context.Context, due schedule.Due) error {
	l, err := k.life(ctx, due.Item.Name)
	if err != nil {
		return err
	}
	switch {
	case l.State != agent.StateRunning:
		return nil
	case l.lease == nil:
		err = k.rouse(ctx, l)
	case len(l.lease.Seed) == 0:
		err = k.draw(ctx, l)
	default:
		if err = k.lapse(ctx, l); err == nil {
			err = k.assign(ctx, l)
		}
	}
	if err != nil {
		return err
	}
	return k.keep(ctx, l)
}

// draw makes the seed, once the round is closed.
func (k *Keeper) draw(ctx context.Context, l *life) error {
	output, err := k.beacon.Output(ctx, l.lease.Round)
	switch {
	case errors.Is(err, beacon.ErrNotYet):
		return k.lookAgain(ctx, l)
	case errors.Is(err, beacon.ErrVoid), errors.Is(err, beacon.ErrGone):
		return k.ask(ctx, l)
	case err != nil:
		return err
	}
	l.lease.Seed = agent.Seed(output, l.Id, l.lease.Wake.Number)
	return k.assign(ctx, l)
}

// assign gives the wake-up to the host that is drawn for the next epoch, or to nobody until somebody takes it or may be drawn again.
func (k *Keeper) assign(ctx context.Context, l *life) error {
	lease := l.lease
	host, err := k.pick(ctx, l)
	if err != nil {
		return err
	}
	if host == "" {
		if err := k.give(ctx, l, "", 0); err != nil {
			return err
		}
		// Nobody: the pause grows with the wait, so that an agent which nobody may run costs the ledger little.
		waited := min(max(now(ctx)-lease.Charged, int64(l.charter.LeaseSeconds)), nobodyMost)
		return k.until(ctx, l, l.charter.LeaseBlocks, uint32(waited))
	}
	l.Epoch++
	if err := k.give(ctx, l, host, l.Epoch); err != nil {
		return err
	}
	return k.until(ctx, l, l.charter.LeaseBlocks, l.charter.LeaseSeconds)
}

// until has the lease end.
func (k *Keeper) until(ctx context.Context, l *life, blocks, seconds uint32) error {
	plan, due := after(ctx, blocks, seconds)
	l.lease.Due = due
	return k.again(ctx, agent.KindWake, l.Id, plan)
}

// give notes whose the lease is; the session key of whoever had it before counts no more.
func (k *Keeper) give(ctx context.Context, l *life, host string, epoch uint64) error {
	if err := k.duty(ctx, l, false); err != nil {
		return err
	}
	l.lease.Host, l.lease.Epoch, l.lease.Session = host, epoch, nil
	if err := k.duty(ctx, l, true); err != nil {
		return err
	}
	return emit(ctx, &agent.EventLeased{Agent: l.Id, Wake: l.lease.Wake.Number, Epoch: epoch, Host: host})
}

// duty notes under a host which agents it has, and under no host those that nobody has.
func (k *Keeper) duty(ctx context.Context, l *life, has bool) error {
	host := []byte{}
	if l.lease.Host != "" {
		var err error
		if host, _, err = k.address("host", l.lease.Host); err != nil {
			return err
		}
	}
	if has {
		return k.Duties.Set(ctx, collections.Join(host, l.Id))
	}
	return k.Duties.Remove(ctx, collections.Join(host, l.Id))
}

// candidate is a host with its place in the draw: those who registered when the seed was known, and the one that had the lease last,
// come after all others.
type candidate struct {
	host agent.Host
	last bool
	rank [agent.HashSize]byte
}

// pick draws among those that may host the agent now; none is no error.
func (k *Keeper) pick(ctx context.Context, l *life) (string, error) {
	var all []candidate
	err := k.Hosts.Walk(ctx, nil, func(addr []byte, h agent.Host) (bool, error) {
		if h.Until <= now(ctx) || len(l.charter.Hosts) > 0 && !slices.Contains(l.charter.Hosts, h.Address) || out(ctx, l, h.Address) {
			return false, nil
		}
		all = append(all, candidate{
			host: h, last: h.Address == l.lease.Host || h.SinceHeight >= l.lease.OpenedHeight, rank: agent.Rank(l.lease.Seed, l.Epoch+1, addr),
		})
		return false, nil
	})
	if err != nil {
		return "", err
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.last != b.last {
			if b.last {
				return -1
			}
			return 1
		}
		return bytes.Compare(a.rank[:], b.rank[:])
	})
	for _, c := range all {
		switch serves, err := k.serves(ctx, c.host.Address); {
		case err != nil:
			return "", err
		case serves:
			return c.host.Address, nil
		}
	}
	return "", nil
}

// serves tells whether a host is a provider that may be given work.
func (k *Keeper) serves(ctx context.Context, host string) (bool, error) {
	addr, _, err := k.address("host", host)
	if err != nil {
		return false, err
	}
	p, err := k.providers.Provider(ctx, addr)
	if errors.Is(err, provider.ErrNotFound) {
		return false, nil
	}
	return err == nil && p.Serves(), err
}

// out tells whether an agent leaves a host out for now.
func out(ctx context.Context, l *life, host string) bool {
	return slices.ContainsFunc(l.Lapses, func(p agent.Lapse) bool {
		return p.Host == host && (height(ctx) < p.Until.Height || now(ctx) < p.Until.Time)
	})
}

// lapse notes that a host has let its lease end without an act.
func (k *Keeper) lapse(ctx context.Context, l *life) error {
	lease := l.lease
	if lease.Host == "" {
		return nil
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	n := uint32(1)
	lapses := slices.Clone(l.Lapses)
	if i := slices.IndexFunc(lapses, func(p agent.Lapse) bool { return p.Host == lease.Host }); i >= 0 {
		n = lapses[i].Count + 1
		lapses = slices.Delete(lapses, i, i+1)
	}
	twice := min(n-1, lapseTwice)
	_, until := after(ctx, params.Backoff.Blocks<<twice, params.Backoff.Seconds<<twice)
	lapses = append(lapses, agent.Lapse{Host: lease.Host, Count: n, Until: until})
	l.Lapses = lapses[max(0, len(lapses)-lapsesMax):]
	l.Lapsed++
	return emit(ctx, &agent.EventLapsed{Agent: l.Id, Wake: lease.Wake.Number, Epoch: lease.Epoch, Host: lease.Host})
}

// Take names the session key of a lease. A host that has lost its key names another, and the old one counts no more.
func (k *Keeper) Take(ctx context.Context, msg *agent.MsgTake) (uint64, error) {
	addr, text, err := k.address("host", msg.Host)
	if err != nil {
		return 0, err
	}
	l, err := k.life(ctx, msg.Agent)
	if err != nil {
		return 0, err
	}
	if err := opened(l, msg.Wake, msg.Epoch); err != nil {
		return 0, err
	}
	switch l.lease.Host {
	case text:
	case "":
		if err := k.volunteer(ctx, l, addr, text); err != nil {
			return 0, err
		}
	default:
		return 0, agent.ErrUnauthorised.Wrapf("%s was drawn for this lease, not %s", l.lease.Host, text)
	}
	l.lease.Session = msg.Session
	if err := k.keep(ctx, l); err != nil {
		return 0, err
	}
	return l.lease.Epoch, emit(ctx, &agent.EventTaken{Agent: l.Id, Wake: msg.Wake, Epoch: l.lease.Epoch, Host: text})
}

// volunteer gives a wake-up that nobody was drawn for to a host that the charter allows, also to one that is left out of draws.
func (k *Keeper) volunteer(ctx context.Context, l *life, addr []byte, text string) error {
	h, err := k.Hosts.Get(ctx, addr)
	if err != nil {
		return found(err, "host %s", text)
	}
	serves, err := k.serves(ctx, text)
	if err != nil {
		return err
	}
	if !serves || h.Until <= now(ctx) || len(l.charter.Hosts) > 0 && !slices.Contains(l.charter.Hosts, text) {
		return agent.ErrUnauthorised.Wrapf("%s may not host it", text)
	}
	l.Epoch++
	if err := k.give(ctx, l, text, l.Epoch); err != nil {
		return err
	}
	return k.until(ctx, l, l.charter.LeaseBlocks, l.charter.LeaseSeconds)
}

// opened refuses what is not meant for the lease as it stands.
func opened(l *life, wake, epoch uint64) error {
	switch {
	case l.State != agent.StateRunning:
		return agent.ErrState.Wrap("it is paused or was killed")
	case wake <= l.Ended:
		return agent.ErrOver.Wrapf("%d; the last that is over is %d", wake, l.Ended)
	case l.lease == nil || l.lease.Wake.Number != wake || len(l.lease.Seed) == 0:
		return agent.ErrNotFound.Wrapf("wake-up %d is not open", wake)
	case epoch != l.lease.Epoch:
		return agent.ErrFenced.Wrapf("epoch %d, now %d", epoch, l.lease.Epoch)
	}
	return nil
}

// signed refuses what the session key of the lease has not signed.
func signed(l *life, text, signature []byte) error {
	if len(l.lease.Session) == 0 {
		return agent.ErrFenced.Wrap("the host has not taken the lease")
	}
	return agent.VerifySession(l.lease.Session, text, signature)
}

func chainID(ctx context.Context) string { return sdk.UnwrapSDKContext(ctx).ChainID() }
