package client

import (
	"context"
	"fmt"
	"time"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/x/beacon"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

const (
	// pageSize is how many entries one query asks for; pageBound is how many pages a list may have.
	pageSize  = 200
	pageBound = 100
)

// Status is where the node stands.
type Status struct {
	Height     int64
	Time       time.Time // of the block at Height
	Earliest   int64     // the lowest block that the node still holds
	CatchingUp bool      // still fetching older blocks
	ChainID    string
}

// Status asks the node; it answers even when it is not in touch with others.
func (c *Client) Status(ctx context.Context) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := c.rpc.Status(ctx)
	if err != nil {
		return Status{}, unreachable("ask status", err)
	}
	return Status{
		Height: result.SyncInfo.LatestBlockHeight, Time: result.SyncInfo.LatestBlockTime,
		CatchingUp: result.SyncInfo.CatchingUp, ChainID: result.NodeInfo.Network, Earliest: result.SyncInfo.EarliestBlockHeight,
	}, nil
}

// Balance is what an account can spend, in acredit; an unknown account has none.
func (c *Client) Balance(ctx context.Context, address string) (math.Int, error) {
	answer, err := banktypes.NewQueryClient(c.conn).Balance(ctx, &banktypes.QueryBalanceRequest{
		Address: address, Denom: credit.Denom,
	})
	if err != nil {
		return math.Int{}, fmt.Errorf("balance of %s: %w", address, err)
	}
	return answer.Balance.Amount, nil
}

// Params are the rules of money.
func (c *Client) Params(ctx context.Context) (credit.Params, error) {
	answer, err := credit.NewQueryClient(c.conn).Params(ctx, &credit.QueryParamsRequest{})
	if err != nil {
		return credit.Params{}, fmt.Errorf("credit parameters: %w", err)
	}
	return answer.Params, nil
}

// VoucherFormat is the newest format of vouchers that a claim may hold; a ledger that does not say takes the first alone.
func (c *Client) VoucherFormat(ctx context.Context) (uint32, error) {
	answer, err := credit.NewQueryClient(c.conn).Params(ctx, &credit.QueryParamsRequest{})
	if err != nil {
		return 0, fmt.Errorf("credit parameters: %w", err)
	}
	return max(answer.VoucherFormat, 1), nil
}

