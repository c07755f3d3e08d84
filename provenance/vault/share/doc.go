// Package share lets others read what a vault's owner granted, and asks replicas to erase: streams of protocol "/ayni/vault/1".
//
//	owner    hello    a challenge, fresh for each stream and each ask
//	reader   ask      grant, purpose, its wrapping key, both peers, the challenge; signed by its account
//	owner    opened   the wrap, signed by the owner's account, and a capability of at most five minutes; without a purpose the terms alone
//	reader   read     capability, file
//	owner    reading  the length, and the age file's bytes
//	owner    erase    digest, signed by the account for which the replica keeps it
//	replica  erased   a receipt, signed
//
// [Server] is the side that has the data, [Client] the one that asks. The server looks at the ledger at the newest height before every
// answer that gives something, and gives nothing where the ledger does not answer, lags behind, or stands still.
package share
