package keeper_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/disputetest"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/referee"
)

// reach plays an honest game until the dispute is at a stage.
func (f *fixture) reach(id []byte, book referee.Book, stage referee.Stage, showing bool, part func(*referee.Dispute) uint32) *referee.Dispute {
	f.tb.Helper()
	for {
		d := f.dispute(id)
		if d == nil {
			f.tb.Fatalf("the dispute ended before %s", stage)
		}
		if d.Stage == stage && d.Defending() == showing {
			return d
		}
		if d.Defending() {
			f.ok(f.answer(d, book))
		} else {
			f.ok(&referee.MsgPoint{Challenger: d.Challenger, Claim: id, Turn: d.Turn, Part: part(d)})
		}
		f.block(time.Second)
	}
}

// deep leads to a tensor with several chunks: the gradient of the first matrix, of which the tokens are the chunks.
func deep(d *referee.Dispute) uint32 {
	if d.Stage == referee.StageSteps {
		return 1
	}
	return 0
}

// TestShowIsHeld: each field of what the defender shows, at each stage, is refused by name when it is wrong.
func TestShowIsHeld(t *testing.T) {
	training := disputetest.New(t, disputetest.Small(), steps, steps, 4)
	book := training.Honest(t)
	f := newFixture(t, training)
	id := f.claim("one", book, 0, steps)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	for _, stage := range []referee.Stage{referee.StageSteps, referee.StageTrace, referee.StageNodes, referee.StageChunks} {
		d := f.reach(id, book, stage, true, deep)
		shown := func() *referee.MsgShow { return f.answer(d, book).(*referee.MsgShow) }
		n := len(shown().Hashes)
		for name, test := range map[string]struct {
			spoil func(*referee.MsgShow)
			want  error
		}{
			"another sender":  {func(m *referee.MsgShow) { m.Defender = text("carl") }, referee.ErrUnauthorised},
			"no sender":       {func(m *referee.MsgShow) { m.Defender = "dora" }, referee.ErrInvalid},
			"another claim":   {func(m *referee.MsgShow) { m.Claim = bytes.Repeat([]byte{1}, 32) }, referee.ErrNotFound},
			"short claim":     {func(m *referee.MsgShow) { m.Claim = m.Claim[1:] }, referee.ErrInvalid},
			"turn before":     {func(m *referee.MsgShow) { m.Turn-- }, referee.ErrTurn},
			"turn after":      {func(m *referee.MsgShow) { m.Turn++ }, referee.ErrTurn},
			"nothing":         {func(m *referee.MsgShow) { m.Hashes = nil }, referee.ErrInvalid},
			"short hash":      {func(m *referee.MsgShow) { m.Hashes[0] = m.Hashes[0][1:] }, referee.ErrInvalid},
			"one too many":    {func(m *referee.MsgShow) { m.Hashes = append(m.Hashes, m.Hashes[0]) }, nil},
			"one too few":     {func(m *referee.MsgShow) { m.Hashes = m.Hashes[:n-1] }, nil},
			"another end":     {func(m *referee.MsgShow) { m.Hashes[n-1] = bytes.Repeat([]byte{7}, 32) }, referee.ErrShown},
			"seventeen parts": {func(m *referee.MsgShow) { m.Hashes = make([][]byte, 17) }, referee.ErrInvalid},
		} {
			if stage == referee.StageTrace && name == "another end" {
				continue // a root of a trace may be any: that is what it commits to
			}
			msg := shown()
			test.spoil(msg)
			want := test.want
			if want == nil {
				want = referee.ErrShown
				if len(msg.Hashes) == 0 || len(msg.Hashes) > 16 {
					want = referee.ErrInvalid
				}
			}
			f.refused(stage.String()+": "+name, msg, want)
		}
		if stage == referee.StageNodes {
			msg := shown()
			msg.Hashes[0], msg.Hashes[n-1] = msg.Hashes[n-1], msg.Hashes[0]
			f.refused("children in another order", msg, referee.ErrShown)
		}
		f.refused("proof at "+stage.String(), &referee.MsgProve{Defender: text("dora"), Claim: id, Turn: d.Turn}, referee.ErrStage)
		f.refused("point in the other's turn", &referee.MsgPoint{Challenger: text("carl"), Claim: id, Turn: d.Turn}, referee.ErrTurn)
	}
	f.CheckReload(t)
}

