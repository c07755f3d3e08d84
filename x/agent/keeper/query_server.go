package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/agent"
	"ayni.example/x/internal/bound"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) agent.QueryServer { return queryServer{k} }

// Params returns the rules for all agents.
func (s queryServer) Params(ctx context.Context, _ *agent.QueryParamsRequest) (*agent.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &agent.QueryParamsResponse{Params: params}, err
}

// Agent returns one with its charter and lease.
func (s queryServer) Agent(ctx context.Context, req *agent.QueryAgentRequest) (*agent.QueryAgentResponse, error) {
	l, err := s.life(ctx, req.Id)
	if err != nil {
		return nil, err
	}
	return &agent.QueryAgentResponse{Agent: l.Agent, Charter: l.charter, Lease: l.lease}, nil
}

// Agents lists those of an owner, or all.
func (s queryServer) Agents(ctx context.Context, req *agent.QueryAgentsRequest) (*agent.QueryAgentsResponse, error) {
	if req.Owner == "" {
		all, page, err := query.CollectionPaginate(ctx, s.Keeper.Agents, bound.Page(req.Pagination),
			func(_ []byte, a agent.Agent) (agent.Agent, error) { return a, nil })
		return &agent.QueryAgentsResponse{Agents: all, Pagination: page}, err
	}
	owner, _, err := s.address("owner", req.Owner)
	if err != nil {
		return nil, err
	}
	all, page, err := query.CollectionPaginate(ctx, s.Owners, bound.Page(req.Pagination),
		func(key pair, _ collections.NoValue) (agent.Agent, error) { return s.Keeper.Agents.Get(ctx, key.K2()) },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](owner))
	return &agent.QueryAgentsResponse{Agents: all, Pagination: page}, err
}

// Lease returns the wake-up of an agent that is open.
func (s queryServer) Lease(ctx context.Context, req *agent.QueryLeaseRequest) (*agent.QueryLeaseResponse, error) {
	lease, err := s.Keeper.Leases.Get(ctx, req.Agent)
	return &agent.QueryLeaseResponse{Lease: lease}, found(err, "open wake-up of agent %x", req.Agent)
}

// Leases lists those of a host, or those that no host has.
func (s queryServer) Leases(ctx context.Context, req *agent.QueryLeasesRequest) (*agent.QueryLeasesResponse, error) {
	host := []byte{}
	if req.Host != "" {
		var err error
		if host, _, err = s.address("host", req.Host); err != nil {
			return nil, err
		}
	}
	all, page, err := query.CollectionPaginate(ctx, s.Duties, bound.Page(req.Pagination),
		func(key pair, _ collections.NoValue) (agent.Lease, error) { return s.Keeper.Leases.Get(ctx, key.K2()) },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](host))
	return &agent.QueryLeasesResponse{Leases: all, Pagination: page}, err
}

// Queue lists wake-ups that are not open yet.
func (s queryServer) Queue(ctx context.Context, req *agent.QueryQueueRequest) (*agent.QueryQueueResponse, error) {
	all, err := list(ctx, s.Keeper.Queue, req.Agent)
	return &agent.QueryQueueResponse{Wakes: all}, err
}

// Log lists wake-ups that are over.
func (s queryServer) Log(ctx context.Context, req *agent.QueryLogRequest) (*agent.QueryLogResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Log, bound.Page(req.Pagination),
		func(_ place, e agent.Entry) (agent.Entry, error) { return e, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, uint64](req.Agent))
	return &agent.QueryLogResponse{Entries: all, Pagination: page}, err
}

// Entry returns a wake-up that is over.
func (s queryServer) Entry(ctx context.Context, req *agent.QueryEntryRequest) (*agent.QueryEntryResponse, error) {
	e, err := s.Keeper.Log.Get(ctx, collections.Join(req.Agent, req.Wake))
	return &agent.QueryEntryResponse{Entry: e}, found(err, "wake-up %d of agent %x among the last %d that are over", req.Wake, req.Agent, agent.LogMax)
}

// Waiting lists actions that wait.
func (s queryServer) Waiting(ctx context.Context, req *agent.QueryWaitingRequest) (*agent.QueryWaitingResponse, error) {
	all, err := list(ctx, s.Keeper.Waiting, req.Agent)
	return &agent.QueryWaitingResponse{Waiting: all}, err
}

// Changes lists what waits for the timelock.
func (s queryServer) Changes(ctx context.Context, req *agent.QueryChangesRequest) (*agent.QueryChangesResponse, error) {
	all, err := list(ctx, s.Keeper.Changes, req.Agent)
	return &agent.QueryChangesResponse{Changes: all}, err
}

// Reservations lists money held for payments.
func (s queryServer) Reservations(ctx context.Context, req *agent.QueryReservationsRequest) (*agent.QueryReservationsResponse, error) {
	all, err := listPairs(ctx, s.Keeper.Reservations, req.Agent)
	return &agent.QueryReservationsResponse{Reservations: all}, err
}

// Reservation returns one.
func (s queryServer) Reservation(ctx context.Context, req *agent.QueryReservationRequest) (*agent.QueryReservationResponse, error) {
	r, err := s.Keeper.Reservations.Get(ctx, collections.Join(req.Agent, req.Payment))
	return &agent.QueryReservationResponse{Reservation: r}, found(err, "reservation %x", req.Payment)
}

// Payees lists whom an agent has paid or may pay.
func (s queryServer) Payees(ctx context.Context, req *agent.QueryPayeesRequest) (*agent.QueryPayeesResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Payees, bound.Page(req.Pagination),
		func(_ pair, p agent.Payee) (agent.Payee, error) { return p, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, []byte](req.Agent))
	return &agent.QueryPayeesResponse{Payees: all, Pagination: page}, err
}

// Hosts lists all hosts.
func (s queryServer) Hosts(ctx context.Context, req *agent.QueryHostsRequest) (*agent.QueryHostsResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Hosts, bound.Page(req.Pagination),
		func(_ []byte, h agent.Host) (agent.Host, error) { return h, nil })
	return &agent.QueryHostsResponse{Hosts: all, Pagination: page}, err
}

// Treasury returns what an agent has and what counts in its caps now.
func (s queryServer) Treasury(ctx context.Context, req *agent.QueryTreasuryRequest) (*agent.QueryTreasuryResponse, error) {
	l, err := s.life(ctx, req.Agent)
	if errors.Is(err, agent.ErrNotFound) {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return &agent.QueryTreasuryResponse{
		Balance: s.balance(ctx, l), Held: l.Held, Hour: l.spent.InHour(now(ctx)), Day: l.spent.InDay(now(ctx)), Lifetime: l.spent.Lifetime,
		Caps: l.charter.Caps,
	}, nil
}
