package keeper

import (
	"cosmossdk.io/math"

	"ayni.example/x/compute"
)

// announce notes what a provider has, and takes or returns collateral. One that does not serve may still take its money back.
func (d *desk) announce(msg *compute.MsgAnnounce) error {
	address, text, err := d.person("provider", msg.Provider)
	if err != nil {
		return err
	}
	h, err := d.host(address)
	if err != nil {
		return err
	}
	if h.gone {
		if !h.serves {
			return compute.ErrProvider.Wrapf("%s is not registered, or suspended, or leaving", text)
		}
		h.gone, h.Host = false, compute.Host{Provider: text, Collateral: math.ZeroInt(), Bonded: math.ZeroInt()}
	}
	if msg.Collateral.LT(h.Bonded) {
		return compute.ErrCollateral.Wrapf("leases hold %s, more than %s", h.Bonded, msg.Collateral)
	}
	if err := d.take(address, msg.Collateral.Sub(h.Collateral)); err != nil {
		return err
	}
	d.owe(address, h.Collateral.Sub(msg.Collateral))
	h.Inventory, h.Collateral, h.AnnouncedHeight = msg.Inventory, msg.Collateral, d.height
	if h.Bare() {
		h.gone = true
		if err := d.Hosts.Remove(d.ctx, address); err != nil {
			return err
		}
	}
	return d.emit(&compute.EventAnnounced{Provider: text})
}
