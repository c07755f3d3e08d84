// Package gateway serves models over HTTP in the forms that applications already speak, OpenAI's and Ollama's, from this
// machine's engines and from providers on the network, and keeps the receipt of every answer.
//
// The central type is Gateway. A request passes Guard (host, origin, key), gets an id, is read and parsed by package dialect;
// Router names the candidates; budget is reserved; a Backend serves the first candidate that can, chunk by chunk into the
// response, whose bytes are hashed as they go; the receipt and the signed delivery note are stored before the last byte is
// sent.
//
// It does not run models (inference/engine), nor pay providers (inference/remote), nor look at the ledger: offers come in
// through the interface Market.
package gateway
