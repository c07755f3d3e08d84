package simtest_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"cosmossdk.io/math"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

const (
	bondMin          = 100
	unbondingBlocks  = 6
	unbondingSeconds = 300
	modelsMax        = 12
)

// providerModel is one account's entry; nil where there is none.
type providerModel struct {
	bond                     int64
	status                   provider.Status
	byAdmin                  bool
	keys                     []string // retired ones and, last, the present one
	leavesHeight, leavesTime int64
	offers                   []int // models on offer
}

// receiptKey is one of few, so that accounts get in each other's way.
func (s *sim) receiptKey() string {
	digest := sha256.Sum256([]byte(fmt.Sprint("key ", s.rand.IntN(25))))
	return string(digest[:])
}

// holder is who has a key, present or retired; -1 where nobody has.
func (s *sim) holder(key string) int {
	return slices.IndexFunc(s.providers, func(p *providerModel) bool { return p != nil && slices.Contains(p.keys, key) })
}

func peerID(person int) string { return "12D3KooW" + strings.Repeat(string(rune('A'+person)), 44) }

func (s *sim) register() {
	who, key, bond := s.rand.IntN(people), s.receiptKey(), 1+s.rand.Int64N(10*bondMin)
	msg := &provider.MsgRegister{
		Address: s.text(who), Name: fmt.Sprint("person ", who), ReceiptKey: []byte(key), PeerId: peerID(who),
		Endpoints: []string{"/ip4/192.0.2.1/tcp/4001"}, Bond: math.NewInt(bond),
	}
	switch {
	case s.providers[who] != nil:
		s.expect("register", msg, provider.ErrExists)
	case bond < bondMin:
		s.expect("register", msg, provider.ErrBond)
	case s.holder(key) >= 0:
		s.expect("register", msg, provider.ErrTaken)
	case bond > s.balances[who]:
		s.expect("register", msg, sdkerrors.ErrInsufficientFunds)
	default:
		s.expect("register", msg, nil)
		s.balances[who] -= bond
		s.providers[who] = &providerModel{bond: bond, status: provider.StatusActive, keys: []string{key}}
	}
}

func (s *sim) update() {
	who, key := s.rand.IntN(people), s.receiptKey()
	p := s.providers[who]
	if p != nil && s.chance(3) {
		key = p.keys[len(p.keys)-1]
	}
	msg := &provider.MsgUpdate{
		Address: s.text(who), Name: "changed", ReceiptKey: []byte(key), PeerId: peerID(who), Capabilities: []string{"inference"},
	}
	switch {
	case p == nil:
		s.expect("update", msg, provider.ErrNotFound)
	case p.status == provider.StatusLeaving:
		s.expect("update", msg, provider.ErrStatus)
	case key == p.keys[len(p.keys)-1]:
		s.expect("update", msg, nil)
	case s.holder(key) >= 0:
		s.expect("update", msg, provider.ErrTaken)
	default:
		s.expect("update with a new key", msg, nil)
		p.keys = append(p.keys, key)
		p.keys = p.keys[max(0, len(p.keys)-provider.RetiredMax-1):]
	}
}

func (s *sim) suspend() {
	who, sender := s.rand.IntN(people), s.rand.IntN(people)
	p := s.providers[who]
	msg := &provider.MsgSuspend{Sender: s.text(sender), Address: s.text(who), Reason: "maintenance"}
	byAdmin := sender != who
	switch {
	case byAdmin && sender != 0:
		s.expect("suspend", msg, provider.ErrUnauthorised)
	case p == nil:
		s.expect("suspend", msg, provider.ErrNotFound)
	case p.status == provider.StatusLeaving, p.status == provider.StatusSuspended && (p.byAdmin || !byAdmin):
		s.expect("suspend", msg, provider.ErrStatus)
	default:
		s.expect("suspend", msg, nil)
		p.status, p.byAdmin = provider.StatusSuspended, byAdmin
	}
}

