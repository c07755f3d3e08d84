package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	msgv1 "cosmossdk.io/api/cosmos/msg/v1"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/chain"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/receipt"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

// simulation sends random messages of every module, right and wrong ones, through two applications in the same blocks. The
// first runs them one after the other, the second at once.
type simulation struct {
	random   *rand.Rand
	apps     [2]*bare
	keys     []*ethkey.PrivKey
	sessions []ed25519.PrivateKey // by account
	spent    map[string]*lane     // by channel and lane
	done     map[string]int       // messages that took effect, by type
	failed   map[string]int
	reasons  map[string]int // of failures, by type and code
	provers  *provers       // none before the first message that needs it
}

// lane is what a payer has promised.
type lane struct {
	nonce      uint64
	cumulative math.Int
}

const simulationAccounts = 6

func newSimulation(tb testing.TB, seed uint64) *simulation {
	tb.Helper()
	s := &simulation{
		random: rand.New(rand.NewPCG(seed, 1)), keys: testchain.Keys(simulationAccounts),
		spent: map[string]*lane{}, done: map[string]int{}, failed: map[string]int{}, reasons: map[string]int{},
	}
	genesis := testGenesis(tb, simulationAccounts)
	for i := range s.apps {
		s.apps[i] = newBareWith(tb, genesis, chain.AppConfig{Workers: 4 * i})
		s.apps[i].block(tb)
	}
	for i := range s.keys {
		s.sessions = append(s.sessions, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, ed25519.SeedSize)))
	}
	return s
}

// step makes one block of at most one transaction for each account and compares the two states.
func (s *simulation) step(tb testing.TB) {
	tb.Helper()
	var txs [][]byte
	var names []string
	for i, key := range s.keys {
		if s.random.IntN(4) == 0 {
			continue
		}
		msg := s.anyMessage(tb, i)
		order := s.apps[0].order(tb, key, msg)
		switch s.random.IntN(20) {
		case 0:
			order.Fee = order.Fee.QuoRaw(2) // below the price
		case 1, 2, 3:
			order.Fee = math.ZeroInt() // for the quota
		}
		if s.random.IntN(20) == 0 {
			order.Sequence++
		}
		name := sdk.MsgTypeURL(msg)
		if order.Fee.IsZero() {
			name += " for a quota"
		}
		txs, names = append(txs, sign(tb, order, key)), append(names, name)
	}
	s.random.Shuffle(len(txs), func(i, j int) { txs[i], txs[j], names[i], names[j] = txs[j], txs[i], names[j], names[i] })
	if s.random.IntN(4) == 0 { // no honest proposer lets these in
		txs, names = append(txs, []byte{0, 1, 2}, txs[0], nil), append(names, "no transaction", "transaction twice", "nothing")
	}
	results, same := s.apps[0].block(tb, txs...), s.apps[1].block(tb, txs...)
	for i := range results {
		if !sameResult(results[i], same[i]) {
			tb.Fatalf("%s at height %d: %+v and %+v", names[i], s.apps[0].height, results[i], same[i])
		}
	}
	for i, result := range results {
		if result.Code == abci.CodeTypeOK {
			s.done[names[i]]++
		} else {
			s.failed[names[i]]++
			s.reasons[fmt.Sprintf("%s %s %d", names[i], result.Codespace, result.Code)]++
		}
	}
	if a, b := s.apps[0].hash(), s.apps[1].hash(); !bytes.Equal(a, b) {
		tb.Fatalf("states differ at height %d: %x and %x", s.apps[0].height, a, b)
	}
	if err := s.apps[0].Invariants(); err != nil {
		tb.Fatal(err)
	}
}

// sameResult compares what the next header's hash of results covers.
func sameResult(a, b *abci.ExecTxResult) bool {
	return a.Code == b.Code && bytes.Equal(a.Data, b.Data) && a.GasWanted == b.GasWanted && a.GasUsed == b.GasUsed
}

func (s *simulation) address(i int) string { return ethkey.Format(s.keys[i].PubKey().Address()) }

func (s *simulation) anyone() string { return s.address(s.random.IntN(len(s.keys))) }

// someone is oneself as often as not.
func (s *simulation) someone(sender int) string {
	if s.random.IntN(2) == 0 {
		return s.address(sender)
	}
	return s.anyone()
}

func (s *simulation) amount(most int64) math.Int {
	return math.NewInt(s.random.Int64N(most * 1000)).Mul(math.NewIntWithDecimal(1, 15))
}

