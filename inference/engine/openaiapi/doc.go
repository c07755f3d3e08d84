// Package openaiapi is the engine for models behind any server that speaks OpenAI's API: vLLM, llama-server, LM Studio,
// or a paid service.
//
// Flow: New takes the base URL with its /v1 and a key; Models lists what the server has and, where Probe is set, finds out
// by short requests what each model can do; Generate and Embed translate, stream and pass on.
// Models are opaque: such a server says nothing of weights. Usage is what it reports; when it reports none, the pieces of
// the answer are counted, which is at most as many as its tokens, and the prompt counts as nothing.
package openaiapi