// TestPointIsHeld: each field of the challenger's answer.
func TestPointIsHeld(t *testing.T) {
	training := disputetest.New(t, disputetest.Small(), steps, steps, 4)
	book := training.Honest(t)
	f := newFixture(t, training)
	id := f.claim("one", book, 0, steps)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	for _, stage := range []referee.Stage{referee.StageSteps, referee.StageTrace, referee.StageNodes, referee.StageChunks} {
		d := f.reach(id, book, stage, false, deep)
		most := uint32(len(d.Shown))
		if stage == referee.StageTrace {
			most = 2
		}
		for name, test := range map[string]struct {
			spoil func(*referee.MsgPoint)
			want  error
		}{
			"another sender":  {func(m *referee.MsgPoint) { m.Challenger = text("cleo") }, referee.ErrUnauthorised},
			"the defender":    {func(m *referee.MsgPoint) { m.Challenger = text("dora") }, referee.ErrUnauthorised},
			"another claim":   {func(m *referee.MsgPoint) { m.Claim = bytes.Repeat([]byte{1}, 32) }, referee.ErrNotFound},
			"turn before":     {func(m *referee.MsgPoint) { m.Turn-- }, referee.ErrTurn},
			"turn after":      {func(m *referee.MsgPoint) { m.Turn++ }, referee.ErrTurn},
			"behind the last": {func(m *referee.MsgPoint) { m.Part = most }, referee.ErrPart},
			"far":             {func(m *referee.MsgPoint) { m.Part = 1<<32 - 1 }, referee.ErrPart},
		} {
			msg := &referee.MsgPoint{Challenger: text("carl"), Claim: id, Turn: d.Turn}
			test.spoil(msg)
			f.refused(stage.String()+": "+name, msg, test.want)
		}
		f.refused("shown in the other's turn", &referee.MsgShow{
			Defender: text("dora"), Claim: id, Turn: d.Turn, Hashes: d.Shown,
		}, referee.ErrTurn)
	}
}

