// Package canon gives a value one encoding and no other, so that bytes can be signed, hashed and compared.
//
// The form is JSON in the order of the struct's fields, maps by key, without white space and without HTML escapes. Unmarshal
// decodes strictly and then encodes again: bytes that differ are refused, and with them duplicate and unknown keys, other
// escapes, other numbers and other letter case. Valid asks the same of JSON whose structure belongs to somebody else.
// Sum hashes byte strings behind a domain tag so that no two lists of strings give the same input.
package canon
