package simtest_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"slices"

	"cosmossdk.io/math"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"ayni.example/receipt"
	"ayni.example/x/credit"
	"ayni.example/x/internal/ledgertest"
)

const (
	quota           = 50_000
	periodSeconds   = 3_600
	challengeBlocks = 8
	challengeSecs   = 120
	channelsMax     = 60
	lanes           = 3
)

type mintModel struct {
	start, issued int64
}

type laneModel struct {
	signed, signedNonce   int64 // the payer's newest voucher
	claimed, claimedNonce int64 // what the ledger has seen
}

type channelModel struct {
	id                       []byte
	payer, payee             int
	key                      ed25519.PrivateKey
	deposit, claimed, signed int64
	state                    credit.ChannelState
	closesHeight, closesTime int64
	lanes                    [lanes]laneModel
	vouchers                 []receipt.Voucher
}

func (s *sim) appoint() {
	s.expect("appoint", &credit.MsgSetIssuer{
		Admin: s.text(0), Issuer: s.text(0), Quota: math.NewInt(quota), PeriodSeconds: periodSeconds,
	}, nil)
}

func (s *sim) issue() {
	if s.chance(8) {
		s.expect("issue", &credit.MsgIssue{Issuer: s.text(s.person(0)), Recipient: s.text(1), Amount: math.OneInt()}, credit.ErrUnauthorised)
		return
	}
	start, issued := s.mint.start, s.mint.issued
	if now := s.Ctx.BlockTime().Unix(); now >= start+periodSeconds {
		start, issued = now, 0
	}
	to, amount := s.rand.IntN(people), 1+s.rand.Int64N(quota/4)
	msg := &credit.MsgIssue{Issuer: s.text(0), Recipient: s.text(to), Amount: math.NewInt(amount)}
	if issued+amount > quota {
		s.expect("issue", msg, credit.ErrQuota)
		return
	}
	s.expect("issue", msg, nil)
	s.mint = mintModel{start, issued + amount}
	s.balances[to] += amount
	s.minted += amount
}

func (s *sim) open() {
	if len(s.channels) >= channelsMax {
		return
	}
	payer := s.rand.IntN(people)
	payee := s.person(payer)
	var seed [ed25519.SeedSize]byte
	binary.BigEndian.PutUint64(seed[:], s.rand.Uint64())
	key := ed25519.NewKeyFromSeed(seed[:])
	msg := &credit.MsgOpenChannel{
		Payer: s.text(payer), Payee: s.text(payee), Signer: key.Public().(ed25519.PublicKey),
		Deposit: math.NewInt(1 + s.rand.Int64N(5_000)), ChallengeBlocks: challengeBlocks, ChallengeSeconds: challengeSecs,
	}
	deposit := msg.Deposit.Int64()
	switch {
	case s.chance(10):
		msg.Payee = msg.Payer
		s.expect("open to oneself", msg, credit.ErrRecipient)
		return
	case deposit > s.balances[payer]:
		s.expect("open", msg, sdkerrors.ErrInsufficientFunds)
		return
	}
	res := s.expect("open", msg, nil)
	s.balances[payer] -= deposit
	s.channels = append(s.channels, &channelModel{
		id:    res.MsgResponses[0].GetCachedValue().(*credit.MsgOpenChannelResponse).Channel,
		payer: payer, payee: payee, key: key, deposit: deposit, state: credit.ChannelOpen,
	})
}

// channel is any channel, rather one that is not closed; nil while there is none.
func (s *sim) channel() *channelModel {
	if len(s.channels) == 0 {
		return nil
	}
	c := s.channels[s.rand.IntN(len(s.channels))]
	for range 4 {
		if c.state == credit.ChannelClosed {
			c = s.channels[s.rand.IntN(len(s.channels))]
		}
	}
	return c
}

func (s *sim) topUp() {
	c := s.channel()
	if c == nil {
		return
	}
	amount := 1 + s.rand.Int64N(2_000)
	msg := &credit.MsgTopUp{Payer: s.text(c.payer), Channel: c.id, Amount: math.NewInt(amount)}
	switch {
	case s.chance(6):
		msg.Payer = s.text(s.person(c.payer))
		s.expect("top up", msg, credit.ErrUnauthorised)
	case c.state != credit.ChannelOpen:
		s.expect("top up", msg, credit.ErrState)
	case amount > s.balances[c.payer]:
		s.expect("top up", msg, sdkerrors.ErrInsufficientFunds)
	default:
		s.expect("top up", msg, nil)
		s.balances[c.payer] -= amount
		c.deposit += amount
	}
}

// sign is what happens off the ledger: the payer promises more on a lane, within the deposit.
func (s *sim) sign() {
	c := s.channel()
	if c == nil || c.state == credit.ChannelClosed {
		return
	}
	n := s.rand.IntN(lanes)
	l := &c.lanes[n]
	more := int64(0)
	if room := c.deposit - c.signed; room > 0 && !s.chance(4) {
		more = 1 + s.rand.Int64N(min(room, 400))
	}
	l.signed, c.signed = l.signed+more, c.signed+more
	l.signedNonce += 1 + s.rand.Int64N(3)
	c.vouchers = append(c.vouchers, s.voucher(c, uint32(n), l.signedNonce, l.signed))
	if len(c.vouchers) > 30 {
		c.vouchers = c.vouchers[len(c.vouchers)-30:]
	}
}