// TestProveIsHeld: every byte of the last answer is bound to a root that stands; the defender may try until its clock runs out.
func TestProveIsHeld(t *testing.T) {
	training := disputetest.New(t, disputetest.Small(), steps, steps, 4)
	book := training.Honest(t)
	f := newFixture(t, training)
	id := f.claim("one", book, 0, steps)
	f.ok(&referee.MsgChallenge{Challenger: text("carl"), Claim: id})
	last := func(d *referee.Dispute) uint32 { // a chunk that is not the first has a carry
		if d.Stage == referee.StageChunks {
			return uint32(len(d.Shown) - 1)
		}
		return deep(d)
	}
	d := f.reach(id, book, referee.StageTile, true, last)
	good := func() *referee.MsgProve { return f.answer(d, book).(*referee.MsgProve) }
	if len(good().Carry) == 0 || len(good().Operands) < 2 {
		t.Fatalf("a chunk with a carry of %d bytes and %d operands", len(good().Carry), len(good().Operands))
	}
	for name, test := range map[string]struct {
		spoil func(*referee.MsgProve)
		want  error
	}{
		"another sender": {func(m *referee.MsgProve) { m.Defender = text("carl") }, referee.ErrUnauthorised},
		"another claim":  {func(m *referee.MsgProve) { m.Claim = bytes.Repeat([]byte{1}, 32) }, referee.ErrNotFound},
		"another turn":   {func(m *referee.MsgProve) { m.Turn++ }, referee.ErrTurn},
		"carry":          {func(m *referee.MsgProve) { m.Carry[5] ^= 1 }, referee.ErrOpening},
		"no carry":       {func(m *referee.MsgProve) { m.Carry = nil }, referee.ErrOpening},
		"short carry":    {func(m *referee.MsgProve) { m.Carry = m.Carry[4:] }, referee.ErrOpening},
		"long carry":     {func(m *referee.MsgProve) { m.Carry = append(m.Carry, 0, 0, 0, 0) }, nil},
		"half a word":    {func(m *referee.MsgProve) { m.Carry = m.Carry[1:] }, referee.ErrInvalid},
		"endless carry":  {func(m *referee.MsgProve) { m.Carry = make([]byte, 1<<13) }, referee.ErrInvalid},
		"an operand":     {func(m *referee.MsgProve) { m.Operands = m.Operands[1:] }, referee.ErrOpening},
		"one too many":   {func(m *referee.MsgProve) { m.Operands = append(m.Operands, m.Operands[0]) }, referee.ErrOpening},
		"many operands":  {func(m *referee.MsgProve) { m.Operands = make([]referee.Opening, 9) }, referee.ErrInvalid},
		"other order":    {func(m *referee.MsgProve) { m.Operands[0], m.Operands[1] = m.Operands[1], m.Operands[0] }, referee.ErrOpening},
		"a word":         {func(m *referee.MsgProve) { m.Operands[0].Words[9] ^= 2 }, referee.ErrOpening},
		"fewer words":    {func(m *referee.MsgProve) { m.Operands[0].Words = m.Operands[0].Words[4:] }, referee.ErrOpening},
		"more words":     {func(m *referee.MsgProve) { m.Operands[1].Words = append(m.Operands[1].Words, 0, 0, 0, 0) }, nil},
		"a sibling":      {func(m *referee.MsgProve) { m.Operands[0].Path[40] ^= 1 }, referee.ErrOpening},
		"shorter path":   {func(m *referee.MsgProve) { m.Operands[0].Path = m.Operands[0].Path[32:] }, referee.ErrOpening},
		"longer path": {func(m *referee.MsgProve) {
			m.Operands[1].Path = append(m.Operands[1].Path, make([]byte, 32)...)
		}, referee.ErrOpening},
		"half a hash": {func(m *referee.MsgProve) { m.Operands[0].Path = m.Operands[0].Path[1:] }, referee.ErrInvalid},
	} {
		msg := good()
		test.spoil(msg)
		_, err := f.Send(msg)
		if test.want == nil && (errors.Is(err, referee.ErrOpening) || errors.Is(err, referee.ErrInvalid)) {
			continue
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	f.ok(good())
	f.have("dora", purse+bond/2)
}

// TestClaimIsHeld: each field of an entry.
func TestClaimIsHeld(t *testing.T) {
	training := disputetest.New(t, disputetest.Tiny(), 6, 3, 5)
	book := training.Honest(t)
	f := newFixture(t, training)
	f.claim("one", book, 0, 3)
	for name, test := range map[string]struct {
		spoil func(*referee.Entry)
		want  error
	}{
		"kind":            {func(e *referee.Entry) { e.Kind = "nobody/handles" }, referee.ErrInvalid},
		"name in use":     {func(e *referee.Entry) { e.Name = []byte("one") }, referee.ErrExists},
		"no name":         {func(e *referee.Entry) { e.Name = nil }, referee.ErrInvalid},
		"long name":       {func(e *referee.Entry) { e.Name = make([]byte, 41) }, referee.ErrInvalid},
		"defender":        {func(e *referee.Entry) { e.Defender = "dora" }, referee.ErrInvalid},
		"payer":           {func(e *referee.Entry) { e.Payer = "payer" }, referee.ErrInvalid},
		"job":             {func(e *referee.Entry) { e.Job = make([]byte, 32) }, referee.ErrNotFound},
		"no steps":        {func(e *referee.Entry) { e.To = e.From }, referee.ErrInvalid},
		"steps back":      {func(e *referee.Entry) { e.From, e.To = 3, 0 }, referee.ErrInvalid},
		"behind the end":  {func(e *referee.Entry) { e.From, e.To = 4, 7 }, referee.ErrInvalid},
		"long segment":    {func(e *referee.Entry) { e.To = 4 }, referee.ErrInvalid},
		"root before":     {func(e *referee.Entry) { e.Before = e.Before[1:] }, referee.ErrInvalid},
		"another initial": {func(e *referee.Entry) { e.Before = book.Root(1) }, referee.ErrInvalid},
		"root after":      {func(e *referee.Entry) { e.After = nil }, referee.ErrInvalid},
	} {
		e := f.entry("two", book, 0, 3)
		test.spoil(&e)
		ctx, _ := f.Ctx.CacheContext()
		if _, err := f.Referee.EnterClaim(ctx, e); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, fee := range []math.Int{{}, math.NewInt(-1)} {
		e := f.entry("two", book, 0, 3)
		e.Fee = fee
		if _, err := f.Referee.EnterClaim(f.Ctx, e); err == nil {
			t.Errorf("a fee of %v was taken", fee)
		}
	}
	params, err := f.Referee.Params.Get(f.Ctx)
	ledgertest.Must(t, err)
	f.refused("parameters by anybody", &referee.MsgUpdateParams{Authority: text("dora"), Params: params}, referee.ErrUnauthorised)
	f.ok(&referee.MsgUpdateParams{Authority: text("authority"), Params: params})
	for name, msg := range map[string]sdk.Msg{
		"report":    &referee.MsgReport{Auditor: text("anna"), Claim: referee.ClaimID(kind, []byte("one"))},
		"challenge": &referee.MsgChallenge{Challenger: text("dora"), Claim: referee.ClaimID(kind, []byte("one"))},
		"question":  &referee.MsgAsk{Asker: text("dora"), Claim: referee.ClaimID(kind, []byte("one"))},
	} {
		f.refused(name, msg, referee.ErrUnauthorised)
	}
	f.refused("retire", &referee.MsgRetire{Auditor: text("dora")}, referee.ErrNotFound)
	f.refused("settle", &referee.MsgSettle{Sender: text("dora"), Claim: referee.ClaimID(kind, []byte("one"))}, referee.ErrEarly)
}
