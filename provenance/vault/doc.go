// Package vault keeps a person's data on this machine: encrypted by object, granted by key, revoked by changing the key, erased by
// destroying it. It reaches no network and no ledger; provenance/vault/share does.
//
// The central type is [Vault], a folder.
//
//	Add: items -> an age file each, with an identity of its own -> a record that only the wallet's vault key opens
//	Grant: what of an object somebody may read, for what, until when -> a commitment for the ledger, which says none of it
//	Wrap: the identities in a grant's scope -> sealed by HPKE for one reader, under that grant's terms and no other
//	Rotate: other identities and other age files for what a grant could read; the old ones are overwritten
//	Erase: a journal -> age files, identities, salts and log texts overwritten and removed -> what the ledger and replicas must do
//	Log: who read what, each entry bound to the one before; what an entry says can be forgotten, that it was cannot
//	Backup, Restore: age files and their identities, for the stock age tool
//
//	HOME/vault/objects/ID/record.age  name, items, identities, salt; sealed
//	HOME/vault/objects/ID/FILE.age    an item
//	HOME/vault/grants/ID.age          terms, salt, state; sealed
//	HOME/vault/received/ID.age        wraps of others' objects; sealed
//	HOME/vault/kept/                  others' age files that this machine holds as a replica
//	HOME/vault/erasures/ID.json       what is left to do of an erasure, and what replicas said
//	HOME/vault/log.jsonl              accesses
//	HOME/vault/lock                   one writer at a time, whichever process
//
// Names of objects and items, scopes and purposes stand in sealed records alone.
package vault
