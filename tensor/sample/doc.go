// Package sample chooses the next token from logits, repeatably: the same logits, history and
// seed give the same token on every machine.
//
// The central type is [Sampler]. The order is: penalties, temperature, top-k, top-p, min-p,
// then the largest of logit/temperature + Gumbel noise (which samples from the softmax).
// The noise is a function of seed, position and token id alone (see [Noise]), so a verifier
// who knows the seed can tell which token had to be chosen. Temperature 0 takes the largest
// logit. The least id wins every tie.
//
// Log-probabilities are those of the model itself: they ignore penalties and temperature.
package sample
