package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/arena"
	"ayni.example/x/internal/bound"
)

// Epoch returns the open one, and what is sealed for it or for the next.
func (s queryServer) Epoch(ctx context.Context, req *arena.QueryEpochRequest) (*arena.QueryEpochResponse, error) {
	a, err := s.arena(ctx, req.Arena)
	if err != nil {
		return nil, err
	}
	res := &arena.QueryEpochResponse{Phase: a.Phase}
	res.Epoch, err = s.Epochs.Get(ctx, a.Id)
	if errors.Is(err, collections.ErrNotFound) {
		res.Epoch = arena.Epoch{Arena: a.Id, Number: a.Epoch}
	} else if err != nil {
		return nil, err
	}
	var errs [5]error
	now, errs0 := s.seals(ctx, a.Id, a.Epoch)
	next, errs1 := s.seals(ctx, a.Id, a.Epoch+1)
	errs[0], errs[1], res.Seals = errs0, errs1, slices.Concat(now, next)
	res.Reports, errs[2] = within(ctx, s.Reports, a.Id)
	res.Canaries, errs[3] = within(ctx, s.Canaries, a.Id)
	res.Disputes, errs[4] = within(ctx, s.Disputes, a.Id)
	return res, errors.Join(errs[:]...)
}

// Assignments returns what an evaluator has to do in the open epoch.
func (s queryServer) Assignments(ctx context.Context, req *arena.QueryAssignmentsRequest) (*arena.QueryAssignmentsResponse, error) {
	a, err := s.arena(ctx, req.Arena)
	if err != nil {
		return nil, err
	}
	res := &arena.QueryAssignmentsResponse{Epoch: a.Epoch, Phase: a.Phase}
	e, err := s.Epochs.Get(ctx, a.Id)
	if errors.Is(err, collections.ErrNotFound) {
		return res, nil
	}
	if err != nil {
		return nil, err
	}
	res.Ends, res.Source = e.Ends, e.Source
	seat, _, err := s.evaluator(&e, req.Evaluator)
	if errors.Is(err, arena.ErrUnauthorised) {
		return res, nil
	}
	if err != nil {
		return nil, err
	}
	for i, t := range e.Tasks {
		if slices.Contains(t.Evaluators, seat.Slot) {
			res.Numbers, res.Tasks = append(res.Numbers, uint32(i)), append(res.Tasks, t)
		}
	}
	disputes, err := within(ctx, s.Disputes, a.Id)
	if err != nil {
		return nil, err
	}
	for _, d := range disputes {
		voted := slices.ContainsFunc(d.Votes, func(b arena.Ballot) bool { return b.Slot == seat.Slot })
		if slices.Contains(d.Voters, seat.Slot) && !voted {
			res.Votes = append(res.Votes, d.Task)
		}
	}
	r, err := s.Reports.Get(ctx, collections.Join(a.Id, seat.Number))
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return nil, err
	}
	res.Committed, res.Revealed = r.Hash, len(r.Report) > 0
	return res, nil
}

// Scoreboard returns the seated members with their standings, contestants first.
func (s queryServer) Scoreboard(ctx context.Context, req *arena.QueryScoreboardRequest) (*arena.QueryScoreboardResponse, error) {
	a, err := s.arena(ctx, req.Arena)
	if err != nil {
		return nil, err
	}
	res := &arena.QueryScoreboardResponse{Epoch: a.Epoch}
	work, err := s.lastWork(ctx, a.Id, a.Epoch)
	if err != nil {
		return nil, err
	}
	for _, role := range []arena.Role{arena.Contestant, arena.Evaluator, arena.Author} {
		members, err := s.seated(ctx, a.Id, role)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			st, err := s.standing(ctx, a.Id, m.Number)
			if err != nil {
				return nil, err
			}
			row := arena.Row{
				Member: m.Address, Number: m.Number, Role: role, Slot: m.Slot, CanaryAware: st.CanaryAware, Paid: m.Paid, Work: work[m.Number],
			}
			if role != arena.Author {
				row.ScorePpm = st.ScorePpm(role)
			}
			res.Rows = append(res.Rows, row)
		}
	}
	return res, nil
}

// lastWork is what members did in the last epoch that is over.
func (s queryServer) lastWork(ctx context.Context, id []byte, epoch uint64) (map[uint64]uint32, error) {
	work := map[uint64]uint32{}
	for _, n := range []uint64{epoch, epoch - 1} {
		r, err := s.Keeper.Results.Get(ctx, collections.Join(id, n))
		if errors.Is(err, collections.ErrNotFound) {
			continue
		}
		for _, row := range r.Rows {
			work[row.Number] = row.Work
		}
		return work, err
	}
	return work, nil
}

// Results returns the last epochs, the last first if asked so.
func (s queryServer) Results(ctx context.Context, req *arena.QueryResultsRequest) (*arena.QueryResultsResponse, error) {
	all, page, err := query.CollectionPaginate(ctx, s.Keeper.Results, bound.Page(req.Pagination),
		func(_ place, r arena.Result) (arena.Result, error) { return r, nil },
		query.WithCollectionPaginationPairPrefix[[]byte, uint64](req.Arena))
	return &arena.QueryResultsResponse{Results: all, Pagination: page}, err
}

// Standing returns what is remembered of a member.
func (s queryServer) Standing(ctx context.Context, req *arena.QueryStandingRequest) (*arena.QueryStandingResponse, error) {
	address, text, err := s.account("member", req.Address)
	if err != nil {
		return nil, err
	}
	m, err := s.Keeper.Members.Get(ctx, collections.Join(req.Arena, address))
	if err != nil {
		return nil, found(err, "%s in arena %x", text, req.Arena)
	}
	st, err := s.standing(ctx, req.Arena, m.Number)
	return &arena.QueryStandingResponse{Standing: st}, err
}

// Metagraph returns an arena of Yuma in that field's terms.
func (s queryServer) Metagraph(ctx context.Context, req *arena.QueryMetagraphRequest) (*arena.QueryMetagraphResponse, error) {
	a, err := s.arena(ctx, req.Arena)
	if err != nil {
		return nil, err
	}
	if a.Rules.Yuma == nil {
		return nil, arena.ErrRules.Wrap("only arenas of Yuma have a metagraph: ask for the scoreboard")
	}
	res := &arena.QueryMetagraphResponse{Block: uint64(height(ctx))}
	uids := map[uint64]uint32{}
	for _, role := range []arena.Role{arena.Contestant, arena.Evaluator} {
		members, err := s.seated(ctx, a.Id, role)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			st, err := s.standing(ctx, a.Id, m.Number)
			if err != nil {
				return nil, err
			}
			n := arena.NewNeuron(&a, m, &st, uids, height(ctx))
			uids[m.Number] = n.Uid
			res.Neurons = append(res.Neurons, n)
		}
	}
	return res, nil
}
