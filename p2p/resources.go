package p2p

import (
	"fmt"

	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
)

// newResources bounds memory, streams and connections explicitly, so that they do not depend on the machine's size.
func newResources(peersMax int) (network.ResourceManager, error) {
	peers := rcmgr.LimitVal(peersMax)
	whole := rcmgr.ResourceLimits{
		Streams: 16 * peers, StreamsInbound: 8 * peers, StreamsOutbound: 8 * peers,
		Conns: 2 * peers, ConnsInbound: peers, ConnsOutbound: peers, FD: 2 * peers, Memory: 512 << 20,
	}
	one := rcmgr.ResourceLimits{
		Streams: 256, StreamsInbound: 128, StreamsOutbound: 128,
		Conns: 8, ConnsInbound: 4, ConnsOutbound: 4, FD: 8, Memory: 64 << 20,
	}
	transient := rcmgr.ResourceLimits{
		Streams: 128, StreamsInbound: 64, StreamsOutbound: 64,
		Conns: 64, ConnsInbound: 32, ConnsOutbound: 32, FD: 64, Memory: 64 << 20,
	}
	limits := rcmgr.PartialLimitConfig{
		System: whole, Transient: transient, PeerDefault: one,
		ServiceDefault: whole, ServicePeerDefault: one, ProtocolDefault: whole, ProtocolPeerDefault: one,
	}.Build(rcmgr.InfiniteLimits)
	limiter := rcmgr.NewFixedLimiter(limits)
	manager, err := rcmgr.NewResourceManager(limiter, rcmgr.WithMetricsDisabled())
	if err != nil {
		return nil, fmt.Errorf("p2p resource limits: %w", err)
	}
	return manager, nil
}
