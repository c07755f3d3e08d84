// Package graph shows where an asset comes from: as a tree of text, in Graphviz's language, and as a picture.
//
// The central type is Graph: assets, and edges from each to what it was made from. It comes from the ledger or from files about an
// artefact; this package only draws. The style of a line is its evidence: verified is thick, observed plain, claimed dashed, suspected
// dotted; no evidence looks like another one.
package graph
