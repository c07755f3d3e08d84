package machine

import (
	"context"
	"time"
)

const (
	// beaconLook is between looks at whether the ledger wants this seat's key for its beacon.
	beaconLook = 5 * time.Second
	// beaconPause follows a registration, which the ledger charges for whether it takes the key or not.
	beaconPause = time.Minute
)

// keepBeacon registers this seat's key for the beacon whenever the ledger has none of it and may want one. A home without a seat
// has nothing to register.
func (m *Machine) keepBeacon(ctx context.Context) error {
	for {
		pause := beaconLook
		if m.registerBeacon(ctx) {
			pause = beaconPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// registerBeacon tells whether there was a key to register.
func (m *Machine) registerBeacon(ctx context.Context) bool {
	if status, err := m.ledger.Status(ctx); err != nil || status.CatchingUp {
		return false // the state is an old one
	}
	msg, err := m.node.BeaconRegistration(m.address) //nolint:contextcheck // it reads the state that this process holds
	if err != nil {
		m.config.Log.Warn("beacon not read", "error", err.Error())
		return false
	}
	if msg == nil {
		return false
	}
	if err := m.ledger.Submit(ctx, msg); err != nil {
		m.config.Log.Warn("beacon key not registered yet", "error", err.Error())
		return true
	}
	m.config.Log.Info("beacon key registered")
	return true
}
