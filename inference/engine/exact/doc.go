// Package exact is the engine that gives the same bits on every machine: it runs GGUF models of the Llama family with
// ayni.example/tensor, in this process.
//
// Flow: Open reads a model file; New takes opened models; Generate renders a chat through the model's template (or joins
// the messages with newlines when it has none), joins the requests that the model computes together (llama.Batch), and
// streams tokens with their ids; other requests never change them.
// A request without a seed gets a random one, and the result says which: with it anybody can repeat the answer.
// An answer may be bound to a JSON schema: tokens that cannot follow are never chosen.
// It does not do tools, images or filling in; those are refused, never ignored.
package exact
