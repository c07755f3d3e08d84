// Package exchange brings blobs from other machines and gives them to others, by digest alone. Nobody is trusted: a blob's last
// chunk is proven by the digest, and each chunk proves the one before it (docs/adr/0016-blobs-between-peers.md).
//
// The central type is [Exchange].
//
//	Fetch: ask peers who has it -> chunks from the end to the front, from several at once -> proven -> written -> blob
//	Handle: answer "have" and "get" of others, each chunk checked before it is sent
//
// On a stream of [Protocol] the asker sends a frame {"have":DIGEST} or {"get":DIGEST,"chunk":N}, and gets a frame
// {"size":BYTES,"from":N} or {"state":BASE64}, which the raw bytes of the chunk follow; {"error":WORD} says why not. A peer that
// has the blob in part, "from" on, gives that part.
//
// Where peers come from is the business of the caller, through [Peers]. What a blob means is not known here.
package exchange
