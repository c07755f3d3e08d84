// Package provenance keeps what things were made from, and pays those from whose work they were made.
//
// An asset is its manifest: a short file in canonical JSON that names kind, content and parents; the SHA-256 of the file is the
// asset's id, so that nothing can be its own ancestor. When a child is registered, Flatten makes the list of all who have a share in
// its income from its parents' lists alone. What it earns is then added up in one record; who has a share is owed its part of the sum
// at every instant, and is paid by a sweep.
//
// This package holds the types and the pure rules; keeper holds the state, module wires both into a ledger. Manifests are made
// by package provenance/descent's users, signed and exported by provenance/standard; nothing personal is kept here.
package provenance
