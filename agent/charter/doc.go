// Package charter reads what an agent is: the part that hosts follow, and the limits that the ledger keeps.
//
// The central type is [Document]: prompt, model, tools, steps and memory, in one encoding whose SHA-256 the ledger holds. [Policy] is the
// other part, as plain values; what the ledger makes of them stands in x/agent.
//
//	Open, Parse: the YAML that people write -> a Plan, which is a Document and a Policy; or Errors with their places and hints
//	Encode:      a Document -> its bytes, an artifact
//	Decode:      the bytes -> the Document, checked as if a stranger had written it
//	Schema:      constraints on a tool's arguments, ready to be asked
//
// Amounts are written in credits and times in human units; both are exact. Running an agent and asking the ledger are not known here.
package charter
