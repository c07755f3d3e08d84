package index

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/internal/ethkey"
)

const (
	// valueMax bounds one attribute; of a longer one valueHead bytes are kept.
	valueMax, valueHead = 4 << 10, 256
	// subjectsMax bounds the accounts and ids that one event is found by, depthMax how deep they are looked for.
	subjectsMax, depthMax = 64, 8
	// Lengths of ids in hexadecimal.
	idMin, idMax = 32, 128
	// attributesMax bounds the attributes of an event.
	attributesMax = 256
)

// Attributes that say where an event belongs, which has columns of its own.
const attributeMode, attributeMessage = "mode", "msg_index"

// events adds the events of a transaction, or of the block itself, and tells how many there were.
func (b *block) events(tx int64, messages []string, events []abci.Event) int {
	for seq, event := range events {
		msg, reason := b.origin(tx, messages, event)
		switch event.Type {
		case sdk.EventTypeTx, sdk.EventTypeMessage: // columns of txs and messages say the same
		case banktypes.EventTypeCoinSpent:
			b.movement(tx, int64(seq), attribute(event, banktypes.AttributeKeySpender), attribute(event, sdk.AttributeKeyAmount), true, reason)
		case banktypes.EventTypeCoinReceived:
			b.movement(tx, int64(seq), attribute(event, banktypes.AttributeKeyReceiver), attribute(event, sdk.AttributeKeyAmount), false, reason)
		case banktypes.EventTypeCoinMint, banktypes.EventTypeCoinBurn: // the movement beside them says the same
		case banktypes.EventTypeTransfer:
			b.pair(tx, attribute(event, banktypes.AttributeKeySender), attribute(event, banktypes.AttributeKeyRecipient))
		default:
			b.add("events", b.height, tx, int64(seq), msg, name(event.Type), b.attributes(tx, event))
		}
	}
	return len(events)
}

// origin is the message that an event belongs to and what to call the reason.
func (b *block) origin(tx int64, messages []string, event abci.Event) (int64, string) {
	if tx == noTx {
		return noMsg, reasonBlock
	}
	index, err := strconv.Atoi(attribute(event, attributeMessage))
	if err != nil || index < 0 || index >= len(messages) {
		return noMsg, reasonFee
	}
	return int64(index), messages[index]
}

func attribute(event abci.Event, key string) string {
	for _, a := range event.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// movement adds what an account lost or got; nothing is no movement.
func (b *block) movement(tx, seq int64, account, coins string, spent bool, reason string) {
	parsed, err := sdk.ParseCoinsNormalized(coins)
	if err != nil || account == "" {
		return
	}
	amount := amountOf(parsed, b.denom)
	if amount == "0" {
		return
	}
	if spent {
		amount = "-" + amount
	}
	account = name(account)
	b.touch(tx, account)
	b.add("movements", b.height, tx, seq, account, amount, "", reason)
}

func amountOf(coins sdk.Coins, denom string) string {
	amount := math.ZeroInt()
	for _, coin := range coins { // as they stand in a block, which may not be in order
		if coin.Denom == denom && !coin.Amount.IsNil() {
			amount = amount.Add(coin.Amount)
		}
	}
	return amount.String()
}

// Places of the columns of movements that pair fills in.
const movementTx, movementAccount, movementPeer = 1, 3, 5

// pair names the other side in the two movements that a transfer reports.
func (b *block) pair(tx int64, sender, recipient string) {
	list := b.rows["movements"]
	if len(list) < 2 {
		return
	}
	from, to := list[len(list)-2], list[len(list)-1]
	if from[movementTx] == tx && from[movementAccount] == name(sender) && to[movementAccount] == name(recipient) && from[movementPeer] == "" {
		from[movementPeer], to[movementPeer] = to[movementAccount], from[movementAccount]
	}
}

// attributes is an event's content as JSON with sorted keys; it notes every account and id in it.
func (b *block) attributes(tx int64, event abci.Event) string {
	typed := strings.Contains(event.Type, ".") // those of modules of our kind carry JSON
	fields := make(map[string]json.RawMessage, len(event.Attributes))
	var subjects []string
	for i, a := range event.Attributes {
		if a.Key == attributeMode || a.Key == attributeMessage || i >= attributesMax {
			continue
		}
		value := quote(a.Value)
		var decoded any = a.Value
		if typed && json.Valid([]byte(a.Value)) {
			value = json.RawMessage(a.Value)
			if json.Unmarshal(value, &decoded) != nil {
				decoded = nil
			}
		}
		subjects = gather(subjects, decoded, depthMax)
		if len(value) > valueMax {
			value = quote(shorten(clean(a.Value), valueHead))
		}
		base := name(a.Key)
		key := base
		for n := 2; fields[key] != nil; n++ {
			key = base + "#" + strconv.Itoa(n)
		}
		fields[key] = value
	}
	for _, subject := range subjects {
		b.touch(tx, subject)
	}
	body, err := json.Marshal(fields)
	if err != nil { // a number that JSON allows and Go does not
		return "{}"
	}
	return clean(string(body))
}

func quote(s string) json.RawMessage {
	body, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return body
}

// gather appends the accounts and ids in a JSON value.
func gather(list []string, value any, depth int) []string {
	if depth == 0 || len(list) >= subjectsMax {
		return list
	}
	switch v := value.(type) {
	case string:
		if subject(v) && !slices.Contains(list, v) {
			list = append(list, v)
		}
	case []any:
		for _, one := range v {
			list = gather(list, one, depth-1)
		}
	case map[string]any: // in any order, since touches are sorted in the end; the bound cuts only hostile ones
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			list = gather(list, v[key], depth-1)
		}
	}
	return list
}

// subject tells whether a text is an account or an id.
func subject(s string) bool {
	if strings.HasPrefix(s, ethkey.Prefix+"1") {
		_, err := ethkey.AddressCodec{}.StringToBytes(s)
		return err == nil
	}
	if len(s) < idMin || len(s) > idMax || strings.ToLower(s) != s {
		return false
	}
	_, err := hex.DecodeString(s)
	return err == nil
}
