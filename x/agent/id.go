package agent

import (
	"encoding/binary"

	"github.com/cosmos/cosmos-sdk/types/address"

	"ayni.example/internal/canon"
	"ayni.example/x/internal/bound"
)

// What is hashed, apart from each other.
const (
	idDomain      = "ayni-agent/1"
	seedDomain    = "ayni-agent-seed/1"
	paymentDomain = "ayni-agent-payment/1"
	hostDomain    = "ayni-agent-host/1"
	logDomain     = "ayni-agent-log/1"
)

// addressSize is that of an Ethereum account.
const addressSize = 20

// ID names an agent: no two owners, labels or ledgers share one.
func ID(chainID string, owner []byte, label string) []byte {
	sum := canon.Sum(idDomain, []byte(chainID), owner, []byte(label))
	return sum[:]
}

// Treasury is the account of an agent. It is a digest and no key's, so that its money moves through this module alone.
func Treasury(id []byte) []byte { return address.Module(ModuleName, id)[:addressSize] }

// PaymentID names a payment outside: the same for whichever host makes it, so that a seller sees one payment.
func PaymentID(id []byte, wake uint64, call uint32) []byte {
	sum := canon.Sum(paymentDomain, id, number(wake), number(uint64(call)))
	return sum[:]
}

// Seed is what a wake-up draws from, fixed by a round of the beacon: the same for each host that tries.
func Seed(output, id []byte, wake uint64) []byte {
	sum := canon.Sum(seedDomain, output, id, number(wake))
	return sum[:]
}

// Rank orders hosts for an epoch of a wake-up: the least is drawn. Whoever comes or goes moves nobody but itself.
func Rank(seed []byte, epoch uint64, host []byte) [HashSize]byte {
	return canon.Sum(hostDomain, seed, number(epoch), host)
}

// Head is the log's head after an entry; the entry names the head before.
func Head(e Entry) ([]byte, error) {
	e.Head = nil
	raw, err := e.Marshal()
	if err != nil {
		return nil, ErrInvalid.Wrapf("entry %d: %s", e.Wake.Number, err)
	}
	sum := canon.Sum(logDomain, raw)
	return sum[:], nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func checkHash(name string, b []byte) error {
	if err := bound.Length(name, b, HashSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

func checkOptionalHash(name string, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return checkHash(name, b)
}
