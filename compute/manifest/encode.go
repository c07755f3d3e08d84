package manifest

import (
	"encoding/hex"
	"errors"
	"fmt"

	"ayni.example/internal/canon"
)

// domain separates the digest of a deployment from all others.
const domain = "ayni/compute/manifest/1"

// limits bound an encoded deployment.
var limits = canon.Limits{Bytes: 1 << 20, Depth: 8} //nolint:gochecknoglobals // a constant

// Digest names an encoded deployment.
type Digest [32]byte

// String is the digest as sha256:HEX.
func (d Digest) String() string { return "sha256:" + hex.EncodeToString(d[:]) }

// MarshalText writes the digest as String does.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Salted is the deployment with a salt from 16 random bytes, ready to be encoded.
func (d *Deployment) Salted(random [16]byte) *Deployment {
	salted := *d
	salted.Salt = hex.EncodeToString(random[:])
	return &salted
}

// Encode is the one form of a deployment, with its secrets: it goes to the provider that won, and to nobody else.
func (d *Deployment) Encode() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	if d.Salt == "" {
		return nil, errors.New("encode deployment: it has no salt")
	}
	data, err := canon.Marshal(d)
	if err != nil {
		return nil, err
	}
	if len(data) > limits.Bytes {
		return nil, fmt.Errorf("encode deployment: %d bytes, at most %d", len(data), limits.Bytes)
	}
	return data, nil
}

// Sum is the digest of an encoded deployment, which the order on the ledger holds.
func Sum(encoded []byte) Digest { return canon.Sum(domain, encoded) }

// Decode reads what Encode wrote and checks it as if a stranger had written it.
func Decode(data []byte) (*Deployment, error) {
	d := new(Deployment)
	if err := canon.Unmarshal(data, d, limits); err != nil {
		return nil, fmt.Errorf("decode deployment: %w", err)
	}
	if d.Salt == "" {
		return nil, errors.New("decode deployment: it has no salt")
	}
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("decode deployment: %w", err)
	}
	return d, nil
}
