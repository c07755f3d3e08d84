package keeper

import (
	"context"

	"ayni.example/x/agent"
)

// hostMost is for how long a host registers at a time, at most: who is not there any more must not keep a place.
const hostMost = 90 * 24 * 3600

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
	h.Key, h.Until = msg.Key, min(msg.Until, now(ctx)+hostMost)
	if err := k.Hosts.Set(ctx, addr, h); err != nil {
		return err
	}
	return emit(ctx, &agent.EventHost{Host: text})
}

// room makes place on the list of hosts, if it is full, by dropping one whose time is over or that is no active provider any more.
func (k *Keeper) room(ctx context.Context, params agent.Params) error {
	var all []agent.Host
	if err := k.Hosts.Walk(ctx, nil, func(_ []byte, h agent.Host) (bool, error) {
		all = append(all, h)
		return false, nil
	}); err != nil || uint32(len(all)) < params.HostsMax {
		return err
	}
	for _, h := range all {
		serves, err := k.serves(ctx, h.Address)
		if err != nil {
			return err
		}
		if serves && h.Until > now(ctx) {
			continue
		}
		addr, _, err := k.address("host", h.Address)
		if err != nil {
			return err
		}
		return k.Hosts.Remove(ctx, addr)
	}
	return agent.ErrFull.Wrapf("%d hosts", len(all))
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
