package compute

import (
	"crypto/sha256"
	"encoding/binary"
)

const (
	// ModuleName names the module and the account that holds escrows and collateral.
	ModuleName = "compute"
	// StoreKey names the module's store, as in proofs of its state.
	StoreKey = ModuleName
	// KindMatch is what the schedule runs when windows of bids end.
	KindMatch = "compute/match"
	// KindLease is what it runs when a lease's time for a sign is over.
	KindLease = "compute/lease"
	// KindSegment is the kind of claims that x/referee is given.
	KindSegment = "compute/segment"
)

// Sizes of ids.
const (
	OrderIDSize = 16
	LeaseIDSize = OrderIDSize + 4
	digestSize  = sha256.Size
)

// Prefixes of the store, never reused.
const (
	ParamsPrefix = iota
	HostsPrefix
	OrdersPrefix
	BooksPrefix
	LeasesPrefix
	TasksPrefix
	SegmentsPrefix
	TenantsPrefix
	OpenPrefix
	ByTenantPrefix
	ClosedPrefix
	WindowsPrefix
	ByProviderPrefix
	ReviewsPrefix
)

// OrderID is that of a tenant's order.
func OrderID(tenant []byte, number uint64) []byte {
	h := sha256.New()
	h.Write([]byte("ayni/order/1\n"))
	h.Write(tenant)
	h.Write(binary.BigEndian.AppendUint64(nil, number))
	return h.Sum(nil)[:OrderIDSize]
}

// LeaseID is that of an order's lease.
func LeaseID(order []byte, number uint32) []byte {
	return binary.BigEndian.AppendUint32(append(make([]byte, 0, LeaseIDSize), order...), number)
}

// SplitLeaseID is the order and the number that LeaseID was made of.
func SplitLeaseID(id []byte) (order []byte, number uint32, err error) {
	if len(id) != LeaseIDSize {
		return nil, 0, ErrInvalid.Wrapf("lease id of %d bytes, not %d", len(id), LeaseIDSize)
	}
	return id[:OrderIDSize], binary.BigEndian.Uint32(id[OrderIDSize:]), nil
}

// HostKey is where a provider's entry lies in the store, for proofs.
func HostKey(provider []byte) []byte { return append([]byte{HostsPrefix}, provider...) }

// OrderKey is an order's.
func OrderKey(id []byte) []byte { return append([]byte{OrdersPrefix}, id...) }

// LeaseKey is a lease's.
func LeaseKey(id []byte) []byte { return append([]byte{LeasesPrefix}, id...) }
