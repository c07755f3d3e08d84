// Package circuittest makes circuits for tests: random valid ones of every kind of step, and the models that figures name.
//
//	Random, MLP, CNN, MNIST, Forest -> Model{Circuit, Weights, Inputs}
//
// All randomness comes from a Source that the test seeds and prints. Scales are chosen by running the steps on the model's own
// inputs, so that activations spread over their range; weights are random and mean nothing.
package circuittest
