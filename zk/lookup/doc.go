// Package lookup proves that values lie in tables: each value v is looked up as a fraction 1/(gamma - v), each row t of a
// table counts m times as -m/(gamma - t), and the sum of all is zero (LogUp: Haböck, ePrint 2022/1530). The sum is proved by
// a binary tree of fractions, from its root to its leaves, a sumcheck a layer (Papini and Haböck, ePrint 2023/1739): section
// 6 of docs/spec/proof-1.md.
//
//	Layout    how blocks of leaves lie in the tree, and what each weighs at a point
//	Prove     sends the layers; ends at a point of the leaves
//	Verify    receives them; Layout.Check compares what is claimed at that point with the blocks' values there
//
// A block of 2^k leaves is joined within itself until one fraction is left, and only then with others: the cost is that of
// the leaves that there are, whatever power of two they fill. Rounds leave the factor eq out (zk/sumcheck). What the leaves are
// made of, and how their values at the point are proved, is the caller's.
package lookup
