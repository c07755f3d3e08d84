package client

import (
	"context"
	"fmt"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
)

// RefereeParams are the rules of claims, audits and disputes.
func (c *Client) RefereeParams(ctx context.Context) (referee.Params, error) {
	answer, err := referee.NewQueryClient(c.conn).Params(ctx, &referee.QueryParamsRequest{})
	if err != nil {
		return referee.Params{}, fmt.Errorf("rules of disputes: %w", err)
	}
	return answer.Params, nil
}

// Job is one that claims are made of.
func (c *Client) Job(ctx context.Context, digest []byte) (trace.Job, error) {
	answer, err := referee.NewQueryClient(c.conn).Job(ctx, &referee.QueryJobRequest{Digest: digest})
	if err != nil {
		return trace.Job{}, fmt.Errorf("job %x: %w", digest, err)
	}
	return trace.DecodeJob(answer.Job.Encoded)
}

// Claim is one that is open, with its dispute; one that is not is referee.ErrNotFound.
func (c *Client) Claim(ctx context.Context, id []byte) (referee.QueryClaimResponse, error) {
	answer, err := referee.NewQueryClient(c.conn).Claim(ctx, &referee.QueryClaimRequest{Id: id})
	if err != nil {
		return referee.QueryClaimResponse{}, fmt.Errorf("claim %x: %w", id, err)
	}
	return *answer, nil
}

// Claims lists those that are open.
func (c *Client) Claims(ctx context.Context) ([]referee.Claim, error) {
	return pages("claims", func(page *query.PageRequest) ([]referee.Claim, *query.PageResponse, error) {
		answer, err := referee.NewQueryClient(c.conn).Claims(ctx, &referee.QueryClaimsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Claims, answer.Pagination, nil
	})
}

// Duties lists the claims in which an account has a role, with their disputes.
func (c *Client) Duties(ctx context.Context, address string, role referee.Role) ([]referee.QueryClaimResponse, error) {
	return pages("claims of "+address, func(page *query.PageRequest) ([]referee.QueryClaimResponse, *query.PageResponse, error) {
		answer, err := referee.NewQueryClient(c.conn).Duties(ctx, &referee.QueryDutiesRequest{Address: address, Role: role, Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Claims, answer.Pagination, nil
	})
}

// Auditors lists those who are enlisted.
func (c *Client) Auditors(ctx context.Context) ([]referee.Auditor, error) {
	return pages("auditors", func(page *query.PageRequest) ([]referee.Auditor, *query.PageResponse, error) {
		answer, err := referee.NewQueryClient(c.conn).Auditors(ctx, &referee.QueryAuditorsRequest{Pagination: page})
		if err != nil {
			return nil, nil, err
		}
		return answer.Auditors, answer.Pagination, nil
	})
}
