package keeper_test

import (
	"testing"
	"time"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
	"ayni.example/x/internal/ledgertest"
)

func TestRegisterRefuses(t *testing.T) {
	f := newFixture(t, "ana", "ben")
	f.Members.Set(ledgertest.Account("jailed"), false)
	f.Members.Set(ledgertest.Account("cem"), true)
	good := func(name string) *beacon.MsgRegisterKey { return f.registration(name, keyOf("new "+name)) }
	change := func(m *beacon.MsgRegisterKey, do func(*beacon.MsgRegisterKey)) *beacon.MsgRegisterKey {
		do(m)
		return m
	}
	_, elsewhere, err := vrf.Prove(keyOf("new cem"), beacon.Possession("ayni_1-1", ledgertest.Account("cem")))
	ledgertest.Must(t, err)
	for _, tt := range []struct {
		name string
		msg  *beacon.MsgRegisterKey
		want error
	}{
		{"no seat", good("stranger"), beacon.ErrNotSeat},
		{"jailed seat", good("jailed"), beacon.ErrNotSeat},
		{"somebody else's key", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Key = public(keyOf("ben")) }), beacon.ErrInvalid},
		{"proof of somebody else", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Operator = text("ana") }), beacon.ErrInvalid},
		{"proof of another chain", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Proof = elsewhere }), beacon.ErrInvalid},
		{"forged proof", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Proof[50] ^= 1 }), beacon.ErrInvalid},
		{"short proof", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Proof = m.Proof[1:] }), beacon.ErrInvalid},
		{"weak key", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Key = make([]byte, 32) }), beacon.ErrInvalid},
		{"no key", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Key = nil }), beacon.ErrInvalid},
		{"no operator", change(good("cem"), func(m *beacon.MsgRegisterKey) { m.Operator = "cem" }), beacon.ErrInvalid},
		{"a key that another seat has", f.registration("cem", keyOf("ben")), beacon.ErrTaken},
		{"the key that it has", f.registration("ana", keyOf("ana")), beacon.ErrTaken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := f.Entries()
			_, err := f.Send(tt.msg)
			f.expect(err, tt.want)
			if len(before) != len(f.Entries()) {
				t.Fatal("it changed the state")
			}
		})
	}
	f.send(good("cem"))
}

func TestUpdateParams(t *testing.T) {
	f := newFixture(t)
	params := f.params(func(*beacon.Params) {})
	params.WindowBlocks = 7
	for _, who := range []string{"stranger", "admin"} {
		_, err := f.Send(&beacon.MsgUpdateParams{Authority: text(who), Params: params})
		f.expect(err, beacon.ErrUnauthorised)
	}
	bad := params
	bad.KeepRounds = 0
	_, err := f.Send(&beacon.MsgUpdateParams{Authority: text("authority"), Params: bad})
	f.expect(err, beacon.ErrInvalid)
	f.send(&beacon.MsgUpdateParams{Authority: text("authority"), Params: params})
	if got := f.params(func(*beacon.Params) {}); got != params {
		t.Fatalf("parameters %+v", got)
	}
}

// A network of several registers at once, one of a single seat when somebody asks for a round; nobody registers twice.
func TestMayRegister(t *testing.T) {
	f := newFixture(t)
	may := func(name string) bool {
		due, err := f.Beacon.MayRegister(f.Ctx, ledgertest.Account(name), public(keyOf(name)))
		ledgertest.Must(t, err)
		return due
	}
	f.Members.Set(ledgertest.Account("ana"), true)
	if may("ana") || may("stranger") {
		t.Fatal("a key is due that nobody needs")
	}
	f.request()
	if !may("ana") || may("stranger") {
		t.Fatal("a round is wanted, and of ana alone is a key due")
	}
	f.seat("ana")
	if may("ana") {
		t.Fatal("it is due twice")
	}
	f.Members.Set(ledgertest.Account("ben"), true)
	if !may("ben") {
		t.Fatal("in a network of two no key is due")
	}
	f.Members.Set(ledgertest.Account("ben"), false)
	if may("ben") {
		t.Fatal("a key of a jailed seat is due")
	}
}

// Rounds contributed to in a row take a strike; the state of a seat without strikes is not written.
func TestForgiveness(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem")
	params := f.params(func(p *beacon.Params) { p.ForgiveRounds = 3 })
	r := f.open()
	f.block(time.Second, f.entry("ana", "ben"))
	f.pass(r.Number)
	for i := range params.ForgiveRounds {
		if got := f.known("cem"); got.Strikes != 1 || got.Good != i {
			t.Fatalf("%d rounds after the strike the seat is %+v", i, got)
		}
		f.draw("ana", "ben", "cem")
	}
	if got := f.known("cem"); got.Strikes != 0 || got.Good != 0 {
		t.Fatalf("the strike stays: %+v", got)
	}
}