func (s *sim) voucher(c *channelModel, lane uint32, nonce, cumulative int64) receipt.Voucher {
	v := receipt.Voucher{
		ChainID: ledgertest.ChainID, Channel: receipt.Digest(c.id), Lane: lane, Nonce: uint64(nonce),
		Cumulative: math.NewInt(cumulative), Head: receipt.Digest{byte(lane), byte(nonce)},
	}
	ledgertest.Must(s.tb, v.Sign(c.key))
	return v
}

// claim shows any of the vouchers ever signed, in any order, as anybody.
func (s *sim) claim() {
	msg := &credit.MsgClaim{Claimer: s.text(s.rand.IntN(people))}
	var of []*channelModel
	closed := false
	for range 1 + s.rand.IntN(8) {
		c := s.channel()
		if c == nil || len(c.vouchers) == 0 {
			continue
		}
		msg.Vouchers = append(msg.Vouchers, credit.NewVoucher(c.vouchers[s.rand.IntN(len(c.vouchers))]))
		of = append(of, c)
		closed = closed || c.state == credit.ChannelClosed
	}
	switch {
	case len(msg.Vouchers) == 0:
		return
	case closed:
		s.expect("claim", msg, credit.ErrState)
		return
	}
	want := int64(0)
	for i, v := range msg.Vouchers {
		want += s.settle(of[i], v)
	}
	res := s.expect("claim", msg, nil)
	if got := res.MsgResponses[0].GetCachedValue().(*credit.MsgClaimResponse).Paid; !got.Equal(math.NewInt(want)) {
		s.tb.Fatalf("step %d: claim paid %s, the model says %d", s.step, got, want)
	}
}

// settle is the model of one voucher.
func (s *sim) settle(c *channelModel, v credit.Voucher) int64 {
	l := &c.lanes[v.Lane]
	cumulative, nonce := v.Cumulative.Int64(), int64(v.Nonce)
	if cumulative < l.claimed || cumulative == l.claimed && nonce <= l.claimedNonce {
		return 0
	}
	paid := cumulative - l.claimed
	l.claimed, l.claimedNonce = cumulative, nonce
	c.claimed += paid
	s.balances[c.payee] += paid
	return paid
}

// claimFalse hides a false voucher among good ones: none may be paid.
func (s *sim) claimFalse() {
	c := s.channel()
	if c == nil || c.state == credit.ChannelClosed || len(c.vouchers) == 0 {
		return
	}
	good := credit.NewVoucher(c.vouchers[len(c.vouchers)-1])
	bad := good
	bad.Signature, bad.Head = bytes.Clone(good.Signature), bytes.Clone(good.Head)
	want := error(credit.ErrSignature)
	switch s.rand.IntN(5) {
	case 0:
		bad.Cumulative = bad.Cumulative.AddRaw(1)
	case 1:
		bad.Nonce++
	case 2:
		bad.Head[3] ^= 1
	case 3:
		bad.Signature[s.rand.IntN(len(bad.Signature))] ^= 1 << s.rand.IntN(8)
	case 4: // signed, but more than the deposit holds
		bad = credit.NewVoucher(s.voucher(c, 0, 1<<40, c.deposit-c.claimed+c.lanes[0].claimed+1))
		want = credit.ErrDeposit
		good = bad
	}
	s.expect("claim with a false voucher", &credit.MsgClaim{
		Claimer: s.text(c.payee), Vouchers: slices.Concat([]credit.Voucher{good}, []credit.Voucher{bad}),
	}, want)
}

func (s *sim) close() {
	c := s.channel()
	if c == nil {
		return
	}
	sender := []int{c.payer, c.payer, c.payee, s.rand.IntN(people)}[s.rand.IntN(4)]
	msg := &credit.MsgCloseChannel{Sender: s.text(sender), Channel: c.id}
	switch {
	case sender != c.payer && sender != c.payee:
		s.expect("close", msg, credit.ErrUnauthorised)
	case c.state == credit.ChannelClosed, sender == c.payer && c.state == credit.ChannelClosing:
		s.expect("close", msg, credit.ErrState)
	case sender == c.payer:
		s.expect("close by payer", msg, nil)
		c.state = credit.ChannelClosing
		c.closesHeight = s.Ctx.BlockHeight() + challengeBlocks
		c.closesTime = s.Ctx.BlockTime().Unix() + challengeSecs
	default:
		s.expect("close by payee", msg, nil)
		s.end(c)
	}
}

func (s *sim) finalise() {
	c := s.channel()
	for range 5 { // most channels are open: look for one that is not
		if c != nil && c.state == credit.ChannelOpen {
			c = s.channel()
		}
	}
	if c == nil {
		return
	}
	msg := &credit.MsgFinaliseChannel{Sender: s.text(s.rand.IntN(people)), Channel: c.id}
	switch {
	case c.state != credit.ChannelClosing:
		s.expect("finalise", msg, credit.ErrState)
	case s.Ctx.BlockHeight() < c.closesHeight || s.Ctx.BlockTime().Unix() < c.closesTime:
		s.expect("finalise", msg, credit.ErrEarly)
	default:
		s.expect("finalise", msg, nil)
		s.end(c)
	}
}

func (s *sim) end(c *channelModel) {
	c.state = credit.ChannelClosed
	s.balances[c.payer] += c.deposit - c.claimed
	if !s.chance(3) { // make room for new channels; the ledger keeps the old one
		s.channels = slices.DeleteFunc(s.channels, func(other *channelModel) bool { return other == c })
	}
}
