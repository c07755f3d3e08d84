// Package prediction is the dialect of models whose answers are proved: POST /v1/predictions takes a model and its input and
// gives the output with a proof that anyone can check.
//
// Flow: Parse(body) gives an engine.Request of kind Prediction whose prompt is the canonical Question; the engine's text is an
// Answer; NewWriter writes it down. Errors have OpenAI's shape.
package prediction

// Endpoint takes predictions.
const Endpoint = "/v1/predictions"
