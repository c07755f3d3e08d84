package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/compute"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) compute.QueryServer { return queryServer{k} }

// Params returns the rules of the market.
func (s queryServer) Params(ctx context.Context, _ *compute.QueryParamsRequest) (*compute.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &compute.QueryParamsResponse{Params: params}, err
}

// Host returns one provider's standing.
func (s queryServer) Host(ctx context.Context, req *compute.QueryHostRequest) (*compute.QueryHostResponse, error) {
	address, _, err := s.address("provider", req.Provider)
	if err != nil {
		return nil, err
	}
	h, err := s.Keeper.Hosts.Get(ctx, address)
	return &compute.QueryHostResponse{Host: h}, found(err, "host", address)
}

// Hosts lists all providers that have announced themselves.
func (s queryServer) Hosts(ctx context.Context, req *compute.QueryHostsRequest) (*compute.QueryHostsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Hosts, bound.Page(req.Pagination),
		func(_ []byte, h compute.Host) (compute.Host, error) { return h, nil })
	return &compute.QueryHostsResponse{Hosts: list, Pagination: page}, err
}

// Order returns one order and what providers said of it.
func (s queryServer) Order(ctx context.Context, req *compute.QueryOrderRequest) (*compute.QueryOrderResponse, error) {
	o, err := s.order(ctx, req.Order)
	if err != nil {
		return nil, err
	}
	b, err := s.Books.Get(ctx, req.Order)
	if errors.Is(err, collections.ErrNotFound) {
		b, err = compute.Book{Order: o.ID}, nil
	}
	return &compute.QueryOrderResponse{Order: o, Book: b}, err
}

// Orders lists those of a tenant, or all open ones.
func (s queryServer) Orders(ctx context.Context, req *compute.QueryOrdersRequest) (*compute.QueryOrdersResponse, error) {
	if req.Tenant == "" {
		list, page, err := query.CollectionPaginate(ctx, s.Open, bound.Page(req.Pagination),
			func(at placed, _ collections.NoValue) (compute.Order, error) { return s.order(ctx, at.K2()) })
		return &compute.QueryOrdersResponse{Orders: list, Pagination: page}, err
	}
	tenant, _, err := s.address("tenant", req.Tenant)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.ByTenant, bound.Page(req.Pagination),
		func(at numbered, _ collections.NoValue) (compute.Order, error) {
			return s.order(ctx, compute.OrderID(tenant, at.K2()))
		}, query.WithCollectionPaginationPairPrefix[[]byte, uint64](tenant))
	return &compute.QueryOrdersResponse{Orders: list, Pagination: page}, err
}

// Tenant returns the counts of an account's orders.
func (s queryServer) Tenant(ctx context.Context, req *compute.QueryTenantRequest) (*compute.QueryTenantResponse, error) {
	address, text, err := s.address("tenant", req.Tenant)
	if err != nil {
		return nil, err
	}
	t, err := s.Tenants.Get(ctx, address)
	if errors.Is(err, collections.ErrNotFound) {
		t, err = compute.Tenant{Address: text}, nil
	}
	return &compute.QueryTenantResponse{Tenant: t}, err
}

// Lease returns one lease.
func (s queryServer) Lease(ctx context.Context, req *compute.QueryLeaseRequest) (*compute.QueryLeaseResponse, error) {
	l, err := s.lease(ctx, req.Lease)
	return &compute.QueryLeaseResponse{Lease: l}, err
}

// Leases lists those of an order, or a provider's that are not closed.
func (s queryServer) Leases(ctx context.Context, req *compute.QueryLeasesRequest) (*compute.QueryLeasesResponse, error) {
	if (len(req.Order) == 0) == (req.Provider == "") {
		return nil, compute.ErrInvalid.Wrap("leases are listed of an order, or of a provider")
	}
	if len(req.Order) > 0 {
		list, page, err := s.leasesOf(ctx, req)
		return &compute.QueryLeasesResponse{Leases: list, Pagination: page}, err
	}
	provider, _, err := s.address("provider", req.Provider)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.ByProvider, bound.Page(req.Pagination),
		func(at owned, _ collections.NoValue) (compute.Lease, error) { return s.lease(ctx, at.K2()) },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](provider))
	return &compute.QueryLeasesResponse{Leases: list, Pagination: page}, err
}

// leasesOf pages through an order's leases by their numbers, which have no gaps.
func (s queryServer) leasesOf(ctx context.Context, req *compute.QueryLeasesRequest) ([]compute.Lease, *query.PageResponse, error) {
	o, err := s.order(ctx, req.Order)
	if err != nil {
		return nil, nil, err
	}
	page := bound.Page(req.Pagination)
	from := uint64(1) + page.Offset
	if len(page.Key) > 0 {
		_, number, err := compute.SplitLeaseID(page.Key)
		if err != nil {
			return nil, nil, err
		}
		from = uint64(number)
	}
	var list []compute.Lease
	next := &query.PageResponse{Total: uint64(o.Leases)}
	for number := max(from, 1); number <= uint64(o.Leases); number++ {
		if uint64(len(list)) == page.Limit {
			next.NextKey = compute.LeaseID(o.ID, uint32(number))
			break
		}
		l, err := s.lease(ctx, compute.LeaseID(o.ID, uint32(number)))
		if err != nil {
			return nil, nil, err
		}
		list = append(list, l)
	}
	return list, next, nil
}

// Tasks lists those of an order of which a result was delivered.
func (s queryServer) Tasks(ctx context.Context, req *compute.QueryTasksRequest) (*compute.QueryTasksResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Tasks, bound.Page(req.Pagination),
		func(_ numbered, t compute.Task) (compute.Task, error) { return t, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, uint64](req.Order))
	return &compute.QueryTasksResponse{Tasks: list, Pagination: page}, err
}

// Segments lists those of an order that wait.
func (s queryServer) Segments(ctx context.Context, req *compute.QuerySegmentsRequest) (*compute.QuerySegmentsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Segments, bound.Page(req.Pagination),
		func(_ numbered, g compute.Segment) (compute.Segment, error) { return g, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, uint64](req.Order))
	return &compute.QuerySegmentsResponse{Segments: list, Pagination: page}, err
}
