package index

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/x/beacon"
)

const (
	// noTx and noMsg stand for what belongs to the block or to no single message.
	noTx, noMsg = -1, -1
	// Reasons of movements that no message gave.
	reasonFee, reasonBlock = "fee", "block"
	// bodyMax bounds the JSON of one message, logMax that of a failure; the ledger itself holds the rest.
	bodyMax, logMax = 16 << 10, 1 << 10
	// nameMax bounds names of types and accounts, so that they fit into a page of either database's indexes.
	nameMax = 256
	// secondsPerDay divides the days of UTC.
	secondsPerDay = 24 * 60 * 60
)

// deriver makes the rows of a block. What it makes follows from the block alone.
type deriver struct {
	registry codectypes.InterfaceRegistry
	denom    string
}

// block gathers the rows of one block.
type block struct {
	deriver
	height  int64
	rows    rows
	touched map[touch]bool
}

type touch struct {
	tx      int64
	subject string
}

func (d deriver) derive(b client.Executed) rows {
	out := &block{deriver: d, height: b.Height, rows: rows{}, touched: map[touch]bool{}}
	blockEvents := out.events(noTx, nil, b.Events)
	events := blockEvents
	for i, raw := range b.Txs {
		if beacon.IsEntry(raw) { // the validators' proofs, in place of a first transaction
			continue
		}
		events += out.transaction(int64(i), raw, b.Results[i])
	}
	out.add("blocks", b.Height, b.Time.UnixNano(), day(b.Time), b.Hash, b.Proposer, int64(len(b.Txs)), int64(events))
	for t := range out.touched {
		out.add("touches", b.Height, t.tx, t.subject)
	}
	slices.SortFunc(out.rows["touches"], func(a, b row) int {
		return cmp.Or(cmp.Compare(a[1].(int64), b[1].(int64)), strings.Compare(a[2].(string), b[2].(string)))
	})
	return out.rows
}

// day counts from 1970, in UTC.
func day(t time.Time) int64 { return t.Unix() / secondsPerDay }

func (b *block) add(table string, values ...any) { b.rows[table] = append(b.rows[table], values) }

// touch notes that a transaction concerns an account or an id.
func (b *block) touch(tx int64, subject string) { b.touched[touch{tx, subject}] = true }

// transaction adds one and tells how many events it had. One that cannot be decoded is there with its hash alone.
func (b *block) transaction(index int64, raw []byte, result *abci.ExecTxResult) int {
	var envelope txtypes.TxRaw
	var body txtypes.TxBody
	var auth txtypes.AuthInfo
	if envelope.Unmarshal(raw) == nil {
		if body.Unmarshal(envelope.BodyBytes) != nil {
			body = txtypes.TxBody{}
		}
		if auth.Unmarshal(envelope.AuthInfoBytes) != nil {
			auth = txtypes.AuthInfo{}
		}
	}
	types := make([]string, len(body.Messages))
	for i, message := range body.Messages {
		types[i] = name(strings.TrimPrefix(message.GetTypeUrl(), "/"))
		b.add("messages", b.height, index, int64(i), types[i], b.body(message))
	}
	fee := "0"
	if auth.Fee != nil {
		fee = amountOf(auth.Fee.Amount, b.denom)
	}
	sender := b.sender(auth, result.Events)
	if sender != "" {
		b.touch(index, sender)
	}
	hash := sha256.Sum256(raw)
	b.add("txs", b.height, index, hash[:], sender, int64(result.Code), name(result.Codespace), shorten(clean(result.Log), logMax),
		result.GasWanted, result.GasUsed, fee, int64(len(raw)))
	return b.events(index, types, result.Events)
}

// sender is the account that signed first.
func (b *block) sender(auth txtypes.AuthInfo, events []abci.Event) string {
	for _, event := range events {
		for _, a := range event.Attributes {
			if event.Type == sdk.EventTypeTx && a.Key == sdk.AttributeKeyAccountSequence {
				account, _, _ := strings.Cut(a.Value, "/")
				return name(account)
			}
		}
	}
	if len(auth.SignerInfos) == 0 || auth.SignerInfos[0].PublicKey == nil {
		return ""
	}
	key := &ethkey.PubKey{}
	if auth.SignerInfos[0].PublicKey.TypeUrl != sdk.MsgTypeURL(key) || key.Unmarshal(auth.SignerInfos[0].PublicKey.Value) != nil {
		return ""
	}
	return ethkey.Format(key.Address())
}

// body is a message as JSON, or what is known of one that is too long or of a kind that this program does not know.
func (b *block) body(message *codectypes.Any) string {
	var msg sdk.Msg
	if err := b.registry.UnpackAny(message, &msg); err == nil {
		if body, err := codec.ProtoMarshalJSON(msg, b.registry); err == nil && len(body) <= bodyMax {
			return clean(string(body))
		}
	}
	digest := sha256.Sum256(message.GetValue())
	return fmt.Sprintf(`{"bytes":%d,"sha256":"%s"}`, len(message.GetValue()), hex.EncodeToString(digest[:]))
}

// name is a text that is searched by.
func name(s string) string { return shorten(clean(s), nameMax) }

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