// Issuers lists who may mint credits.
func (c *Client) Issuers(ctx context.Context) ([]credit.Issuer, error) {
	return pages("issuers", func(page *query.PageRequest) ([]credit.Issuer, *query.PageResponse, error) {
		answer, err := credit.NewQueryClient(c.conn).Issuers(ctx, &credit.QueryIssuersRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Issuers, answer.Pagination, nil
	})
}

// Channel is one channel with its claimed lanes.
func (c *Client) Channel(ctx context.Context, id []byte) (credit.Channel, []credit.Lane, error) {
	answer, err := credit.NewQueryClient(c.conn).Channel(ctx, &credit.QueryChannelRequest{Id: id})
	if err != nil {
		return credit.Channel{}, nil, fmt.Errorf("channel %x: %w", id, err)
	}
	return answer.Channel, answer.Lanes, nil
}

// Channels lists those of a payer or of a payee; give one of the two.
func (c *Client) Channels(ctx context.Context, payer, payee string) ([]credit.Channel, error) {
	return pages("channels", func(page *query.PageRequest) ([]credit.Channel, *query.PageResponse, error) {
		answer, err := credit.NewQueryClient(c.conn).Channels(ctx, &credit.QueryChannelsRequest{
			Payer: payer, Payee: payee, Pagination: page,
		})
		if err != nil {
			return nil, nil, err
		}
		return answer.Channels, answer.Pagination, nil
	})
}

// ProviderParams are the rules for machines that serve.
func (c *Client) ProviderParams(ctx context.Context) (provider.Params, error) {
	answer, err := provider.NewQueryClient(c.conn).Params(ctx, &provider.QueryParamsRequest{})
	if err != nil {
		return provider.Params{}, fmt.Errorf("provider parameters: %w", err)
	}
	return answer.Params, nil
}

// Provider is one machine's entry.
func (c *Client) Provider(ctx context.Context, address string) (provider.Provider, error) {
	answer, err := provider.NewQueryClient(c.conn).Provider(ctx, &provider.QueryProviderRequest{Address: address})
	if err != nil {
		return provider.Provider{}, fmt.Errorf("provider %s: %w", address, err)
	}
	return answer.Provider, nil
}

// Providers lists all machines.
func (c *Client) Providers(ctx context.Context) ([]provider.Provider, error) {
	return pages("providers", func(page *query.PageRequest) ([]provider.Provider, *query.PageResponse, error) {
		answer, err := provider.NewQueryClient(c.conn).Providers(ctx, &provider.QueryProvidersRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Providers, answer.Pagination, nil
	})
}

// Model is one model's entry.
func (c *Client) Model(ctx context.Context, digest []byte) (inference.Model, error) {
	answer, err := inference.NewQueryClient(c.conn).Model(ctx, &inference.QueryModelRequest{Digest: digest})
	if err != nil {
		return inference.Model{}, fmt.Errorf("model %x: %w", digest, err)
	}
	return answer.Model, nil
}

// Models lists all models.
func (c *Client) Models(ctx context.Context) ([]inference.Model, error) {
	return pages("models", func(page *query.PageRequest) ([]inference.Model, *query.PageResponse, error) {
		answer, err := inference.NewQueryClient(c.conn).Models(ctx, &inference.QueryModelsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Models, answer.Pagination, nil
	})
}

// Offer is what a provider asks for a model.
func (c *Client) Offer(ctx context.Context, address string, model []byte) (inference.Offer, error) {
	answer, err := inference.NewQueryClient(c.conn).Offer(ctx, &inference.QueryOfferRequest{Provider: address, Model: model})
	if err != nil {
		return inference.Offer{}, fmt.Errorf("offer of %s for %x: %w", address, model, err)
	}
	return answer.Offer, nil
}

// OfferFilter narrows Offers; at most one field may be set.
type OfferFilter struct {
	Provider string
	Model    []byte
}

// Offers lists all offers, or those of one provider, or those for one model.
func (c *Client) Offers(ctx context.Context, filter OfferFilter) ([]inference.Offer, error) {
	return pages("offers", func(page *query.PageRequest) ([]inference.Offer, *query.PageResponse, error) {
		answer, err := inference.NewQueryClient(c.conn).Offers(ctx, &inference.QueryOffersRequest{
			Provider: filter.Provider, Model: filter.Model, Pagination: page,
		})
		if err != nil {
			return nil, nil, err
		}
		return answer.Offers, answer.Pagination, nil
	})
}

// Seats lists all seats of the council, jailed ones too.
func (c *Client) Seats(ctx context.Context) ([]council.Seat, error) {
	return pages("seats", func(page *query.PageRequest) ([]council.Seat, *query.PageResponse, error) {
		answer, err := council.NewQueryClient(c.conn).Seats(ctx, &council.QuerySeatsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Seats, answer.Pagination, nil
	})
}

// Proposals lists all proposals of the council, the oldest first.
func (c *Client) Proposals(ctx context.Context) ([]council.Proposal, error) {
	return pages("proposals", func(page *query.PageRequest) ([]council.Proposal, *query.PageResponse, error) {
		answer, err := council.NewQueryClient(c.conn).Proposals(ctx, &council.QueryProposalsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Proposals, answer.Pagination, nil
	})
}

// Proposal is one proposal with its votes, and how they count in power of the seats that are active now.
func (c *Client) Proposal(ctx context.Context, id uint64) (*council.QueryProposalResponse, error) {
	answer, err := council.NewQueryClient(c.conn).Proposal(ctx, &council.QueryProposalRequest{Id: id})
	if err != nil {
		return nil, fmt.Errorf("proposal %d: %w", id, err)
	}
	return answer, nil
}

// Beacon is where the network's randomness stands.
func (c *Client) Beacon(ctx context.Context) (*beacon.QueryStatusResponse, error) {
	answer, err := beacon.NewQueryClient(c.conn).Status(ctx, &beacon.QueryStatusRequest{})
	if err != nil {
		return nil, fmt.Errorf("beacon: %w", err)
	}
	return answer, nil
}

// CouncilParams are the rules of the council.
func (c *Client) CouncilParams(ctx context.Context) (council.Params, error) {
	answer, err := council.NewQueryClient(c.conn).Params(ctx, &council.QueryParamsRequest{})
	if err != nil {
		return council.Params{}, fmt.Errorf("council parameters: %w", err)
	}
	return answer.Params, nil
}

// pages gathers a list, page after page, up to pageBound.
func pages[T any](what string, ask func(*query.PageRequest) ([]T, *query.PageResponse, error)) ([]T, error) {
	var all []T
	page := &query.PageRequest{Limit: pageSize}
	for range pageBound {
		list, next, err := ask(page)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		all = append(all, list...)
		if next == nil || len(next.NextKey) == 0 {
			return all, nil
		}
		page = &query.PageRequest{Key: next.NextKey, Limit: pageSize}
	}
	return nil, fmt.Errorf("list %s: more than %d entries", what, pageSize*pageBound)
}
