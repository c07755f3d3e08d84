package keeper

import (
	"context"

	"ayni.example/x/agent"
)

// Host registers a provider that runs agents, or changes its entry. Another key counts as a new host: it is drawn after those who were
// there when a seed became known.
func (k *Keeper) Host(ctx context.Context, msg *agent.MsgHost) error {
	addr, text, err := k.address("host", msg.Host)
	if err != nil {
		return err
	}
	serves, err := k.serves(ctx, text)
	if err != nil {
		return err
	}
	if !serves {
		return agent.ErrUnauthorised.Wrapf("%s is no active provider", text)
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	there, err := k.Hosts.Has(ctx, addr)
	if err != nil {
		return err
	}
	h := agent.Host{Address: text, SinceHeight: height(ctx)}
	if there {
		if h, err = k.Hosts.Get(ctx, addr); err != nil {
			return err
		}
		if string(h.Key) != string(msg.Key) {
			h.SinceHeight = height(ctx)
		}
	} else if err := k.room(ctx, params); err != nil {
		return err
	}
	h.Key, h.Until = msg.Key, msg.Until
	if err := k.Hosts.Set(ctx, addr, h); err != nil {
		return err
	}
	return emit(ctx, &agent.EventHost{Host: text})
}

// room makes place on the list of hosts by dropping one whose time is over, if it is full.
func (k *Keeper) room(ctx context.Context, params agent.Params) error {
	n, over := uint32(0), []byte(nil)
	if err := k.Hosts.Walk(ctx, nil, func(addr []byte, h agent.Host) (bool, error) {
		n++
		if over == nil && h.Until <= now(ctx) {
			over = addr
		}
		return false, nil
	}); err != nil {
		return err
	}
	switch {
	case n < params.HostsMax:
		return nil
	case over == nil:
		return agent.ErrFull.Wrapf("%d hosts", n)
	}
	return k.Hosts.Remove(ctx, over)
}

// Leave takes a host off the list; a lease that it has, it may still end.
func (k *Keeper) Leave(ctx context.Context, msg *agent.MsgLeave) error {
	addr, text, err := k.address("host", msg.Host)
	if err != nil {
		return err
	}
	if there, err := k.Hosts.Has(ctx, addr); err != nil || !there {
		if err == nil {
			err = agent.ErrNotFound.Wrapf("host %s", text)
		}
		return err
	}
	if err := k.Hosts.Remove(ctx, addr); err != nil {
		return err
	}
	return emit(ctx, &agent.EventHost{Host: text, Left: true})
}
