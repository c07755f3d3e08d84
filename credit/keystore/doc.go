// Package keystore keeps a machine's keys in one wallet file that a passphrase opens.
//
// The file is an age file (scrypt), readable by the stock age tool; inside is one canonical JSON object. A Keystore holds
// the opened file; Create, Open and Restore make one. Keys are separate by purpose, so that each can be rotated without the
// others: the account holds money, the session key signs vouchers, the receipt key signs receipts, the p2p key is the
// machine's name on the network, the artifact key signs models and data sets for stock tools. The ledger's consensus key is not here; Backup takes it along as an extra file.
// Where the passphrase comes from is the caller's business.
package keystore
