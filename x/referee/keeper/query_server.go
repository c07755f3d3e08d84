package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
	"ayni.example/x/referee"
)

type queryServer struct{ *Keeper }

// NewQueryServer answers the module's queries.
func NewQueryServer(k *Keeper) referee.QueryServer { return queryServer{k} }

// Params returns the rules of claims.
func (s queryServer) Params(ctx context.Context, _ *referee.QueryParamsRequest) (*referee.QueryParamsResponse, error) {
	params, err := s.Keeper.Params.Get(ctx)
	return &referee.QueryParamsResponse{Params: params}, err
}

// Job returns one by its digest.
func (s queryServer) Job(ctx context.Context, req *referee.QueryJobRequest) (*referee.QueryJobResponse, error) {
	j, err := s.Jobs.Get(ctx, req.Digest)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, referee.ErrNotFound.Wrapf("job %x", req.Digest)
	}
	return &referee.QueryJobResponse{Job: j}, err
}

// Claim returns one that is open, with its dispute.
func (s queryServer) Claim(ctx context.Context, req *referee.QueryClaimRequest) (*referee.QueryClaimResponse, error) {
	return s.disputed(ctx, req.Id)
}

func (s queryServer) disputed(ctx context.Context, id []byte) (*referee.QueryClaimResponse, error) {
	c, err := s.claim(ctx, id)
	if err != nil {
		return nil, err
	}
	there, err := s.Disputes.Has(ctx, id)
	if err != nil || !there {
		return &referee.QueryClaimResponse{Claim: c}, err
	}
	d, err := s.dispute(ctx, id)
	return &referee.QueryClaimResponse{Claim: c, Dispute: &d}, err
}

// Claims lists those that are open.
func (s queryServer) Claims(ctx context.Context, req *referee.QueryClaimsRequest) (*referee.QueryClaimsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Claims, bound.Page(req.Pagination),
		func(_ []byte, c referee.Claim) (referee.Claim, error) { return c, nil })
	return &referee.QueryClaimsResponse{Claims: list, Pagination: page}, err
}

// Duties lists the claims in which an account has a role.
func (s queryServer) Duties(ctx context.Context, req *referee.QueryDutiesRequest) (*referee.QueryDutiesResponse, error) {
	addr, _, err := s.address("account", req.Address)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.Roles, bound.Page(req.Pagination),
		func(p part, _ collections.NoValue) (referee.QueryClaimResponse, error) {
			one, err := s.disputed(ctx, p.K3())
			if err != nil {
				return referee.QueryClaimResponse{}, err
			}
			return *one, nil
		},
		func(o *query.CollectionsPaginateOptions[part]) {
			prefix := collections.TripleSuperPrefix[[]byte, uint32, []byte](addr, uint32(req.Role))
			o.Prefix = &prefix
		})
	return &referee.QueryDutiesResponse{Claims: list, Pagination: page}, err
}

// Auditor returns one.
func (s queryServer) Auditor(ctx context.Context, req *referee.QueryAuditorRequest) (*referee.QueryAuditorResponse, error) {
	addr, text, err := s.address("auditor", req.Address)
	if err != nil {
		return nil, err
	}
	a, err := s.Keeper.Auditors.Get(ctx, addr)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, referee.ErrNotFound.Wrapf("auditor %s", text)
	}
	return &referee.QueryAuditorResponse{Auditor: a}, err
}

// Auditors lists all.
func (s queryServer) Auditors(ctx context.Context, req *referee.QueryAuditorsRequest) (*referee.QueryAuditorsResponse, error) {
	list, page, err := query.CollectionPaginate(ctx, s.Keeper.Auditors, bound.Page(req.Pagination),
		func(_ []byte, a referee.Auditor) (referee.Auditor, error) { return a, nil })
	return &referee.QueryAuditorsResponse{Auditors: list, Pagination: page}, err
}
