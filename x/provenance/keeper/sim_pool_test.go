package keeper_test

import (
	"fmt"

	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provenance"
)

// simGrant is a grant that somebody gave, which may have ended since.
type simGrant struct {
	owner      string
	commitment []byte
}

const simPools = 6

func (s *sim) somePool() []byte {
	if len(s.pools) == 0 {
		return id(1)
	}
	return s.pools[s.r.IntN(len(s.pools))]
}

// createPool enters a pool, which is an asset that others are made from like any other.
func (s *sim) createPool() {
	if len(s.pools) >= simPools {
		return
	}
	name := fmt.Sprint("pool ", len(s.pools), " ", s.r.Uint32())
	m := provenance.Manifest{Kind: provenance.KindPool, Name: name, Content: digest(name)}
	if s.r.IntN(10) == 0 {
		m.Kind = provenance.KindDataset
	}
	owner := account(s.who())
	res, err := s.Send(&provenance.MsgCreatePool{
		Owner: owner, Manifest: encode(s.t, m), Terms: terms(s.r.Uint32N(5001)), Schema: word("schema"), Reference: word("reference"),
		Checkers: []string{account(s.who()), account(s.who())},
	})
	if err != nil {
		s.done["create pool refused"]++
		return
	}
	pool := res.MsgResponses[0].GetCachedValue().(*provenance.MsgCreatePoolResponse).Pool
	s.pools, s.assets = append(s.pools, pool), append(s.assets, pool)
	s.done["create pool"]++
	if s.r.IntN(4) > 0 {
		s.try("open epoch", &provenance.MsgOpenEpoch{Owner: owner, Pool: pool})
	}
}

// contribute gives a file to a pool; now and then one that is there, or to an epoch that is not open.
func (s *sim) contribute() {
	pool := s.somePool()
	p, err := s.Provenance.Pools.Get(s.Ctx, pool)
	epoch := p.Epoch
	if err != nil || s.r.IntN(20) == 0 {
		epoch++
	}
	res, err := s.Send(&provenance.MsgContribute{
		Contributor: account(s.who()), Pool: pool, Epoch: epoch, Commitment: word(fmt.Sprint("file ", s.r.IntN(2000))), Bytes: 1 + s.r.Uint64N(1000),
	})
	if err != nil {
		s.done["contribute refused"]++
		return
	}
	s.given = append(s.given, res.MsgResponses[0].GetCachedValue().(*provenance.MsgContributeResponse).Contribution)
	s.done["contribute"]++
}

func (s *sim) someGiven() []byte {
	if len(s.given) == 0 {
		return id(2)
	}
	return s.given[s.r.IntN(len(s.given))]
}

// judge decides on one contribution, mostly by a checker of its pool.
func (s *sim) judge() {
	x, err := s.Provenance.Contributions.Get(s.Ctx, s.someGiven())
	if err != nil {
		return
	}
	checker := account(s.who())
	if p, err := s.Provenance.Pools.Get(s.Ctx, x.Pool); err == nil && s.r.IntN(5) > 0 {
		checker = p.Checkers[0]
	}
	v := provenance.Verdict{Contribution: x.ID, Reason: "quality"}
	if s.r.IntN(4) > 0 {
		v = accept(x.ID, 1+s.r.Uint64N(1<<s.r.IntN(48)))
	}
	msg := &provenance.MsgJudge{Checker: checker, Pool: x.Pool, Verdicts: []provenance.Verdict{v}}
	if s.r.IntN(10) == 0 {
		msg.Pool = s.somePool()
	}
	s.try("judge", msg)
}

func (s *sim) withdraw() {
	msg := &provenance.MsgWithdraw{Contributor: account(s.who()), Contribution: s.someGiven()}
	if x, err := s.Provenance.Contributions.Get(s.Ctx, msg.Contribution); err == nil && s.r.IntN(4) > 0 {
		msg.Contributor = x.Owner
	}
	s.try("withdraw", msg)
}

func (s *sim) openEpoch() {
	pool := s.somePool()
	msg := &provenance.MsgOpenEpoch{Owner: account(s.who()), Pool: pool}
	if a, err := s.Provenance.Assets.Get(s.Ctx, pool); err == nil && s.r.IntN(3) > 0 {
		msg.Owner = a.Owner
	}
	s.try("open epoch", msg)
}

// claimPool has contributors paid what their points earned.
func (s *sim) claimPool() {
	payees := [][]byte{ledgertest.Account(s.who())}
	if other := ledgertest.Account(s.who()); string(other) != string(payees[0]) {
		payees = append(payees, other)
	}
	s.try("claim of contributors", &provenance.MsgClaimRoyalty{Sender: account("anybody"), Asset: s.somePool(), Payees: payees})
}

func (s *sim) grant() {
	owner, n := s.who(), s.r.IntN(1<<20)
	msg := &provenance.MsgGrant{
		Owner: account(owner), Grantee: account(s.who()), Commitment: word(fmt.Sprint("object ", n)),
		Expires: s.Ctx.BlockTime().Unix() + s.r.Int64N(40_000) - 500,
	}
	s.try("grant", msg)
	s.grants = append(s.grants, simGrant{account(owner), msg.Commitment})
}

// endGrant revokes or erases what somebody granted, as its owner or as another.
func (s *sim) endGrant() {
	if len(s.grants) == 0 {
		return
	}
	g := s.grants[len(s.grants)-1-s.r.IntN(min(len(s.grants), 30))]
	if s.r.IntN(5) == 0 {
		g.owner = account(s.who())
	}
	if s.r.IntN(2) == 0 {
		s.try("revoke", &provenance.MsgRevoke{Owner: g.owner, Commitment: g.commitment})
		return
	}
	msg := &provenance.MsgErase{Owner: g.owner, Grants: [][]byte{g.commitment}}
	if s.r.IntN(8) == 0 {
		msg.Asset = s.some()
	}
	s.try("erase", msg)
}
