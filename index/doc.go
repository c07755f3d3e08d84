// Package index copies what the ledger says into tables that can be searched: blocks, transactions, messages, the typed events of
// every module, and each movement of credits. They lie in an SQLite file of the home or in a PostgreSQL database.
//
// Index is its type. Run asks the ledger for one block after another (follow.go), makes rows of it (derive.go) and writes them
// with the new height in one transaction (write.go), so that a block is there wholly and once, whatever happens in between. The
// ledger never waits: the index pulls, and how far it is behind is its Status. Everything in the tables follows from the blocks
// alone; Check derives it again and compares, Rebuild begins from nothing. The schema is the same in both databases (schema.go),
// and so are the queries (query.go, history.go).
//
// A new module needs no code here: its events are found by type, and by every account and id that they name.
package index