func (s *sim) resume() {
	who, sender := s.rand.IntN(people), 0
	if !s.chance(3) {
		sender = who
	}
	p := s.providers[who]
	msg := &provider.MsgResume{Sender: s.text(sender), Address: s.text(who)}
	switch {
	case p == nil:
		s.expect("resume", msg, provider.ErrNotFound)
	case p.status != provider.StatusSuspended:
		s.expect("resume", msg, provider.ErrStatus)
	case p.byAdmin != (sender != who):
		s.expect("resume", msg, provider.ErrUnauthorised)
	default:
		s.expect("resume", msg, nil)
		p.status, p.byAdmin = provider.StatusActive, false
	}
}

func (s *sim) leave() {
	who := s.rand.IntN(people)
	p := s.providers[who]
	msg := &provider.MsgLeave{Address: s.text(who)}
	switch {
	case p == nil:
		s.expect("leave", msg, provider.ErrNotFound)
	case p.status == provider.StatusLeaving:
		s.expect("leave", msg, provider.ErrStatus)
	default:
		s.expect("leave", msg, nil)
		p.status = provider.StatusLeaving
		p.leavesHeight = s.Ctx.BlockHeight() + unbondingBlocks
		p.leavesTime = s.Ctx.BlockTime().Unix() + unbondingSeconds
	}
}

func (s *sim) withdraw() {
	who := s.rand.IntN(people)
	p := s.providers[who]
	msg := &provider.MsgWithdraw{Address: s.text(who)}
	switch {
	case p == nil:
		s.expect("withdraw", msg, provider.ErrNotFound)
	case p.status != provider.StatusLeaving:
		s.expect("withdraw", msg, provider.ErrStatus)
	case s.Ctx.BlockHeight() < p.leavesHeight || s.Ctx.BlockTime().Unix() < p.leavesTime:
		s.expect("withdraw", msg, provider.ErrEarly)
	default:
		s.expect("withdraw", msg, nil)
		s.balances[who] += p.bond
		s.providers[who] = nil
	}
}

func digest(model int) []byte { return bytes.Repeat([]byte{byte(model)}, inference.DigestSize) }

func (s *sim) enterModel() {
	n := s.rand.IntN(modelsMax)
	msg := &inference.MsgRegisterModel{
		Registrant: s.text(s.rand.IntN(people)), Model: inference.Model{Digest: digest(n), Name: fmt.Sprint("model-", n), Opaque: n%4 == 3},
	}
	known := slices.Contains(s.models, n)
	if known && s.chance(2) {
		msg.Model.Context = 1
		s.expect("enter another model", msg, inference.ErrConflict)
		return
	}
	s.expect("enter a model", msg, nil)
	if !known {
		s.models = append(s.models, n)
	}
}

func (s *sim) setOffer() {
	who, n := s.rand.IntN(people), s.rand.IntN(modelsMax)
	p := s.providers[who]
	msg := &inference.MsgSetOffer{Provider: s.text(who), Offer: inference.Offer{
		Model: digest(n), Name: fmt.Sprint("model-", n), PriceInput: math.NewInt(s.rand.Int64N(9)), PriceOutput: math.OneInt(),
		Context: 2048, Capabilities: []string{"chat"}, Assurances: []string{"signed"},
	}}
	switch {
	case p == nil || p.status != provider.StatusActive:
		s.expect("offer", msg, inference.ErrProvider)
	case !slices.Contains(s.models, n):
		s.expect("offer", msg, inference.ErrNotFound)
	default:
		s.expect("offer", msg, nil)
		if !slices.Contains(p.offers, n) {
			p.offers = append(p.offers, n)
		}
	}
}

func (s *sim) removeOffer() {
	who, n := s.rand.IntN(people), s.rand.IntN(modelsMax)
	p := s.providers[who]
	msg := &inference.MsgRemoveOffer{Provider: s.text(who), Model: digest(n)}
	if p == nil || !slices.Contains(p.offers, n) {
		s.expect("remove an offer", msg, inference.ErrNotFound)
		return
	}
	s.expect("remove an offer", msg, nil)
	p.offers = slices.DeleteFunc(p.offers, func(m int) bool { return m == n })
}
