// Package registry moves models between machines: from Ollama's registries and ones that speak like them, from plain HTTPS
// addresses with a pinned digest, and to Ollama's clients.
//
// The central type is [Client].
//
//	Pull: manifest -> missing blobs, each resumed where it broke off -> digests checked -> the name is set last
//	Fetch: one file of a known digest, such as a GGUF file of a model hub
//	Handler: the other side: a store's models for stock clients, read only
//
// Nothing that was downloaded is used before its digest is checked. Every body, redirect and retry has a bound. Names and
// manifests are in ayni.example/artifact/model, blobs in ayni.example/artifact.
package registry
