// Package quant turns a float model into an integer circuit that can be proved.
//
//	Quantise     an onnx.Graph and calibration rows become a Model: a circuit, its weights, and how reals become integers
//	Model.Infer  encodes a row, evaluates the circuit, decodes the answer: what a proof will say
//	Measure      holds the integer model to the float one on rows that it has not seen
//
// Weights are int8, one scale a tensor; activations are 0..255 or -127..127 with zero point 0. Every scale is chosen so that the
// circuit's integer factors are exact: rounding happens to weights, biases and activations alone. Tables are wide enough for
// the worst input that the encoding admits, from the actual weights, so that each input has a proof.
//
// Data movement (Reshape, Flatten, Transpose, Concat) costs nothing: it permutes the weights of what reads it.
// Batch normalisation is folded. A last Softmax or Sigmoid stays outside of the circuit, which then answers its logits.
//
// The package calculates in floating point and is therefore nothing that a verifier may import.
package quant
