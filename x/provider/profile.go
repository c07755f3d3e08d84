package provider

import (
	"crypto/ed25519"
	"strings"

	"ayni.example/x/internal/bound"
)

// Bounds of what a provider says of itself.
const (
	nameMax         = 64
	policyMax       = 1024
	reasonMax       = 256
	endpointsMax    = 8
	endpointMax     = 160
	capabilitiesMax = 16
	capabilityMax   = 32
	// peerIDMax fits the longest identity in use, a hashed RSA key, with room.
	peerIDMax = 64
	// peerIDMin is below the shortest identity in use.
	peerIDMin = 32
)

// Character sets of identities and addresses.
const (
	base58Chars     = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	endpointChars   = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.:-_%"
	capabilityChars = "abcdefghijklmnopqrstuvwxyz0123456789_"
)

// Profile is what a provider says of itself, in a registration and in each update.
type Profile struct {
	Name         string
	ReceiptKey   []byte
	PeerID       string
	Endpoints    []string
	Capabilities []string
	Policy       string
}

// Profile is the registered one.
func (m *MsgRegister) Profile() Profile {
	return Profile{m.Name, m.ReceiptKey, m.PeerId, m.Endpoints, m.Capabilities, m.Policy}
}

// Profile is the new one.
func (m *MsgUpdate) Profile() Profile {
	return Profile{m.Name, m.ReceiptKey, m.PeerId, m.Endpoints, m.Capabilities, m.Policy}
}

// Profile is the present one.
func (p Provider) Profile() Profile {
	return Profile{p.Name, p.ReceiptKey, p.PeerId, p.Endpoints, p.Capabilities, p.Policy}
}

// Validate checks sizes and characters; whether key and peer id are free only the ledger knows.
func (p Profile) Validate() error {
	checks := make([]error, 0, 6+len(p.Endpoints)+len(p.Capabilities))
	checks = append(checks,
		bound.Text("name", p.Name, nameMax),
		bound.Length("receipt key", p.ReceiptKey, ed25519.PublicKeySize),
		bound.Word("peer id", p.PeerID, base58Chars, peerIDMax),
		bound.Distinct("endpoints", p.Endpoints, endpointsMax),
		bound.Distinct("capabilities", p.Capabilities, capabilitiesMax),
		bound.Text("policy", p.Policy, policyMax))
	for _, e := range p.Endpoints {
		checks = append(checks, bound.Word("endpoint", e, endpointChars, endpointMax))
	}
	for _, c := range p.Capabilities {
		checks = append(checks, bound.Word("capability", c, capabilityChars, capabilityMax))
	}
	for _, err := range checks {
		if err != nil {
			return ErrInvalid.Wrap(err.Error())
		}
	}
	switch {
	case p.Name == "":
		return ErrInvalid.Wrap("a provider has a name")
	case len(p.PeerID) < peerIDMin:
		return ErrInvalid.Wrapf("peer id has %d characters, less than %d", len(p.PeerID), peerIDMin)
	}
	for _, e := range p.Endpoints {
		if err := checkEndpoint(e); err != nil {
			return err
		}
	}
	return nil
}

// checkEndpoint checks the shape of a multiaddress, not its protocols: the ledger must not change its mind with a library.
func checkEndpoint(e string) error {
	if !strings.HasPrefix(e, "/") || strings.HasSuffix(e, "/") || strings.Contains(e, "//") {
		return ErrInvalid.Wrapf("endpoint %s is not a multiaddress such as /ip4/192.0.2.1/tcp/4001", e)
	}
	for part := range strings.SplitSeq(e, "/") {
		if part == "p2p" || part == "ipfs" {
			return ErrInvalid.Wrapf("endpoint %s repeats a peer id", e)
		}
	}
	return nil
}
