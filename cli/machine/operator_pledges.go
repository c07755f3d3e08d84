package machine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/artifact"
	"ayni.example/artifact/holding"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	x "ayni.example/x/artifact"
)

// PledgeArtifact implements operator.Operator. The root is of the blob on this disk, which is checked against its digest on the way.
func (m *Machine) PledgeArtifact(ctx context.Context, req operator.PledgeRequest) (operator.Pledge, error) {
	d, err := artifact.ParseDigest(req.Digest)
	if err != nil {
		return operator.Pledge{}, err
	}
	if req.Lasts <= 0 {
		return operator.Pledge{}, errors.New("a pledge lasts for a while: give --until, such as 720h")
	}
	if k, err := m.data.vault.KeptFor(d.Hex()); err == nil && k.Ordered > 0 {
		return operator.Pledge{}, advice(fmt.Errorf("%s asked for %s to be erased", k.Owner, d), "it goes by itself when its pledge ends")
	}
	sum := d.Sum()
	until := m.now().Add(req.Lasts).Unix()
	var msg sdk.Msg = &x.MsgExtend{Holder: m.address, Digest: sum[:], Until: until}
	if req.Bond != "" {
		bond, err := home.Credits(req.Bond)
		if err != nil {
			return operator.Pledge{}, err
		}
		leaves, err := holding.Leaves(ctx, m.fetches.artifacts, d)
		if err != nil {
			return operator.Pledge{}, advice(err, "only what is on this disk can be pledged: `ayni artifact put` or `get` it first")
		}
		info, err := m.fetches.artifacts.Stat(d)
		if err != nil {
			return operator.Pledge{}, err
		}
		// Pinned before it is promised, so that no collection comes between.
		if err := m.fetches.artifacts.Pin(artifact.Pin{Digest: d, Owner: holding.Owner, Reason: "pledged on the ledger"}); err != nil {
			return operator.Pledge{}, err
		}
		root := x.Root(leaves)
		msg = &x.MsgPledge{Holder: m.address, Digest: sum[:], Size_: uint64(info.Size), Root: root[:], Bond: bond, Until: until}
	}
	if err := m.ledger.Submit(ctx, msg); err != nil {
		return operator.Pledge{}, err
	}
	return m.pledge(ctx, d, m.address)
}

// ReleaseArtifact implements operator.Operator.
func (m *Machine) ReleaseArtifact(ctx context.Context, digest string) error {
	d, err := artifact.ParseDigest(digest)
	if err != nil {
		return err
	}
	sum := d.Sum()
	return m.ledger.Submit(ctx, &x.MsgRelease{Holder: m.address, Digest: sum[:]})
}

// pledge is one that stands.
func (m *Machine) pledge(ctx context.Context, d artifact.Digest, holder string) (operator.Pledge, error) {
	list, err := m.Holders(ctx, string(d))
	if err != nil {
		return operator.Pledge{}, err
	}
	i := slices.IndexFunc(list, func(p operator.Pledge) bool { return p.Holder == holder })
	if i < 0 {
		return operator.Pledge{}, advice(fmt.Errorf("%s has not pledged %s", holder, d), "`ayni artifact holders DIGEST` lists who has")
	}
	return list[i], nil
}

// Holders implements operator.Operator.
func (m *Machine) Holders(ctx context.Context, digest string) ([]operator.Pledge, error) {
	d, err := artifact.ParseDigest(digest)
	if err != nil {
		return nil, err
	}
	sum := d.Sum()
	pledges, err := m.ledger.Holders(ctx, sum[:])
	if err != nil {
		return nil, err
	}
	content := func(x.Pledge) string { return "unknown" }
	if leaves, err := holding.Leaves(ctx, m.fetches.artifacts, d); err == nil {
		root, size := x.Root(leaves), uint64(0)
		if info, err := m.fetches.artifacts.Stat(d); err == nil {
			size = uint64(info.Size)
		}
		content = func(p x.Pledge) string {
			if [x.DigestSize]byte(p.Root) == root && p.Size_ == size {
				return "yes"
			}
			return "no"
		}
	}
	list := make([]operator.Pledge, 0, len(pledges))
	for _, p := range pledges {
		list = append(list, pledgeOf(p, content(p)))
	}
	slices.SortStableFunc(list, func(a, b operator.Pledge) int { return -cmpContent(a.Content, b.Content) })
	return list, nil
}

// cmpContent orders no, unknown, yes.
func cmpContent(a, b string) int {
	order := []string{"no", "unknown", "yes"}
	return slices.Index(order, a) - slices.Index(order, b)
}

// Pledges implements operator.Operator.
func (m *Machine) Pledges(ctx context.Context, holder string) ([]operator.Pledge, error) {
	if holder == "" {
		holder = m.address
	}
	pledges, err := m.ledger.Pledges(ctx, holder)
	list := make([]operator.Pledge, 0, len(pledges))
	for _, p := range pledges {
		list = append(list, pledgeOf(p, "unknown"))
	}
	return list, err
}

func pledgeOf(p x.Pledge, content string) operator.Pledge {
	return operator.Pledge{
		Holder: p.Holder, Digest: artifact.Prefix + hex.EncodeToString(p.Digest), Size: p.Size_, Bond: home.FormatCredits(p.Bond),
		Until: time.Unix(p.Until, 0).UTC(), Waiting: p.Waiting, Answered: p.Answered, Content: content,
	}
}

// ChallengeArtifact implements operator.Operator.
func (m *Machine) ChallengeArtifact(ctx context.Context, req operator.ChallengeRequest) (operator.Challenge, error) {
	d, err := artifact.ParseDigest(req.Digest)
	if err != nil {
		return operator.Challenge{}, err
	}
	p, err := m.pledge(ctx, d, req.Holder)
	if err != nil {
		return operator.Challenge{}, err
	}
	count := x.Leaves(p.Size)
	var leaf uint64
	if req.Leaf != nil {
		leaf = *req.Leaf
	} else {
		n, err := rand.Int(rand.Reader, new(big.Int).SetUint64(count))
		if err != nil {
			return operator.Challenge{}, err
		}
		leaf = n.Uint64()
	}
	if leaf >= count {
		return operator.Challenge{}, fmt.Errorf("leaf %d: the artifact has leaves 0 to %d", leaf, count-1)
	}
	sum := d.Sum()
	if err := m.ledger.Submit(ctx, &x.MsgChallenge{Challenger: m.address, Holder: req.Holder, Digest: sum[:], Leaf: leaf}); err != nil {
		return operator.Challenge{}, err
	}
	list, err := m.Challenges(ctx, req.Holder)
	for _, c := range list {
		if c.Digest == string(d) && c.Leaf == leaf {
			return c, nil
		}
	}
	return operator.Challenge{Holder: req.Holder, Digest: string(d), Leaf: leaf, Challenger: m.address}, err // answered by now
}

// Challenges implements operator.Operator.
func (m *Machine) Challenges(ctx context.Context, holder string) ([]operator.Challenge, error) {
	if holder == "" {
		holder = m.address
	}
	challenges, err := m.ledger.Challenges(ctx, holder)
	list := make([]operator.Challenge, 0, len(challenges))
	for _, c := range challenges {
		list = append(list, operator.Challenge{
			Holder: c.Holder, Digest: artifact.Prefix + hex.EncodeToString(c.Digest), Leaf: c.Leaf, Challenger: c.Challenger,
			Deposit: home.FormatCredits(c.Deposit), Due: time.Unix(c.DueTime, 0).UTC(), DueHeight: c.DueHeight,
		})
	}
	return list, err
}
