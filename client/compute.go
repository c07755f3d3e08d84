package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/compute"
)

// ComputeParams are the rules of the market of compute.
func (c *Client) ComputeParams(ctx context.Context) (compute.Params, error) {
	answer, err := compute.NewQueryClient(c.conn).Params(ctx, &compute.QueryParamsRequest{})
	if err != nil {
		return compute.Params{}, fmt.Errorf("parameters of compute: %w", err)
	}
	return answer.Params, nil
}

// Host is one provider's standing in the market.
func (c *Client) Host(ctx context.Context, provider string) (compute.Host, error) {
	answer, err := compute.NewQueryClient(c.conn).Host(ctx, &compute.QueryHostRequest{Provider: provider})
	if err != nil {
		return compute.Host{}, fmt.Errorf("host %s: %w", provider, err)
	}
	return answer.Host, nil
}

// Hosts lists all providers that have announced themselves.
func (c *Client) Hosts(ctx context.Context) ([]compute.Host, error) {
	return pages("hosts", func(page *query.PageRequest) ([]compute.Host, *query.PageResponse, error) {
		answer, err := compute.NewQueryClient(c.conn).Hosts(ctx, &compute.QueryHostsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Hosts, answer.Pagination, nil
	})
}

// Order is one order, and what providers said of it.
func (c *Client) Order(ctx context.Context, id []byte) (compute.Order, compute.Book, error) {
	answer, err := compute.NewQueryClient(c.conn).Order(ctx, &compute.QueryOrderRequest{Order: id})
	if err != nil {
		return compute.Order{}, compute.Book{}, fmt.Errorf("order %x: %w", id, err)
	}
	return answer.Order, answer.Book, nil
}

// Orders lists a tenant's, or with no tenant all open ones.
func (c *Client) Orders(ctx context.Context, tenant string) ([]compute.Order, error) {
	return pages("orders", func(page *query.PageRequest) ([]compute.Order, *query.PageResponse, error) {
		answer, err := compute.NewQueryClient(c.conn).Orders(ctx, &compute.QueryOrdersRequest{Tenant: tenant, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Orders, answer.Pagination, nil
	})
}

// Lease is one lease.
func (c *Client) Lease(ctx context.Context, id []byte) (compute.Lease, error) {
	answer, err := compute.NewQueryClient(c.conn).Lease(ctx, &compute.QueryLeaseRequest{Lease: id})
	if err != nil {
		return compute.Lease{}, fmt.Errorf("lease %x: %w", id, err)
	}
	return answer.Lease, nil
}

// OrderLeases lists the leases of an order, the first first.
func (c *Client) OrderLeases(ctx context.Context, order []byte) ([]compute.Lease, error) {
	return c.leases(ctx, compute.QueryLeasesRequest{Order: order})
}

// HostLeases lists the leases of a provider that are not closed.
func (c *Client) HostLeases(ctx context.Context, provider string) ([]compute.Lease, error) {
	return c.leases(ctx, compute.QueryLeasesRequest{Provider: provider})
}

func (c *Client) leases(ctx context.Context, of compute.QueryLeasesRequest) ([]compute.Lease, error) {
	return pages("leases", func(page *query.PageRequest) ([]compute.Lease, *query.PageResponse, error) {
		asked := of
		asked.Pagination = page
		answer, err := compute.NewQueryClient(c.conn).Leases(ctx, &asked)
		if err != nil {
			return nil, nil, err
		}
		return answer.Leases, answer.Pagination, nil
	})
}

// Tasks lists those of a batch of which a result was delivered.
func (c *Client) Tasks(ctx context.Context, order []byte) ([]compute.Task, error) {
	return pages("tasks", func(page *query.PageRequest) ([]compute.Task, *query.PageResponse, error) {
		answer, err := compute.NewQueryClient(c.conn).Tasks(ctx, &compute.QueryTasksRequest{Order: order, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Tasks, answer.Pagination, nil
	})
}

// Segments lists those of a training that wait.
func (c *Client) Segments(ctx context.Context, order []byte) ([]compute.Segment, error) {
	return pages("segments", func(page *query.PageRequest) ([]compute.Segment, *query.PageResponse, error) {
		answer, err := compute.NewQueryClient(c.conn).Segments(ctx, &compute.QuerySegmentsRequest{Order: order, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Segments, answer.Pagination, nil
	})
}

// Bid offers to take orders and says what became of each offer.
func (c *Client) Bid(ctx context.Context, provider string, offers []compute.Offer) ([]compute.Answer, error) {
	done, err := c.Submit(ctx, &compute.MsgBids{Provider: provider, Offers: offers})
	return BidAnswers(done, err)
}

// BidAnswers says what became of each offer in the first message of a transaction.
func BidAnswers(done TxResult, err error) ([]compute.Answer, error) {
	if err != nil {
		return nil, err
	}
	var answer compute.MsgBidsResponse
	err = done.Response(0, &answer)
	return answer.Answers, err
}

// LastOrder is the number of a tenant's latest order; 0 where it has none.
func (c *Client) LastOrder(ctx context.Context, tenant string) (uint64, error) {
	answer, err := compute.NewQueryClient(c.conn).Tenant(ctx, &compute.QueryTenantRequest{Tenant: tenant})
	if err != nil {
		return 0, fmt.Errorf("orders of %s: %w", tenant, err)
	}
	return answer.Tenant.Last, nil
}
