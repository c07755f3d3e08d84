// Package ethkey is the account key of the ledger: secp256k1 with Ethereum's address and hash, under the type names of
// cosmos/evm, so that accounts keep their keys when the EVM is switched on. It links nothing of go-ethereum.
//
// PrivKey signs the keccak-256 of a message into 64 bytes, r and s; PubKey accepts only the lower of the two possible s, so
// that nobody but the signer can make a second valid form. AddressCodec reads bech32 and hexadecimal and writes bech32.
package ethkey
