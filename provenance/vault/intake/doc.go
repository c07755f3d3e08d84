// Package intake reads what a person has elsewhere, so that it can be looked at before a vault takes it: a file, a folder, a table (CSV), an
// export (JSON), a mailbox (mbox).
//
// The central type is [Plan]: one pass over the source on this machine says what would be taken, as items whose names a grant's scope can
// choose from; nothing is copied and nothing leaves.
//
//	folder  an item for each file
//	CSV     one item, of the columns that are wanted
//	JSON    an item for each member of an object; one for a list
//	mbox    an item for each month
package intake
