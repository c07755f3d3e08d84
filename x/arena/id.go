package arena

import (
	"encoding/binary"

	"ayni.example/internal/canon"
	"ayni.example/internal/ethkey"
	"ayni.example/x/internal/bound"
)

// What is hashed, apart from each other.
const (
	idDomain     = "ayni-arena/1"
	reportDomain = "ayni-arena-report/1"
	canaryDomain = "ayni-arena-canary/1"
	nodeDomain   = "ayni-arena-node/1"
)

// ID names an arena: no two owners, labels or ledgers share one.
func ID(chainID string, owner []byte, label string) []byte {
	sum := canon.Sum(idDomain, []byte(chainID), owner, []byte(label))
	return sum[:]
}

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

// checkAddress refuses any other text than the ledger's own, under which the same account would count as another.
func checkAddress(role, text string) error {
	b, err := ethkey.AddressCodec{}.StringToBytes(text)
	if err != nil {
		return ErrInvalid.Wrapf("%s: %s", role, err)
	}
	if canonical := ethkey.Format(b); canonical != text {
		return ErrInvalid.Wrapf("%s is written %s", role, canonical)
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
