package chain_test

import (
	"encoding/binary"
	"testing"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/credit"
)

// chainNumber is that of the test ledger's id.
const chainNumber = 424242

// BenchmarkPayment is the whole cost on one node of payments that one account carries: bank sends of its own, transfers that others
// have signed, and holds of others with their settlement.
func BenchmarkPayment(b *testing.B) {
	payer := testchain.Keys(owner + 1)[owner]
	from, to := payer.PubKey().Address(), testchain.Keys(1)[operator].PubKey().Address()
	for _, kind := range []struct {
		name string
		msgs func(nonce []byte, until int64) []sdk.Msg
	}{
		{"send", func([]byte, int64) []sdk.Msg {
			return []sdk.Msg{send(accountAddress(carrier), accountAddress(operator), 1)}
		}},
		{"exact", func(nonce []byte, until int64) []sdk.Msg {
			a := credit.Authorization{From: from, To: to, Value: math.OneInt(), ValidBefore: until, Nonce: nonce}
			return []sdk.Msg{&credit.MsgTransferAuthorized{
				Carrier: accountAddress(carrier), From: ethkey.Format(from), To: ethkey.Format(to), Value: a.Value, ValidBefore: until, Nonce: nonce,
				Signature: signedDigest(b, payer, a.Digest(chainNumber)),
			}}
		}},
		{"upto", func(nonce []byte, until int64) []sdk.Msg {
			facilitator := testchain.Keys(carrier + 1)[carrier].PubKey().Address()
			p := credit.Permit{From: from, To: to, Facilitator: facilitator, Amount: math.NewInt(2), Deadline: until, Nonce: nonce}
			return []sdk.Msg{&credit.MsgHold{
				Facilitator: accountAddress(carrier), From: ethkey.Format(from), To: ethkey.Format(to), Amount: p.Amount, Deadline: until, Nonce: nonce,
				Signature: signedDigest(b, payer, p.Digest(chainNumber)),
			}, &credit.MsgSettle{Facilitator: accountAddress(carrier), Payer: ethkey.Format(from), Nonce: nonce, Amount: math.OneInt()}}
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			const batch = 300
			p, number := newProposer(b, nil), uint64(0)
			payment := func(int) []sdk.Msg {
				number++
				nonce := binary.BigEndian.AppendUint64(make([]byte, credit.NonceSize-8), number)
				return kind.msgs(nonce, p.now.Add(time.Hour).Unix())
			}
			p.one(carrier, payment(0)...) // the first of a payee, and of ten minutes, costs more
			gas, before := p.one(carrier, payment(0)...), p.balance(b, carrier)
			p.all(carrier, gas, 1, payment)
			fee := before.Sub(p.balance(b, carrier))
			done := 0
			for b.Loop() {
				p.all(carrier, gas, batch, payment)
				done += batch
			}
			b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "tx/s")
			b.ReportMetric(float64(gas), "gas")
			b.ReportMetric(float64(fee.Int64()), "fee-acredit")
		})
	}
}

func signedDigest(b *testing.B, key *ethkey.PrivKey, digest []byte) []byte {
	b.Helper()
	signature, err := key.SignDigest(digest)
	if err != nil {
		b.Fatal(err)
	}
	return signature
}
