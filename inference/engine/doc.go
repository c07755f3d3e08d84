// Package engine says what every engine that runs models has in common: the one internal request, the chunks and the
// result of an answer, and the closed list of errors.
//
// Flow: a dialect (inference/dialect) turns HTTP bodies into a Request; an Engine (engine/exact, engine/ollama,
// engine/openaiapi) answers with Chunks and a Result; the dialect writes them back in the caller's words.
// engine/enginetest is the conformance suite that all engines pass. Money, receipts and the network are elsewhere.
package engine
