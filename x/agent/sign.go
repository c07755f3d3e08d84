package agent

import (
	"ayni.example/internal/canon"
	"ayni.example/internal/ethkey"
)

// What a session key signs, apart from each other.
const (
	actDomain     = "ayni-agent-act/1"
	reserveDomain = "ayni-agent-reserve/1"
	cancelDomain  = "ayni-agent-cancel/1"
)

// ActBytes are what the session key signs of an act: on one ledger, for one agent, wake-up, epoch and head of its log.
func ActBytes(chainID string, head []byte, m *MsgAct) ([]byte, error) {
	signed := MsgAct{Decision: m.Decision, Memory: m.Memory, Cost: m.Cost, Actions: m.Actions}
	raw, err := signed.Marshal()
	if err != nil {
		return nil, ErrInvalid.Wrapf("act: %s", err)
	}
	sum := canon.Sum(actDomain, []byte(chainID), m.Agent, number(m.Wake), number(m.Epoch), head, raw)
	return sum[:], nil
}

// ReserveBytes are what the session key signs of a reservation.
func ReserveBytes(chainID string, m *MsgReserve) ([]byte, error) {
	raw, err := m.Reserve.Marshal()
	if err != nil {
		return nil, ErrInvalid.Wrapf("reserve: %s", err)
	}
	sum := canon.Sum(reserveDomain, []byte(chainID), m.Agent, number(m.Wake), number(m.Epoch), raw)
	return sum[:], nil
}

// CancelBytes are what the session key signs to give a reservation back.
func CancelBytes(chainID string, m *MsgCancel) []byte {
	sum := canon.Sum(cancelDomain, []byte(chainID), m.Agent, number(m.Wake), number(m.Epoch), number(uint64(m.Call)))
	return sum[:]
}

// SignAct signs an act with a session key.
func SignAct(key *ethkey.PrivKey, chainID string, head []byte, m *MsgAct) error {
	signed, err := ActBytes(chainID, head, m)
	if err != nil {
		return err
	}
	m.Signature, err = key.Sign(signed)
	return err
}

// SignReserve signs a reservation with a session key.
func SignReserve(key *ethkey.PrivKey, chainID string, m *MsgReserve) error {
	signed, err := ReserveBytes(chainID, m)
	if err != nil {
		return err
	}
	m.Signature, err = key.Sign(signed)
	return err
}

// SignCancel signs with a session key that a reservation is given back.
func SignCancel(key *ethkey.PrivKey, chainID string, m *MsgCancel) (err error) {
	m.Signature, err = key.Sign(CancelBytes(chainID, m))
	return err
}

// VerifySession tells whether a session key signed something.
func VerifySession(session, signed, signature []byte) error {
	if len(signature) != ethkey.SignatureSize || !(&ethkey.PubKey{Key: session}).VerifySignature(signed, signature) {
		return ErrSignature
	}
	return nil
}

// SessionAddress is the account of a session key, which payments of the lease are signed by.
func SessionAddress(session []byte) ([]byte, error) {
	address := (&ethkey.PubKey{Key: session}).Address()
	if len(session) != ethkey.PubKeySize || len(address) == 0 {
		return nil, ErrInvalid.Wrap("session key is no compressed point of secp256k1")
	}
	return address, nil
}
