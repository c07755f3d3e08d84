package council

import (
	"strconv"
	"time"

	"cosmossdk.io/math"

	"ayni.example/chain"
)

// Message is one thing that a proposal would do, in the JSON of protocol buffers: "@type" names the message.
type Message map[string]any

// Admit adds the seat that a request asks for.
func Admit(r Request, power int64) Message {
	return Message{
		"@type": "/ayni.council.v1.MsgAdmit", "authority": chain.CouncilAddress(), "operator": r.Operator, "name": r.Name,
		"consensus_key": r.Consensus, "power": number(power), "proof": r.Proof, "peer": r.Peer,
	}
}

// Remove takes a seat away.
func Remove(operator string) Message {
	return Message{"@type": "/ayni.council.v1.MsgRemove", "authority": chain.CouncilAddress(), "operator": operator}
}

// SetPower changes a seat's power.
func SetPower(operator string, power int64) Message {
	return Message{
		"@type": "/ayni.council.v1.MsgSetPower", "authority": chain.CouncilAddress(), "operator": operator, "power": number(power),
	}
}

// Reinstate brings a condemned seat back with the key of a new request.
func Reinstate(r Request) Message {
	return Message{
		"@type": "/ayni.council.v1.MsgReinstate", "authority": chain.CouncilAddress(), "operator": r.Operator,
		"consensus_key": r.Consensus, "proof": r.Proof,
	}
}

// SetIssuer lets an account make credits up to a quota in each period; a quota of zero ends it.
func SetIssuer(issuer string, quota math.Int, period time.Duration) Message {
	return Message{
		"@type": "/ayni.credit.v1.MsgSetIssuer", "admin": chain.CouncilAddress(), "issuer": issuer, "quota": quota.String(),
		"period_seconds": int64(period / time.Second),
	}
}

// SetQuota lets an account send transactions without a fee, up to so much gas in each period; zero ends it.
func SetQuota(account string, gas int64) Message {
	return Message{"@type": "/ayni.fee.v1.MsgSetQuota", "admin": chain.CouncilAddress(), "account": account, "gas": number(gas)}
}

// Upgrade changes the ledger to a release at a height.
func Upgrade(release int, height int64) Message {
	return Message{
		"@type": "/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade", "authority": chain.CouncilAddress(),
		"plan": map[string]any{"name": chain.ReleaseName(release), "height": number(height)},
	}
}

// number is an integer of 64 bits in the JSON of protocol buffers.
func number(n int64) string { return strconv.FormatInt(n, 10) }