func (s *simulation) message(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	me := s.address(sender)
	switch s.random.IntN(39) {
	case 0:
		return send(me, s.anyone(), s.random.Int64N(1e15)+1)
	case 1:
		return &credit.MsgSetIssuer{Admin: me, Issuer: s.anyone(), Quota: s.amount(20), PeriodSeconds: 1 + s.random.Uint32N(20)}
	case 2:
		return &credit.MsgIssue{Issuer: me, Recipient: s.anyone(), Amount: s.amount(10).AddRaw(1)}
	case 3:
		params := credit.DefaultParams()
		params.Admin, params.ChallengeBlocksMin, params.ChallengeSecondsMin = s.address(0), 2, 2
		params.LanesMax = 64 + s.random.Uint32N(8)
		return &credit.MsgUpdateParams{Admin: me, Params: params}
	case 4, 5, 6:
		return &credit.MsgOpenChannel{
			Payer: me, Payee: s.anyone(), Signer: s.sessions[sender].Public().(ed25519.PublicKey), Deposit: s.amount(5).AddRaw(1),
			ChallengeBlocks: 2 + s.random.Uint32N(3), ChallengeSeconds: 2 + s.random.Uint32N(3),
		}
	case 7:
		return &credit.MsgTopUp{Payer: me, Channel: s.channel(tb).Id, Amount: s.amount(2).AddRaw(1)}
	case 8, 9, 10:
		return &credit.MsgClaim{Claimer: me, Vouchers: s.vouchers(tb)}
	case 11:
		return &credit.MsgCloseChannel{Sender: me, Channel: s.channel(tb).Id}
	case 12:
		return &credit.MsgFinaliseChannel{Sender: me, Channel: s.channel(tb).Id}
	case 13:
		return &fee.MsgSetQuota{Admin: me, Account: s.anyone(), Gas: s.random.Uint64N(4) * 2_000_000}
	case 14:
		params := fee.DefaultParams()
		params.Admin, params.TargetGas = s.address(0), 2_000_000+s.random.Uint64N(6_000_000)
		params.PriceFloor = params.PriceFloor.MulRaw(1 + s.random.Int64N(2))
		params.DecaySeconds, params.QuotaBlocks, params.QuotaSeconds = 1+s.random.Uint32N(9), 1+s.random.Uint32N(9), 1+s.random.Uint32N(9)
		return &fee.MsgUpdateParams{Admin: me, Params: params}
	case 15, 16:
		return s.councilMessage(tb, sender)
	case 17, 18, 19, 20, 21:
		return s.proofMessage(tb, sender)
	case 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33:
		return s.computeMessage(tb, sender)
	default:
		return s.registerMessage(sender)
	}
}

// councilMessage is one of a seat, or what a seat would have the council do. The first account has the only seat at first.
func (s *simulation) councilMessage(tb testing.TB, sender int) sdk.Msg {
	tb.Helper()
	me, other := s.address(sender), s.random.IntN(len(s.keys))
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(100 + s.random.IntN(100))}, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	prove := func(i int) []byte {
		return ed25519.Sign(key, council.Possession(testchain.ChainID, s.keys[i].PubKey().Address(), public))
	}
	authority := chain.CouncilAddress()
	propose := func(msg sdk.Msg) sdk.Msg {
		p := proposal(tb, msg)
		p.Proposer = me
		return p
	}
	switch s.random.IntN(8) {
	case 0, 1:
		return propose(&council.MsgAdmit{
			Authority: authority, Operator: s.address(other), Name: "seat", ConsensusKey: public, Power: 1 + s.random.Uint64N(10), Proof: prove(other),
		})
	case 2:
		return propose(&council.MsgSetPower{Authority: authority, Operator: s.address(other), Power: 1 + s.random.Uint64N(20)})
	case 3, 4:
		return &council.MsgVote{Voter: me, Proposal: 1 + s.random.Uint64N(20), Yes: s.random.IntN(3) > 0}
	case 5:
		return &council.MsgRotateKey{Operator: me, ConsensusKey: public, Proof: prove(sender)}
	case 6:
		return &council.MsgLeave{Operator: me}
	default:
		return &council.MsgShareFees{Sender: me}
	}
}

// registerMessage is one of the provider and inference modules.
func (s *simulation) registerMessage(sender int) sdk.Msg {
	me := s.address(sender)
	key := bytes.Repeat([]byte{byte(sender*40 + s.random.IntN(40) + 1)}, 32)
	peerID := peerID + string(rune('A'+sender))
	digest := bytes.Repeat([]byte{byte(s.random.IntN(3) + 1)}, 32)
	switch s.random.IntN(12) {
	case 0, 1, 2:
		return &provider.MsgRegister{Address: me, Name: "machine", ReceiptKey: key, PeerId: peerID, Bond: s.amount(4)}
	case 3:
		return &provider.MsgUpdate{Address: me, Name: "machine 2", ReceiptKey: key, PeerId: peerID}
	case 4:
		return &provider.MsgSuspend{Sender: me, Address: s.someone(sender), Reason: "maintenance"}
	case 5:
		return &provider.MsgResume{Sender: me, Address: s.someone(sender)}
	case 6:
		return &provider.MsgLeave{Address: me}
	case 7:
		return &provider.MsgWithdraw{Address: me}
	case 8, 9:
		return &inference.MsgRegisterModel{Registrant: me, Model: inference.Model{Digest: digest, Name: "starter"}}
	case 10:
		return &inference.MsgSetOffer{Provider: me, Offer: inference.Offer{
			Model: digest, Name: "starter", Context: 256, PriceInput: s.amount(1), PriceOutput: s.amount(1), Capabilities: []string{"completion"},
			Assurances: []string{"signed"},
		}}
	default:
		return &inference.MsgRemoveOffer{Provider: me, Model: digest}
	}
}

