package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/agent"
)

// Agent is an agent with its charter, and its lease where a wake-up is open.
func (c *Client) Agent(ctx context.Context, id []byte) (*agent.QueryAgentResponse, error) {
	answer, err := c.agents().Agent(ctx, &agent.QueryAgentRequest{Id: id})
	if err != nil {
		return nil, fmt.Errorf("agent %x: %w", id, err)
	}
	return answer, nil
}

// Agents lists those of an owner, or all where owner is empty.
func (c *Client) Agents(ctx context.Context, owner string) ([]agent.Agent, error) {
	return pages("agents", func(page *query.PageRequest) ([]agent.Agent, *query.PageResponse, error) {
		answer, err := c.agents().Agents(ctx, &agent.QueryAgentsRequest{Owner: owner, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Agents, answer.Pagination, nil
	})
}

// AgentLease is the wake-up of an agent that is open.
func (c *Client) AgentLease(ctx context.Context, id []byte) (agent.Lease, error) {
	answer, err := c.agents().Lease(ctx, &agent.QueryLeaseRequest{Agent: id})
	if err != nil {
		return agent.Lease{}, fmt.Errorf("lease of agent %x: %w", id, err)
	}
	return answer.Lease, nil
}

// AgentLeases lists the wake-ups that a host has, or those that no host has where host is empty.
func (c *Client) AgentLeases(ctx context.Context, host string) ([]agent.Lease, error) {
	return pages("leases", func(page *query.PageRequest) ([]agent.Lease, *query.PageResponse, error) {
		answer, err := c.agents().Leases(ctx, &agent.QueryLeasesRequest{Host: host, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Leases, answer.Pagination, nil
	})
}

// AgentQueue lists the wake-ups of an agent that are not open yet.
func (c *Client) AgentQueue(ctx context.Context, id []byte) ([]agent.Wake, error) {
	answer, err := c.agents().Queue(ctx, &agent.QueryQueueRequest{Agent: id})
	if err != nil {
		return nil, fmt.Errorf("queue of agent %x: %w", id, err)
	}
	return answer.Wakes, nil
}

// AgentLog lists the wake-ups of an agent that are over, oldest first, as far as the ledger keeps them.
func (c *Client) AgentLog(ctx context.Context, id []byte) ([]agent.Entry, error) {
	return pages("log", func(page *query.PageRequest) ([]agent.Entry, *query.PageResponse, error) {
		answer, err := c.agents().Log(ctx, &agent.QueryLogRequest{Agent: id, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Entries, answer.Pagination, nil
	})
}

// AgentEntry is one wake-up that is over.
func (c *Client) AgentEntry(ctx context.Context, id []byte, wake uint64) (agent.Entry, error) {
	answer, err := c.agents().Entry(ctx, &agent.QueryEntryRequest{Agent: id, Wake: wake})
	if err != nil {
		return agent.Entry{}, fmt.Errorf("wake-up %d of agent %x: %w", wake, id, err)
	}
	return answer.Entry, nil
}

// AgentWaiting lists the actions of an agent that wait for its owner or for time.
func (c *Client) AgentWaiting(ctx context.Context, id []byte) ([]agent.Waiting, error) {
	answer, err := c.agents().Waiting(ctx, &agent.QueryWaitingRequest{Agent: id})
	if err != nil {
		return nil, fmt.Errorf("waiting actions of agent %x: %w", id, err)
	}
	return answer.Waiting, nil
}

// AgentChanges lists what waits for an agent's timelock.
func (c *Client) AgentChanges(ctx context.Context, id []byte) ([]agent.Change, error) {
	answer, err := c.agents().Changes(ctx, &agent.QueryChangesRequest{Agent: id})
	if err != nil {
		return nil, fmt.Errorf("changes of agent %x: %w", id, err)
	}
	return answer.Changes, nil
}

// AgentReservations lists the money that an agent holds for payments.
func (c *Client) AgentReservations(ctx context.Context, id []byte) ([]agent.Reservation, error) {
	answer, err := c.agents().Reservations(ctx, &agent.QueryReservationsRequest{Agent: id})
	if err != nil {
		return nil, fmt.Errorf("reservations of agent %x: %w", id, err)
	}
	return answer.Reservations, nil
}

// AgentReservation is one reservation by its payment id; none where it was taken, given back, or never made.
func (c *Client) AgentReservation(ctx context.Context, id, payment []byte) (agent.Reservation, error) {
	answer, err := c.agents().Reservation(ctx, &agent.QueryReservationRequest{Agent: id, Payment: payment})
	if err != nil {
		return agent.Reservation{}, fmt.Errorf("reservation %x: %w", payment, err)
	}
	return answer.Reservation, nil
}

// AgentPayees lists whom an agent has paid or may pay soon.
func (c *Client) AgentPayees(ctx context.Context, id []byte) ([]agent.Payee, error) {
	return pages("payees", func(page *query.PageRequest) ([]agent.Payee, *query.PageResponse, error) {
		answer, err := c.agents().Payees(ctx, &agent.QueryPayeesRequest{Agent: id, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Payees, answer.Pagination, nil
	})
}

// AgentHosts lists all providers that run agents.
func (c *Client) AgentHosts(ctx context.Context) ([]agent.Host, error) {
	return pages("hosts", func(page *query.PageRequest) ([]agent.Host, *query.PageResponse, error) {
		answer, err := c.agents().Hosts(ctx, &agent.QueryHostsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Hosts, answer.Pagination, nil
	})
}

// AgentTreasury is what an agent has, and what counts in its caps now.
func (c *Client) AgentTreasury(ctx context.Context, id []byte) (*agent.QueryTreasuryResponse, error) {
	answer, err := c.agents().Treasury(ctx, &agent.QueryTreasuryRequest{Agent: id})
	if err != nil {
		return nil, fmt.Errorf("treasury of agent %x: %w", id, err)
	}
	return answer, nil
}

// AgentParams are the rules for all agents.
func (c *Client) AgentParams(ctx context.Context) (agent.Params, error) {
	answer, err := c.agents().Params(ctx, &agent.QueryParamsRequest{})
	if err != nil {
		return agent.Params{}, fmt.Errorf("rules of agents: %w", err)
	}
	return answer.Params, nil
}

func (c *Client) agents() agent.QueryClient { return agent.NewQueryClient(c.conn) }
