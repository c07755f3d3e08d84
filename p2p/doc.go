// Package p2p connects machines that belong to different people: authenticated, encrypted, bounded streams over libp2p.
//
// A Host has one Ed25519 identity and speaks TCP with Noise and yamux. It finds nobody by itself: whom to dial, and where, comes
// from the ledger's entry of a provider or from an invite, and libp2p proves that the machine reached holds the key that the
// peer id names. There is no DHT, no mDNS and no relay.
//
//	host, err := p2p.New(p2p.Config{Key: key, Listen: []string{"/ip4/0.0.0.0/tcp/0"}})
//	host.Handle("/ayni/inference/1", p2p.HandlerLimits{}, handle)  // streams of others, bounded for each peer
//	stream, err := host.Open(ctx, peerID, addrs, "/ayni/inference/1")
//	err = stream.Send(message, limit, timeout)                      // one frame: length, then JSON
//	err = host.Run(ctx)                                             // ends streams and connections when ctx ends
//
// A Stream carries frames: a big-endian uint32 length and that many bytes of JSON. Every read and write has a bound and a
// deadline. What the frames mean is the business of the packages that own a protocol.
package p2p