// peerID is a well-formed libp2p identity.
const peerID = "12D3KooWJWEKvSFbben74C7H4YtKjhPMTDxd7gP7zxWSUEeF27s"

// channel picks one from the state, or an id that does not exist.
func (s *simulation) channel(tb testing.TB) credit.Channel {
	tb.Helper()
	ctx, err := s.apps[0].CreateQueryContext(s.apps[0].height, false)
	if err != nil {
		tb.Fatal(err)
	}
	var all []credit.Channel
	if err := s.apps[0].Keepers.Credit.Channels.Walk(ctx, nil, func(_ []byte, c credit.Channel) (bool, error) {
		all = append(all, c)
		return false, nil
	}); err != nil {
		tb.Fatal(err)
	}
	if len(all) == 0 || s.random.IntN(20) == 0 {
		return credit.Channel{Id: make([]byte, credit.IDSize), Deposit: math.NewInt(1000)}
	}
	return all[s.random.IntN(len(all))]
}

// vouchers promises more on some lanes of a channel; now and then beyond the deposit, or with a false signature.
func (s *simulation) vouchers(tb testing.TB) []credit.Voucher {
	tb.Helper()
	channel := s.channel(tb)
	session := s.sessions[0]
	for i := range s.keys {
		if s.address(i) == channel.Payer {
			session = s.sessions[i]
		}
	}
	count := 1 + s.random.IntN(3)
	list := make([]credit.Voucher, 0, count)
	for range count {
		number := s.random.Uint32N(4)
		name := string(binary.BigEndian.AppendUint32(channel.Id, number))
		if s.spent[name] == nil {
			s.spent[name] = &lane{cumulative: math.ZeroInt()}
		}
		at := s.spent[name]
		at.nonce++
		at.cumulative = at.cumulative.Add(channel.Deposit.QuoRaw(int64(4 + s.random.IntN(20))))
		voucher := receipt.Voucher{
			ChainID: testchain.ChainID, Channel: receipt.Digest(channel.Id), Lane: number, Nonce: at.nonce,
			Cumulative: at.cumulative, Quote: receipt.QuoteID{1}, Head: receipt.Digest{byte(at.nonce)},
		}
		if number > 0 { // a lane serves one model, whose ancestors have their share once it is an asset
			voucher.Model = sha256.Sum256([]byte{byte(number + 4)})
		}
		if err := voucher.Sign(session); err != nil {
			tb.Fatal(err)
		}
		if s.random.IntN(20) == 0 {
			voucher.Signature[0] ^= 1
		}
		list = append(list, credit.NewVoucher(voucher))
	}
	return list
}

// TestSimulation runs random blocks; AYNI_SEED repeats a run and AYNI_BLOCKS makes it longer.
func TestSimulation(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("AYNI_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = given
	}
	t.Logf("seed %d", seed)
	blocks := 150
	if testing.Short() {
		blocks = 40
	}
	if given, err := strconv.Atoi(os.Getenv("AYNI_BLOCKS")); err == nil {
		blocks = given
	}
	s := newSimulation(t, seed)
	for range blocks {
		s.step(t)
	}
	for _, name := range slices.Sorted(maps.Keys(s.done)) {
		t.Logf("%5d took effect: %s", s.done[name], name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.reasons)) {
		t.Logf("%5d refused: %s", s.reasons[name], name)
	}
	if !testing.Short() && len(s.done) < 14 {
		t.Fatalf("only %d kinds of message took effect", len(s.done))
	}
}

// signerField is the message's own statement of who must sign it.
func signerField(tb testing.TB, app *chain.App, url string) string {
	tb.Helper()
	descriptor, err := app.Encoding.Registry.FindDescriptorByName(protoreflect.FullName(url[1:]))
	if err != nil {
		tb.Fatal(err)
	}
	fields, ok := proto.GetExtension(descriptor.Options(), msgv1.E_Signer).([]string)
	if !ok || len(fields) == 0 {
		tb.Fatalf("%s names no signer", url)
	}
	return fields[0]
}
